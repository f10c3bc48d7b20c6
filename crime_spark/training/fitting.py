"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.config import Settings
from crime_spark.features.preparing import WEIGHT, Prepared, fixed_partitions, prepare, usable, weighted
from crime_spark.learners.learner import Learner, Shape
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_COLUMNS, PREDICTIONS
from crime_spark.training.plan import Block, Cell

PROBABILITY = "probability"


@dataclass(frozen=True)
class Fitted:
    """A cell's model, from the columns of examples to `probability`, and the seconds it took to fit."""

    cell: Cell
    model: PipelineModel
    seconds: float


def fit_block(
    block: Block, training: DataFrame, recorded: Mapping[str, int], settings: Settings, progress: Progress
) -> list[Fitted]:
    """Every cell of the block fitted on its training rows (columns of the task's examples).

    recorded says for each feature how many training rows have a value.
    """
    features = usable(block.first.task.features, recorded)
    distinct = weighted(training, features).persist()
    counted = distinct.agg(F.count(F.lit(1)).alias("rows"), F.sum(WEIGHT).alias("stand_for")).collect()[0]
    stand_for = int(counted["stand_for"])
    key = [name for name in distinct.columns if name != WEIGHT]
    rows = fixed_partitions(distinct, counted["rows"], settings.training.rows_per_partition, *key).persist()
    prepared: dict[str, Prepared] = {}
    fitted = []
    try:
        for cell in block.cells:
            started = time.monotonic()
            with progress.working(f"train: {cell}"):
                wants = cell.learner.wants
                if wants not in prepared:
                    prepared[wants] = prepare(rows, stand_for, wants, features)
                model = _fit(cell.learner, prepared[wants], stand_for, settings)
            fitted.append(Fitted(cell, model, time.monotonic() - started))
    finally:
        for frame in (rows, distinct):
            frame.unpersist()
    return fitted


def _fit(learner: Learner, prepared: Prepared, stand_for: int, settings: Settings) -> PipelineModel:
    chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
    model = learner.build(Shape(prepared.categories, stand_for), chosen, settings.seed).fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


def score(examples: DataFrame, models: Sequence[PipelineModel]) -> DataFrame:
    """Every example scored by each model: incident_id, occurred_at, label, and probability_0, probability_1, ...

    examples have the columns of one task's examples; those that are equal in all features are scored as one.
    """
    keys = ("city", "incident_id", "occurred_at", "year", "month", "label")
    names = [name for name in examples.columns if name not in keys]
    scored = examples.select(*names).distinct().repartition(examples.sparkSession.sparkContext.defaultParallelism)
    probabilities = [f"probability_{at}" for at in range(len(models))]
    for at, model in enumerate(models):
        probability = vector_to_array(F.col(PROBABILITY))[1].alias(probabilities[at])
        scored = model.transform(scored).select(*names, *probabilities[:at], probability)
    # Two structs with the same fields unknown are equal. A year of one city has few enough rows to be broadcast.
    scored = scored.select(F.struct(*names).alias("_of"), *probabilities)
    joined = examples.withColumn("_of", F.struct(*names)).join(F.broadcast(scored), on="_of", how="inner")
    return joined.select("incident_id", "occurred_at", "label", *probabilities)


def predictions(scored: DataFrame, cells: Sequence[Cell], test_year: int) -> DataFrame:
    """What `score` gives for the cells' models, in their order, to the columns of gold/predictions.

    scored is read once for each cell: persist it first. Rows then come cell by cell, as they are stored; to change the
    file that is written to with each row takes much longer.
    """
    types = {column.name: column.type for column in CELL_COLUMNS}
    frames = []
    for at, cell in enumerate(cells):
        made = {key: F.lit(value).cast(types[key]) for key, value in cell.keys.items()}
        made |= {"test_year": F.lit(test_year).cast("int"), "probability": F.col(f"probability_{at}")}
        frames.append(scored.select(*(made.get(name, F.col(name)).alias(name) for name in PREDICTIONS.names)))
    return reduce(DataFrame.unionByName, frames)
