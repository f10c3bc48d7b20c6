"""The evaluate stage: gold/predictions to gold/metrics and what stands beside it, models scored on later years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import reduce
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.evaluation.comparing import SCALED, comparisons, scaled_errors
from crime_spark.evaluation.events import Events, days_known
from crime_spark.evaluation.judging import GROUP, Block, judge
from crime_spark.evaluation.kinds import Kind
from crime_spark.evaluation.tables import confusion_frame, curves_frame, metrics_frame, with_classes
from crime_spark.evaluation.validation import earlier_cells
from crime_spark.features.examples import to_examples
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, COMPARISONS, CONFUSION, CURVES, INCIDENTS, METRICS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.table import Table
from crime_spark.tasks.grain import Incident, Panel
from crime_spark.tasks.task import Task
from crime_spark.training.fitted import choice, named, not_fitted
from crime_spark.training.fitting import predictions, score
from crime_spark.training.plan import Cell
from crime_spark.training.target import Target

ROLLING, FROZEN = "rolling", "frozen"

Judged = dict[str, Any]
_CHOSEN_BY = ("city", "task", "learner", "protocol", "policy")
# Columns of what `judge` gives that rows about a metric have.
_OF_METRICS = (*GROUP, "metric", "class", "value", "low", "high", "drawn")


def evaluate_stage(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> None:
    """Replace what is said of every cell of cities, tasks, learners, protocol and policy that gold/predictions holds.

    That is their rows of gold/metrics, gold/curves and gold/confusion. What says how they stand to others is replaced
    of every learner with stored cells of these years: gold/comparisons, and mase.

    Raises:
        UsageError: there is no such cell.
        LakeError: there are no cells at all.
    """
    asked = choice(cities, tasks, learners, settings)
    wanted = sql_condition(asked)
    stored = lake.read(CELLS).where(wanted)
    cells = stored.collect()
    if not cells:
        raise UsageError(not_fitted(lake.read(CELLS).collect(), asked))
    if lacking := not_fitted(cells, asked, named(settings)):
        progress.say(f"evaluate: {lacking}")
    names = ", ".join(sorted({cell["task"] for cell in cells}))
    progress.say(f"evaluate: {len(cells)} cells of {names}, {settings.evaluation.resamples} resamples of each")
    outdated = _outdated(lake, lake.read(CELLS).where(f"NOT ({wanted})"), progress)
    with ExitStack() as cached:
        found: list[DataFrame] = []
        rolling: list[Judged] = []
        for task in tasks:
            if own := [cell for cell in cells if cell["task"] == task.name]:
                with progress.working(f"evaluate: {len(own)} cells of {task.name}"):
                    judged = judged_frame(lake.read(PREDICTIONS).where(wanted), own, task, settings)
                    found.append(with_classes(judged, stored).persist())
                    cached.callback(found[-1].unpersist)
                    metrics = found[-1].where("metric IS NOT NULL").select(*_OF_METRICS)
                    rolling += [row.asDict() for row in metrics.collect()]
        rivals = _rivals(lake, cells, tasks, learners, settings, progress)
        frozen: list[Judged] = []
        if settings.matrix != "none":
            usual = settings.matrix == "default"
            fitted = [one for one in learners if not usual or (one.default and not one.baseline)]
            frozen = list(_matrix(lake, cities, cells, tasks, fitted, settings, progress))
        with progress.working("evaluate: writing"):
            points = reduce(DataFrame.unionByName, found)
            for table, frame, where in _frames(lake, cities, cells, learners, points, (rolling, rivals, frozen)):
                # Rows of an earlier version of the table are not kept: they lack what it says now.
                lake.replace(table, frame.coalesce(1), where=None if table in outdated else where)


def _outdated(lake: Lake, others: DataFrame, progress: Progress) -> list[Table]:
    """Tables of an earlier version; it is said that what they hold of others, rows of gold/cells, will be gone."""
    tables = [table for table in (METRICS, CURVES, CONFUSION, COMPARISONS) if lake.outdated(table)]
    if tables and (lost := others.count()):
        names = ", ".join(table.name for table in tables)
        progress.say(
            f"evaluate: written anew, for an earlier version wrote it: {names}; what was said of {lost} other cells "
            "is gone until they are evaluated too"
        )
    return tables


def _rivals(
    lake: Lake,
    cells: Sequence[Row],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> list[Judged]:
    """The headline metrics of what every other learner has stored of the years of cells, to set these against."""
    others = sorted({learner.name for learner in LEARNERS} - {learner.name for learner in learners})
    if not others:
        return []
    where = sql_condition({**_contests(cells), "learner": others})
    stored = lake.read(CELLS).where(where).collect()
    judged: list[Judged] = []
    for task in tasks:
        if own := [cell for cell in stored if cell["task"] == task.name]:
            with progress.working(f"evaluate: {len(own)} cells of {task.name} by other learners, to compare"):
                judged += judge_cells(lake.read(PREDICTIONS).where(where), own, task, settings, ranking_only=True)
    return judged


def _contests(cells: Sequence[Row]) -> dict[str, list[Any]]:
    """The values of their keys but for the learner."""
    return {key: sorted({cell[key] for cell in cells}) for key in GROUP if key != "learner"}


def _frames(
    lake: Lake,
    cities: Sequence[City],
    cells: Sequence[Row],
    learners: Sequence[Learner],
    points: DataFrame,
    found: tuple[Sequence[Judged], Sequence[Judged], Sequence[Judged]],
) -> Iterator[tuple[Table, DataFrame, str]]:
    """Each table, its rows, and which rows they replace; found are those of cells, of rivals, and of a frozen past."""
    own = sql_condition({key: sorted({cell[key] for cell in cells}) for key in _CHOSEN_BY})
    shared = sql_condition(_contests(cells))
    rolling, rivals, frozen = found
    known, every = (*LEARNERS, *learners), [*rolling, *rivals]
    scaled = scaled_errors(every, {learner.name for learner in known if learner.scales})
    events = Events(cities, days_known(lake, cities))
    judged = [{**row, "history": ROLLING} for row in (*rolling, *scaled)]
    judged += [{**row, "history": FROZEN} for row in frozen]
    metrics = metrics_frame(lake.spark, judged, [events.of(row) for row in judged])
    yield METRICS, metrics, f"({own}) OR ({shared} AND metric = '{SCALED}')"
    yield CURVES, curves_frame(points), own
    yield CONFUSION, confusion_frame(points), own
    compared = comparisons(every, {learner.name for learner in known if learner.baseline})
    rows = [tuple(row[name] for name in COMPARISONS.names) for row in compared]
    yield COMPARISONS, lake.spark.createDataFrame(rows, COMPARISONS.struct), f"({own}) OR ({shared})"


def judge_cells(
    rows: DataFrame, cells: Sequence[Row], task: Task, settings: Settings, ranking_only: bool = False
) -> list[Judged]:
    """What `judge` gives of the metrics of cells of one task; see `judged_frame`."""
    judged = judged_frame(rows, cells, task, settings, ranking_only).where("metric IS NOT NULL")
    return [row.asDict() for row in judged.select(*_OF_METRICS).collect()]


def judged_frame(
    rows: DataFrame, cells: Sequence[Row], task: Task, settings: Settings, ranking_only: bool = False
) -> DataFrame:
    """What `judge` gives of the predictions of cells of one task; cells have CELL_KEY, test_year, k and classes."""
    spark = rows.sparkSession
    types = {column.name: column.type for column in CELLS.columns}
    schema = ", ".join(f"`{name}` {types[name]}" for name in (*GROUP, "k")) + ", earlier_from INT"
    earlier = [None] * len(cells) if ranking_only else earlier_cells(cell.asDict() for cell in cells)
    asked = [(*(cell[name] for name in (*GROUP, "k")), begins) for cell, begins in zip(cells, earlier, strict=True)]
    groups = spark.createDataFrame(asked, schema)
    block: Block = "week" if isinstance(task.grain, Panel) else "day"
    return judge(
        rows.where(F.col("task") == task.name),
        groups,
        len(cells),
        settings.evaluation.resamples,
        settings.seed,
        ranking_only,
        Kind(type(task.kind).__name__),
        block,
        settings.evaluation.validation_months if any(begins is not None for begins in earlier) else 0,
    )


def _matrix(
    lake: Lake,
    cities: Sequence[City],
    stored: Iterable[Row],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> Iterator[Judged]:
    """The headline metric of each model of single incidents on each year after its training years.

    What the rows see of the past ends where the training years do. So the first of these years, which the model is
    judged on too, is scored once more: only then is every year set against the others by the same past.
    """
    fitted = {learner.name: learner for learner in learners}
    for task in tasks:
        own = [row for row in stored if row["task"] == task.name and row["learner"] in fitted]
        if not isinstance(task.grain, Incident) or not own:
            continue
        for city in cities:
            incidents = lake.read(INCIDENTS).where(F.col("city") == city.name)
            held = lake.read(task.examples).where(F.col("city") == city.name).select("year").distinct().collect()
            years = sorted(row["year"] for row in held)
            for train_to in sorted({row["train_to"] for row in own if row["city"] == city.name}):
                if later := [year for year in years if year > train_to]:
                    rows = [row for row in own if row["city"] == city.name and row["train_to"] == train_to]
                    examples = to_examples(
                        incidents.where(F.col("year") <= max(later)),
                        task,
                        cities,
                        settings.features,
                        wanted=f"year IN ({', '.join(map(str, later))})",
                        month=str((train_to + 1) * 12),
                        demographic=settings.allow_demographic,
                    )
                    yield from _later(lake, examples, rows, later, task, fitted, settings, progress)


def _later(
    lake: Lake,
    examples: DataFrame,
    rows: Sequence[Row],
    years: Sequence[int],
    task: Task,
    learners: Mapping[str, Learner],
    settings: Settings,
    progress: Progress,
) -> Iterator[Judged]:
    examples = examples.persist()
    cells = [_cell(row, task, learners[row["learner"]]) for row in rows]
    models = [(PipelineModel.load(lake.path(cell.model)), cell.learner.fits(type(task.kind))) for cell in cells]
    kinds = [(cell, kind) for cell, (_, kind) in zip(cells, models, strict=True)]
    features = task.inputs(cells[0].policy)
    try:
        for year in years:
            scored = score(examples.where(F.col("year") == year), features, _target(rows[0], task), models).persist()
            groups = [Row(**{**row.asDict(), "test_year": year}) for row in rows]
            trained = f"{cells[0].city} {task.name} trained to {cells[0].train_to}"
            try:
                with progress.working(f"evaluate: matrix: {len(cells)} models of {trained} on {year}"):
                    judged = judge_cells(predictions(scored, kinds, year), groups, task, settings, ranking_only=True)
            finally:
                scored.unpersist()
            yield from judged
    finally:
        examples.unpersist()


def _cell(row: Row, task: Task, learner: Learner) -> Cell:
    spans = {key: row[key] for key in CELL_KEY if key not in ("city", "task", "learner")}
    return Cell(row["city"], task, learner, **spans)


def _target(row: Row, task: Task) -> Target:
    """What gold/cells keeps of it: the same for all learners of a block."""
    return Target(task.kind, row["base_rate"], tuple(row["classes"]) if row["classes"] else None, row["k"])
