"""The matrix of training and test years: models of incidents, scored on every later year with a frozen past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.evaluation.judged_cells import Judged, judge_cells
from crime_spark.examples.incidents import TRAIN_TO, frozen_examples
from crime_spark.fitting.blocks import predictions, score
from crime_spark.fitting.cells import Cell
from crime_spark.fitting.fitted_cells import blocks_of
from crime_spark.fitting.model_store import FittedModels
from crime_spark.fitting.target import Target
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, INCIDENTS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Task

# The most rows, of several training ends together, that are built and scored in one pass.
ROWS_IN_A_PASS = 2_000_000

# (city, last training year) to the number of rows in later years
_Ends = dict[tuple[str, int], int]


def matrix_of(
    lake: Lake,
    cities: Sequence[City],
    cells: Sequence[Row],
    task: Task,
    learners: Mapping[str, Learner],
    settings: Settings,
    progress: Progress,
    models: FittedModels,
) -> Iterator[tuple[list[Row], list[Judged]]]:
    """Yield the cells of each pass, and the headline metrics of their models for each year after training.

    The features of these rows see the past up to the end of the training years only. The first of the years, on which
    the model is evaluated anyway, is therefore scored again, so that all years are comparable.

    Args:
        lake: The lake with models, incidents and examples of the task.
        cities: The cities of the cells.
        cells: Rows of gold/cells of this task, whose examples are single incidents.
        task: What is predicted.
        learners: The learners of the cells by name.
        settings: Settings of features and of resamples.
        progress: Where the lines for each pass go.
        models: The fitted models.
    """
    stored = lake.read(task.examples).where(F.col("city").isin(sorted({cell["city"] for cell in cells})))
    with progress.working(f"evaluate: matrix: years of {task.name}"):
        rows = {(row["city"], row["year"]): row["count"] for row in stored.groupBy("city", "year").count().collect()}
    ends: _Ends = {}
    for cell in cells:
        later = [count for (city, year), count in rows.items() if city == cell["city"] and year > cell["train_to"]]
        if later:
            ends[cell["city"], cell["train_to"]] = sum(later)
    for number, part in enumerate(passes := _passes(ends), 1):
        scored = [cell for cell in cells if (cell["city"], cell["train_to"]) in part]
        what = f"evaluate: matrix of {task.name}, pass {number} of {len(passes)}: {len(scored)} models"
        with progress.working(f"{what}, {sum(part.values()):,} rows"):
            judged = _judged_pass(lake, cities, scored, list(rows), part, task, learners, settings, models)
        yield scored, judged


def _passes(ends: _Ends) -> list[_Ends]:
    """Divide the training ends into passes of at most ROWS_IN_A_PASS rows; an end with more rows has its own pass."""
    parts: list[_Ends] = []
    for key, rows in sorted(ends.items()):
        if not parts or sum(parts[-1].values()) + rows > ROWS_IN_A_PASS:
            parts.append({})
        parts[-1][key] = rows
    return parts


def _judged_pass(
    lake: Lake,
    cities: Sequence[City],
    cells: Sequence[Row],
    years: Sequence[tuple[str, int]],
    ends: _Ends,
    task: Task,
    learners: Mapping[str, Learner],
    settings: Settings,
    models: FittedModels,
) -> list[Judged]:
    """Score and judge the models of the cells on all years after their training, in one job."""
    ends_of_city: dict[str, list[int]] = defaultdict(list)
    for city, train_to in ends:
        ends_of_city[city].append(train_to)
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(sorted(ends_of_city)))
    frozen = frozen_examples(
        incidents.where(F.col("year") <= max(year for _, year in years)),
        task,
        cities,
        settings.features,
        ends_of_city,
        few=sum(ends.values()) <= ROWS_IN_A_PASS,
        demographic=settings.allow_demographic,
    )
    with frozen as examples:
        frames, groups = [], []
        for block in blocks_of(cells):
            city, train_to = block[0]["city"], block[0]["train_to"]
            later = sorted(year for of_city, year in years if of_city == city and year > train_to)
            groups += [Row(**{**cell.asDict(), "test_year": year}) for cell in block for year in later]
            of_block = examples.where((F.col("city") == city) & (F.col(TRAIN_TO) == train_to))
            frames.append(_predicted(of_block, block, task, learners, models))
        return judge_cells(reduce(DataFrame.unionByName, frames), groups, task, settings, task.kind.compared())


def _predicted(
    examples: DataFrame, block: Sequence[Row], task: Task, learners: Mapping[str, Learner], models: FittedModels
) -> DataFrame:
    """Rows of gold/predictions by the stored models of a block, for the year of each row."""
    spans = {key: block[0][key] for key in CELL_KEY if key not in ("city", "task", "learner")}
    cells = [Cell(row["city"], task, learners[row["learner"]], **spans) for row in block]
    kinds = [cell.learner.fits(type(task.kind)) for cell in cells]
    scorers = [(models.get(cell.model), kind) for cell, kind in zip(cells, kinds, strict=True)]
    first = block[0]
    # The target in gold/cells is the same for all learners of a block.
    target = Target(task.kind, first["base_rate"], tuple(first["classes"]) if first["classes"] else None, first["k"])
    scored = score(examples, task.inputs(cells[0].policy), target, scorers)
    return predictions(scored, list(zip(cells, kinds, strict=True)))
