"""The evaluate stage: gold/predictions to gold/metrics, and every model scored on every later year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.config import Settings
from crime_spark.errors import LakeError
from crime_spark.evaluation.judging import judge
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_COLUMNS, CELL_KEY, CELLS, METRICS, PREDICTIONS
from crime_spark.tasks.task import Task
from crime_spark.training.fitting import score


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
    cells = lake.read(CELLS).where(wanted).collect()
    if not cells:
        raise LakeError("there are no models to evaluate for these cities, tasks and learners: run the train stage first")
    resamples, seed = settings.evaluation.resamples, settings.seed
    frames = [judge(lake.read(PREDICTIONS).where(wanted), resamples, seed)]
    if settings.matrix != "none":
        models = [learner.name for learner in learners if learner.default and not learner.baseline]
        frames += _matrix(lake, [cell for cell in cells if cell["learner"] in models], tasks, settings)
    with progress.working(f"evaluate: {len(cells)} cells"):
        held = {key: sorted({cell[key] for cell in cells}) for key in ("city", "task", "learner", "protocol")}
        lake.replace(METRICS, reduce(DataFrame.unionByName, frames).repartition(1), where=held)


def _matrix(lake: Lake, cells: Iterable[Row], tasks: Sequence[Task], settings: Settings) -> list[DataFrame]:
    """auc of each cell's model on each year after its own test year that has examples."""
    frames = []
    for task in tasks:
        own = [cell for cell in cells if cell["task"] == task.name]
        models = {cell["model"]: PipelineModel.load(lake.path(cell["model"])) for cell in own}
        examples = lake.read(task.examples)
        for city in sorted({cell["city"] for cell in own}):
            held = [row["year"] for row in examples.where(F.col("city") == city).select("year").distinct().collect()]
            for year in sorted(held):
                earlier = [cell for cell in own if cell["city"] == city and cell["test_year"] < year]
                if earlier:
                    test = examples.where((F.col("city") == city) & (F.col("year") == year))
                    scored = _scored_by(test, earlier, models, year)
                    frames.append(judge(scored, settings.evaluation.resamples, settings.seed, ranking_only=True))
    return frames


def _scored_by(test: DataFrame, cells: Sequence[Row], models: Mapping[str, PipelineModel], year: int) -> DataFrame:
    """CELL_KEY, test_year, occurred_at, label, probability: every row of test once for each cell, in one pass."""
    names = {f"_{at}": cell for at, cell in enumerate(cells)}
    scored = score(test, {name: models[cell["model"]] for name, cell in names.items()})
    types = {column.name: column.type for column in CELL_COLUMNS}
    each = F.array(
        *(
            F.struct(
                *(F.lit(cell[key]).cast(types[key]).alias(key) for key in CELL_KEY),
                F.lit(year).cast("int").alias("test_year"),
                F.col(name).alias("probability"),
            )
            for name, cell in names.items()
        )
    )
    return scored.select("occurred_at", "label", F.inline(each))
