"""Importance of features: by permutation, and by trees and coefficients of models."""

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
    """Compute rows of gold/importance of a block.

    The same sample of about settings.explaining.rows test rows is used for all cells, drawn by a hash of the example,
    or of the period for rankings, because units of a period are ranked against each other.

    Args:
        lake: the lake.
        block: rows of gold/cells that differ only in their learner.
        task: the task.
        learners: learners by name.
        settings: the settings.
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
        # A permutation needs at least two rows.
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
            entries += [{**usual, "method": PERMUTATION, **loss} for loss in lost]
            if native := native_importance(model, rows, features):
                constants = {"method": native.method, "metric": native.metric, "low": None, "high": None}
                entries += [
                    {**usual, **constants, "feature": name, "value": value} for name, value in native.values.items()
                ]
    finally:
        for frame in cached:
            frame.unpersist()
    return entries


def losses(judged: Sequence[Judged], task: Task) -> list[Judged]:
    """The loss of the headline metric when a feature is permuted: feature, metric, value, low and high.

    Args:
        judged: rows of `judge` whose learner is the permuted feature or AS_IT_IS.
        task: the task.
    """
    metric = task.kind.headline
    estimates = {row["learner"]: estimate_of(row) for row in judged if row["metric"] == metric.name}
    whole = estimates.pop(AS_IT_IS)
    entries = []
    for feature, shuffled in estimates.items():
        lost = difference(whole, shuffled) if metric.higher_is_better else difference(shuffled, whole)
        entries.append({"feature": feature, "metric": metric.name, **lost.columns})
    return entries


def _stored(lake: Lake, cell: Row) -> DataFrame:
    """The test rows of a cell, and whether they have a prediction. Units without training rows have none."""
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
    """Score all copies, and add the rows without a prediction to each permutation."""
    scored = model.transform(copies).select("permuted", *_KEPT, predicted(kind).alias("_score"))
    each_name = F.explode(F.array(*map(F.lit, names))).alias("permuted")
    without_score = unknown.select(each_name, *_KEPT).withColumn(
        "_score", F.lit(None).cast(scored.schema["_score"].dataType)
    )
    all_rows = scored.unionByName(without_score)
    types = {column.name: column.type for column in PREDICTIONS.columns}
    values = {name: F.lit(None).cast(types[name]) for name in _SCORED} | {kind.predictions[0]: F.col("_score")}
    return all_rows.withColumns(values).drop("_score")


def _judged(scored: DataFrame, cell: Row, task: Task, names: Sequence[str], settings: Settings) -> list[Judged]:
    """The rows of `judge` for each permutation, with the permuted feature as the learner."""
    types = {column.name: column.type for column in CELL_COLUMNS}
    keys: dict[str, Any] = {key: cell[key] for key in BLOCK_KEY}
    key_columns = {key: F.lit(value).cast(types[key]) for key, value in keys.items()}
    test_year = F.lit(cell["test_year"]).cast("int")
    rows = scored.withColumns({**key_columns, "test_year": test_year, "learner": F.col("permuted")})
    groups = [Row(**keys, learner=name, test_year=cell["test_year"], k=cell["k"], classes=None) for name in names]
    return judge_cells(rows, groups, task, settings, [task.kind.headline.name])
