"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

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
    names = sorted({"label", *(feature.name for feature in features)})
    training = training.select(*names, *(c for c in ("area", "premise") if c not in names)).persist()
    count = training.count()
    distinct = weighted(training, features).persist()
    key = [name for name in distinct.columns if name != WEIGHT]
    rows = fixed_partitions(distinct, distinct.count(), settings.training.rows_per_partition, *key).persist()
    prepared: dict[str, Prepared] = {}
    fitted = []
    try:
        for cell in block.cells:
            started = time.monotonic()
            with progress.working(f"train: {cell}"):
                wants = cell.learner.wants
                if wants not in prepared:
                    prepared[wants] = prepare(training if wants == "columns" else rows, count, wants, features)
                model = _fit(cell.learner, prepared[wants], settings)
            fitted.append(Fitted(cell, model, time.monotonic() - started))
    finally:
        for frame in (rows, distinct, training):
            frame.unpersist()
    return fitted


def _fit(learner: Learner, prepared: Prepared, settings: Settings) -> PipelineModel:
    chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
    model = learner.build(Shape(prepared.categories), chosen, settings.seed).fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


def score(examples: DataFrame, models: Mapping[Cell, PipelineModel], test_year: int) -> DataFrame:
    """Every example once for each model: the columns of gold/predictions.

    examples are read twice: persist them first. Those that are equal in all features are scored as one.
    """
    features = next(iter(models)).task.features
    names = [feature.name for feature in features]
    distinct = examples.select(*names).distinct().repartition(examples.sparkSession.sparkContext.defaultParallelism)
    scored = distinct
    for at, model in enumerate(models.values()):
        earlier = (f"_{each}" for each in range(at))
        probability = vector_to_array(F.col(PROBABILITY))[1].alias(f"_{at}")
        scored = model.transform(scored).select(*names, *earlier, probability)
    # Two structs with the same fields unknown are equal. A year of one city has few enough rows to be broadcast.
    scored = scored.select(F.struct(*names).alias("_of"), *(f"_{at}" for at in range(len(models))))
    joined = examples.withColumn("_of", F.struct(*names)).join(F.broadcast(scored), on="_of", how="inner")
    types = {column.name: column.type for column in CELL_COLUMNS}
    scores = [
        F.struct(
            *(F.lit(value).cast(types[key]).alias(key) for key, value in cell.keys.items()),
            F.lit(test_year).cast("int").alias("test_year"),
            F.col(f"_{at}").alias("probability"),
        )
        for at, cell in enumerate(models)
    ]
    return joined.select("incident_id", "occurred_at", "label", F.inline(F.array(*scores))).select(*PREDICTIONS.names)
