"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import ceil

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.config import Settings
from crime_spark.features.preparing import Preparation, prepare, usable
from crime_spark.learners.learner import Shape
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


def fixed_partitions(rows: DataFrame, count: int, rows_per_partition: int) -> DataFrame:
    """rows in a number of partitions that depends on their count alone, each in the order of the key.

    MLlib's trees sample split points per partition: on other partitions, or in another order, the model is another.
    """
    parts = max(1, ceil(count / rows_per_partition))
    return rows.repartition(parts, "incident_id").sortWithinPartitions("incident_id")


def fit_block(
    block: Block, training: DataFrame, recorded: Mapping[str, int], settings: Settings, progress: Progress
) -> list[Fitted]:
    """Every cell of the block fitted on its training rows (columns of the task's examples, fixed partitions).

    recorded says for each feature how many training rows have a value.
    """
    features = usable(block.first.task.features, recorded)
    names = sorted({"label", *(feature.name for feature in features)})
    training = training.select(*names, *(c for c in ("area", "premise") if c not in names)).persist()
    prepared: DataFrame | None = None
    try:
        preparation = prepare(training, features)
        prepared = preparation.model.transform(training).select("label", *preparation.indices, *preparation.numbers)
        prepared.persist()
        return [_fit(cell, training, prepared, preparation, settings, progress) for cell in block.cells]
    finally:
        if prepared is not None:
            prepared.unpersist()
        training.unpersist()


def _fit(
    cell: Cell,
    training: DataFrame,
    prepared: DataFrame,
    preparation: Preparation,
    settings: Settings,
    progress: Progress,
) -> Fitted:
    started = time.monotonic()
    learner = cell.learner
    with progress.working(f"train: {cell}"):
        chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
        estimator = learner.build(Shape(preparation.categories), chosen, settings.seed)
        if learner.wants == "columns":
            model = Pipeline(stages=[estimator]).fit(training)
        else:
            tail = Pipeline(stages=[*preparation.vector_stages(learner.wants), estimator]).fit(prepared)
            model = PipelineModel(stages=[*preparation.model.stages, *tail.stages])
    return Fitted(cell, model, time.monotonic() - started)


def score(examples: DataFrame, models: Mapping[Cell, PipelineModel], test_year: int) -> DataFrame:
    """Every example once for each model: the columns of gold/predictions.

    Each model reads examples for itself: persist them first. (Chained in one projection instead, Spark evaluates the
    indexers and models again for each column that comes after.)
    """
    types = {column.name: column.type for column in CELL_COLUMNS}
    frames = []
    for cell, model in models.items():
        constants = {key: F.lit(value).cast(types[key]) for key, value in cell.keys.items()}
        constants["test_year"] = F.lit(test_year).cast("int")
        constants["probability"] = vector_to_array(F.col(PROBABILITY))[1]
        scored = model.transform(examples)
        frames.append(scored.select(*(constants.get(name, F.col(name)).alias(name) for name in PREDICTIONS.names)))
    return reduce(DataFrame.unionByName, frames)
