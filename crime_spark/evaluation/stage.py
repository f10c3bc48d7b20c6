"""The evaluate stage: gold/predictions to gold/metrics and what stands beside it, models scored on later years."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Row

from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.evaluation.events import Events, days_known
from crime_spark.evaluation.judged_cells import OF_METRICS, Judged, judge_cells, judged_frame
from crime_spark.evaluation.matrix import matrix_of
from crime_spark.evaluation.results import Results, contests
from crime_spark.evaluation.tables import with_classes
from crime_spark.fitting.fitted_cells import choice, named, not_fitted
from crime_spark.fitting.model_store import FittedModels
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, COMPARISONS, CONFUSION, CURVES, METRICS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.table import Table
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task


def evaluate_stage(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
    models: FittedModels | None = None,
) -> None:
    """Replace what is said of every cell of cities, tasks, learners, protocol and policy that gold/predictions holds.

    That is their rows of gold/metrics, gold/curves and gold/confusion. What says how they stand to others is replaced
    of every learner with stored cells of these years: gold/comparisons, and mase. models has what was fitted in this
    application; others are read.

    Raises:
        UsageError: there is no such cell.
        LakeError: there are no cells at all.
    """
    models = models or FittedModels(lake)
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
    results = Results(lake, (*LEARNERS, *learners), Events(cities, days_known(lake, cities)), outdated)
    by_task = [(task, own) for task in tasks if (own := [cell for cell in cells if cell["task"] == task.name])]
    try:
        for task, own in by_task:
            with progress.working(f"evaluate: {len(own)} cells of {task.name}"):
                judged = judged_frame(lake.read(PREDICTIONS).where(wanted), own, task, settings)
                points = with_classes(judged, stored).persist()
                metrics = points.where("metric IS NOT NULL").select(*OF_METRICS)
                rolling = [row.asDict() for row in metrics.collect()]
            results.add(own, points, rolling, _rivals(lake, own, task, learners, settings, progress))
            results.store(progress, everything=False)
        usual = settings.matrix == "default"
        scored = {one.name: one for one in learners if not usual or (one.default and not one.baseline)}
        for task, own in by_task:
            chosen = [cell for cell in own if cell["learner"] in scored]
            if settings.matrix != "none" and isinstance(task.grain, Incident) and chosen:
                passes = matrix_of(lake, cities, chosen, task, scored, settings, progress, models)
                for cells_of_pass, frozen in passes:
                    results.add_frozen(cells_of_pass, frozen)
                    results.store(progress, everything=False)
        results.store(progress, everything=True)
    finally:
        results.close()


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
    lake: Lake, cells: Sequence[Row], task: Task, learners: Sequence[Learner], settings: Settings, progress: Progress
) -> list[Judged]:
    """The headline metrics of every other learner stored for the years of these cells, to compare these with."""
    others = sorted({learner.name for learner in LEARNERS} - {learner.name for learner in learners})
    if not others:
        return []
    where = sql_condition({**contests(cells), "learner": others})
    rivals = lake.read(CELLS).where(where).collect()
    if not rivals:
        return []
    with progress.working(f"evaluate: {len(rivals)} cells of {task.name} by other learners, to compare"):
        return judge_cells(lake.read(PREDICTIONS).where(where), rivals, task, settings, task.kind.compared())
