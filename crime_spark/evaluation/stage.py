"""The evaluate stage: metrics, curves, confusion and comparisons from gold/predictions, and the matrix of years."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Row

from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.evaluation.events import Events, days_with_data
from crime_spark.evaluation.judged_cells import OF_METRICS, Judged, judge_cells, judged_frame
from crime_spark.evaluation.matrix import matrix_of
from crime_spark.evaluation.results import Results, contests
from crime_spark.evaluation.tables import with_classes
from crime_spark.fitting.fitted_cells import choice, not_fitted, requested_keys
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
    """Evaluate the stored predictions of all cells of the cities, tasks, learners, protocol and policy.

    Their rows of gold/metrics, gold/curves and gold/confusion are replaced. gold/comparisons and mase are replaced for
    all learners with stored cells of the same years.

    Args:
        lake: the lake.
        cities, tasks, learners: what to evaluate.
        settings: protocol, policy and settings of the evaluation.
        progress: where messages go.
        models: models that were fitted in this application; other models are read.

    Raises:
        UsageError: no cell of the request is stored.
        LakeError: gold/cells does not exist.
    """
    models = models or FittedModels(lake)
    request = choice(cities, tasks, learners, settings)
    wanted = sql_condition(request)
    stored = lake.read(CELLS).where(wanted)
    cells = stored.collect()
    if not cells:
        raise UsageError(not_fitted(lake.read(CELLS).collect(), request))
    if lacking := not_fitted(cells, request, requested_keys(settings)):
        progress.say(f"evaluate: {lacking}")
    names = ", ".join(sorted({cell["task"] for cell in cells}))
    progress.say(f"evaluate: {len(cells)} cells of {names}, {settings.evaluation.resamples} resamples of each")
    outdated = _outdated(lake, lake.read(CELLS).where(f"NOT ({wanted})"), progress)
    results = Results(lake, (*LEARNERS, *learners), Events(cities, days_with_data(lake, cities)), outdated)
    by_task = [(task, rows) for task in tasks if (rows := [cell for cell in cells if cell["task"] == task.name])]
    try:
        for task, rows in by_task:
            with progress.working(f"evaluate: {len(rows)} cells of {task.name}"):
                judged = judged_frame(lake.read(PREDICTIONS).where(wanted), rows, task, settings)
                points = with_classes(judged, stored).persist()
                metrics = points.where("metric IS NOT NULL").select(*OF_METRICS)
                rolling = [row.asDict() for row in metrics.collect()]
            results.add(rows, points, rolling, _rivals(lake, rows, task, learners, settings, progress))
            results.store(progress, everything=False)
        everywhere = settings.matrix != "default"
        scored = {x.name: x for x in learners if everywhere or (x.default and not x.baseline)}
        for task, rows in by_task:
            chosen = [cell for cell in rows if cell["learner"] in scored]
            if settings.matrix != "none" and isinstance(task.grain, Incident) and chosen:
                passes = matrix_of(lake, cities, chosen, task, scored, settings, progress, models)
                for cells_of_pass, frozen in passes:
                    results.add_frozen(cells_of_pass, frozen)
                    results.store(progress, everything=False)
        results.store(progress, everything=True)
    finally:
        results.close()


def _outdated(lake: Lake, others: DataFrame, progress: Progress) -> list[Table]:
    """The tables of an earlier version. A message says that their rows of `others` (rows of gold/cells) are lost."""
    tables = [table for table in (METRICS, CURVES, CONFUSION, COMPARISONS) if lake.outdated(table)]
    if tables and (lost := others.count()):
        names = ", ".join(table.name for table in tables)
        progress.say(
            f"evaluate: {names} were written by an earlier version and are overwritten; the rows of {lost} other cells "
            "are lost until you evaluate these cells"
        )
    return tables


def _rivals(
    lake: Lake, cells: Sequence[Row], task: Task, learners: Sequence[Learner], settings: Settings, progress: Progress
) -> list[Judged]:
    """The headline metrics of all other learners with stored cells of the same years, for comparisons."""
    others = sorted({learner.name for learner in LEARNERS} - {learner.name for learner in learners})
    if not others:
        return []
    where = sql_condition({**contests(cells), "learner": others})
    rivals = lake.read(CELLS).where(where).collect()
    if not rivals:
        return []
    with progress.working(f"evaluate: {len(rivals)} cells of {task.name} by other learners, to compare"):
        return judge_cells(lake.read(PREDICTIONS).where(where), rivals, task, settings, task.kind.compared())
