"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
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


def score(examples: DataFrame, models: Mapping[str, PipelineModel]) -> DataFrame:
    """examples (their own columns) with one more column for each model: its probability of label 1, in one pass."""
    scored = examples
    for name, model in models.items():
        positive = vector_to_array(F.col(PROBABILITY))[1].alias(name)
        scored = model.transform(scored).select(*scored.columns, positive)
    return scored


def predictions(block: Block, examples: DataFrame, fitted: list[Fitted]) -> DataFrame:
    """Rows of gold/predictions: every example of the test year scored by every cell of the block."""
    scored = score(examples, {f"_{at}": each.model for at, each in enumerate(fitted)})
    by_learner = F.array(
        *(
            F.struct(F.lit(each.cell.learner.name).alias("learner"), F.col(f"_{at}").alias("probability"))
            for at, each in enumerate(fitted)
        )
    )
    long = scored.withColumn("_each", F.explode(by_learner)).withColumns(
        {"learner": F.col("_each.learner"), "probability": F.col("_each.probability")}
    )
    shared = {key: F.lit(value) for key, value in block.first.keys.items() if key != "learner"}
    types = {column.name: column.type for column in CELL_COLUMNS}
    constants = {key: value.cast(types[key]) for key, value in shared.items()}
    constants["test_year"] = F.lit(block.first.test_year).cast("int")
    return long.select(*(constants.get(name, F.col(name)).alias(name) for name in PREDICTIONS.names))
