"""The evaluate stage: gold/predictions to gold/metrics, and every model scored on every later year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from crime_spark.config import Settings
from crime_spark.errors import LakeError
from crime_spark.evaluation.judging import GROUP, judge
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, METRICS, PREDICTIONS
from crime_spark.tasks.task import Task
from crime_spark.training.fitting import predictions, score
from crime_spark.training.plan import Cell


def evaluate_stage(
    lake: Lake,
    cities: Sequence[str],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> None:
    """Replace the metrics of every cell of cities, tasks, learners and the protocol that gold/predictions holds.

    Raises:
        LakeError: there is no such cell.
    """
    wanted = (
        F.col("city").isin(*cities)
        & F.col("task").isin(*(task.name for task in tasks))
        & F.col("learner").isin(*(learner.name for learner in learners))
        & (F.col("protocol") == settings.protocol)
    )
    stored = lake.read(CELLS).where(wanted)
    cells = stored.collect()
    if not cells:
        raise LakeError(
            "there are no models to evaluate for these cities, tasks and learners: run the train stage first"
        )
    resamples, seed = settings.evaluation.resamples, settings.seed
    frames = [judge(lake.read(PREDICTIONS).where(wanted), stored.select(*GROUP), len(cells), resamples, seed)]
    if settings.matrix != "none":
        fitted = [learner for learner in learners if learner.default and not learner.baseline]
        with progress.working("evaluate: every model on every later year"):
            frames += _matrix(lake, cells, tasks, fitted, settings)
    with progress.working(f"evaluate: {len(cells)} cells"):
        held = {key: sorted({cell[key] for cell in cells}) for key in ("city", "task", "learner", "protocol")}
        lake.replace(METRICS, reduce(DataFrame.unionByName, frames).repartition(1), where=held)


def _matrix(
    lake: Lake, stored: Iterable[Row], tasks: Sequence[Task], learners: Sequence[Learner], settings: Settings
) -> list[DataFrame]:
    """auc of each cell's model on each year after its own test year that has examples."""
    by_name = {learner.name: learner for learner in learners}
    frames = []
    for task in tasks:
        cells = [_cell(row, task, by_name) for row in stored if row["task"] == task.name and row["learner"] in by_name]
        models = {cell: PipelineModel.load(lake.path(cell.model)) for cell in cells}
        examples = lake.read(task.examples)
        held = examples.select("city", "year").distinct().collect()
        for city, year in sorted((row["city"], row["year"]) for row in held):
            earlier = {cell: model for cell, model in models.items() if cell.city == city and cell.test_year < year}
            if earlier:
                test = examples.where((F.col("city") == city) & (F.col("year") == year))
                scored = score(test, list(earlier.values())).persist()
                kind = StructType([field for field in METRICS.struct.fields if field.name in GROUP])
                keys = lake.spark.createDataFrame([{**cell.keys, "test_year": year} for cell in earlier], kind)
                rows = predictions(scored, list(earlier), year)
                resamples, seed = settings.evaluation.resamples, settings.seed
                judged = judge(rows, keys, len(earlier), resamples, seed, ranking_only=True)
                frames.append(lake.spark.createDataFrame(judged.collect(), METRICS.struct))
                scored.unpersist()
    return frames


def _cell(row: Row, task: Task, learners: Mapping[str, Learner]) -> Cell:
    keys = row.asDict()
    spans = {key: keys[key] for key in ("protocol", "policy", "train_from", "train_to")}
    return Cell(keys["city"], task, learners[keys["learner"]], **spans)
