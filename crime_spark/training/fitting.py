"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.config import Settings
from crime_spark.features.preparing import Prepared, prepare, usable
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
    """Every cell of the block fitted on its training rows (columns of the task's examples, fixed partitions).

    recorded says for each feature how many training rows have a value.
    """
    task = block.first.task
    features = usable(task.features, recorded)
    names = sorted({"label", *(feature.name for feature in features)})
    training = training.select(*names, *(c for c in ("area", "premise") if c not in names)).persist()
    prepared: dict[str, Prepared] = {}
    fitted = []
    try:
        for cell in block.cells:
            started = time.monotonic()
            with progress.working(f"train: {cell}"):
                wants = cell.learner.wants
                if wants not in prepared:
                    each_partition = settings.training.rows_per_partition
                    prepared[wants] = prepare(training, wants, features, task.crosses, each_partition)
                model = _fit(cell.learner, prepared[wants], settings)
            fitted.append(Fitted(cell, model, time.monotonic() - started))
    finally:
        for each in prepared.values():
            each.rows.unpersist()
        training.unpersist()
    return fitted


def _fit(learner: Learner, prepared: Prepared, settings: Settings) -> PipelineModel:
    chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
    model = learner.build(Shape(prepared.categories), chosen, settings.seed).fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


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
