"""How much worse a model does without what one column says: permutation importance, and what models say themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.evaluation.comparisons import difference, estimate_of
from crime_spark.evaluation.judged_cells import Judged, judge_cells
from crime_spark.explaining.native import native_importance
from crime_spark.explaining.permutation import AS_IT_IS, permuted
from crime_spark.fitting.blocks import predicted
from crime_spark.fitting.model_store import load_model
from crime_spark.kinds import Kind
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners.learner import Learner
from crime_spark.sampling import in_share
from crime_spark.schemas import BLOCK_KEY, CELL_COLUMNS, CELL_KEY, PREDICTIONS
from crime_spark.settings import Policy, Settings
from crime_spark.tasks.task import Task

PERMUTATION = "permutation"
_SCORED = ("probability", "probabilities", "prediction")
_KEPT = ("example_id", "unit", "occurred_at", "label", "longer_history")


def importance(
    lake: Lake, block: Sequence[Row], task: Task, learners: Mapping[str, Learner], settings: Settings
) -> list[Judged]:
    """Rows of gold/importance of cells, rows of gold/cells that differ in their learner alone.

    About settings.explaining.rows rows of the test year are looked at, the same for every cell: drawn by a hash of the
    example, for rankings of the period, as units are ranked against each other.
    """
    first = block[0]
    policy: Policy = first["policy"]
    features = [feature.name for feature in task.inputs(policy)]
    judged_on = _drawn(_stored(lake, first), first["test_rows"], task, settings).persist()
    of_year = {"city": first["city"], "delay": first["delay"], "year": first["test_year"]}
    examples = lake.read(task.examples).where(sql_condition(of_year)).select("example_id", *features)
    rows = judged_on.where("_is_scored").drop("_is_scored").join(examples, on="example_id", how="inner").persist()
    unknown = judged_on.where("NOT _is_scored").drop("_is_scored")
    cached = [rows, judged_on]
    entries: list[Judged] = []
    try:
        count = rows.count()
        # Two rows at least are needed to shuffle anything.
        if count < 2:
            return []
        copies = permuted(rows, features, settings.seed).persist()
        cached.append(copies)
        for cell in block:
            model = load_model(lake, cell["model"])
            kind = learners[cell["learner"]].fits(type(task.kind))
            usual = {**{key: cell[key] for key in CELL_KEY}, "test_year": cell["test_year"], "rows": count}
            scored = _scored(model, copies, kind, unknown, [AS_IT_IS, *features])
            lost = losses(_judged(scored, cell, task, [AS_IT_IS, *features], settings), task)
            entries += [{**usual, "method": PERMUTATION, **each} for each in lost]
            if told := native_importance(model, rows, features):
                held = {"method": told.method, "metric": told.metric, "low": None, "high": None}
                entries += [{**usual, **held, "feature": name, "value": value} for name, value in told.values.items()]
    finally:
        for frame in cached:
            frame.unpersist()
    return entries


def losses(judged: Sequence[Judged], task: Task) -> list[Judged]:
    """feature, metric, value, low and high of what the task's metric loses when a feature is shuffled.

    judged are rows of `judge` in which the learner is the feature that was shuffled, or AS_IT_IS.
    """
    metric = task.kind.headline
    found = {row["learner"]: estimate_of(row) for row in judged if row["metric"] == metric.name}
    whole = found.pop(AS_IT_IS)
    entries = []
    for feature, shuffled in found.items():
        lost = difference(whole, shuffled) if metric.higher_is_better else difference(shuffled, whole)
        entries.append({"feature": feature, "metric": metric.name, **lost.columns})
    return entries


def _stored(lake: Lake, cell: Row) -> DataFrame:
    """What the cell was judged on, and whether anything was predicted: not of units that training knows nothing of."""
    where = sql_condition({**{key: cell[key] for key in CELL_KEY}, "test_year": cell["test_year"]})
    is_scored = F.greatest(*(F.col(name).isNotNull() for name in _SCORED))
    return lake.read(PREDICTIONS).where(where).select(*_KEPT, is_scored.alias("_is_scored"))


def _drawn(rows: DataFrame, count: int, task: Task, settings: Settings) -> DataFrame:
    most = settings.explaining.rows
    if not 0 < most < count:
        return rows
    return rows.where(in_share(most / count, task.kind.drawn_by, "explained"))


def _scored(
    model: PipelineModel, copies: DataFrame, kind: type[Kind], unknown: DataFrame, names: Sequence[str]
) -> DataFrame:
    """`permuted`, what gold/predictions has, and the score of every copy; what is not scored stands with each."""
    scored = model.transform(copies).select("permuted", *_KEPT, predicted(kind).alias("_score"))
    each = F.explode(F.array(*map(F.lit, names))).alias("permuted")
    beside = unknown.select(each, *_KEPT).withColumn("_score", F.lit(None).cast(scored.schema["_score"].dataType))
    both = scored.unionByName(beside)
    types = {column.name: column.type for column in PREDICTIONS.columns}
    values = {name: F.lit(None).cast(types[name]) for name in _SCORED} | {kind.predictions[0]: F.col("_score")}
    return both.withColumns(values).drop("_score")


def _judged(scored: DataFrame, cell: Row, task: Task, names: Sequence[str], settings: Settings) -> list[Judged]:
    """`judge` tells rows apart by their keys: what is shuffled stands in the place of the learner meanwhile."""
    types = {column.name: column.type for column in CELL_COLUMNS}
    keys: dict[str, Any] = {key: cell[key] for key in BLOCK_KEY}
    told = {key: F.lit(value).cast(types[key]) for key, value in keys.items()}
    test_year = F.lit(cell["test_year"]).cast("int")
    rows = scored.withColumns({**told, "test_year": test_year, "learner": F.col("permuted")})
    groups = [Row(**keys, learner=name, test_year=cell["test_year"], k=cell["k"], classes=None) for name in names]
    return judge_cells(rows, groups, task, settings, [task.kind.headline.name])
