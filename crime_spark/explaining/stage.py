"""The explain job: models, gold/predictions and examples to gold/importance, gold/fairness and gold/drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.evaluation.cell_metrics import GROUP
from crime_spark.evaluation.judged_cells import FROZEN, ROLLING
from crime_spark.explaining.attributes import AREA, areas_of, with_attributes
from crime_spark.explaining.drift import EVERY_LEARNER, decay, drift_of_rows, same_share
from crime_spark.explaining.fairness import fairness
from crime_spark.explaining.importance import importance
from crime_spark.features.grid import Grid
from crime_spark.fitting.fitted_cells import block_key, blocks_of, choice, not_fitted, of_cells, requested_keys
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, DRIFT, FAIRNESS, IMPORTANCE, INCIDENTS, METRICS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.table import Table
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

Entry = Mapping[str, Any]


def explain(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> None:
    """Replace what gold/importance, gold/fairness and gold/drift say of the cells that gold/cells holds.

    Of these, the ones of cities, tasks, learners, protocol and policy; with settings.years, those of these test years
    alone. Importance is found for models that are no baselines, and unless years are named, for the latest test year of
    each task.

    Raises:
        UsageError: there is no such cell.
        LakeError: there are no cells at all.
    """
    cells = _cells(lake, choice(cities, tasks, learners, settings), settings, progress)
    models = {learner.name: learner for learner in learners if not learner.baseline}
    by_name = {task.name: task for task in tasks}
    for block in _blocks(cells, settings, list(models)):
        with progress.working(f"explain: importance: {_told(block[0])}"):
            _replace(lake, IMPORTANCE, importance(lake, block, by_name[block[0]["task"]], models, settings), block)
    for city in cities:
        for task in tasks:
            own = [cell for cell in cells if (cell["city"], cell["task"]) == (city.name, task.name)]
            if own:
                with progress.working(f"explain: fairness: {city.name} {task.name}"):
                    _of_groups(lake, own, city, task, settings)
                with progress.working(f"explain: drift: {city.name} {task.name}"):
                    _of_years(lake, own, task, settings)


def _cells(lake: Lake, wanted: Mapping[str, list[str]], settings: Settings, progress: Progress) -> list[Row]:
    tested = {"test_year": settings.years} if settings.years else {}
    held = lake.read(CELLS).where(sql_condition({**wanted, **tested})).orderBy(*CELL_KEY).collect()
    if not held:
        raise UsageError(not_fitted(lake.read(CELLS).collect(), wanted, years=settings.years))
    if lacking := not_fitted(held, wanted, requested_keys(settings), settings.years):
        progress.say(f"explain: {lacking}")
    return held


def _blocks(cells: Sequence[Row], settings: Settings, learners: Sequence[str]) -> list[list[Row]]:
    """Cells of models that differ in their learner alone; without years in the settings, of the latest test year."""
    held = blocks_of(cell for cell in cells if cell["learner"] in learners)
    if settings.years:
        return held
    latest: dict[tuple[Any, ...], int] = {}
    for cell in cells:
        of = (cell["city"], cell["task"])
        latest[of] = max(latest.get(of, 0), cell["test_year"])
    return [block for block in held if block[0]["test_year"] == latest[block[0]["city"], block[0]["task"]]]


def _told(cell: Row) -> str:
    delayed = f" {cell['delay']} days late" if cell["delay"] else ""
    return f"{cell['city']} {cell['task']}{delayed} to {cell['test_year']}"


def _replace(lake: Lake, table: Table, entries: Iterable[Entry], cells: Sequence[Row], *learners: str) -> None:
    rows = [tuple(entry[name] for name in table.names) for entry in entries]
    frame = lake.spark.createDataFrame(rows, table.struct).coalesce(1)
    lake.replace(table, frame, where=of_cells(cells, *learners))


def _of_groups(lake: Lake, cells: Sequence[Row], city: City, task: Task, settings: Settings) -> None:
    """gold/fairness of the cells of one city and task; nothing of a task about the city as a whole."""
    where = of_cells(cells)
    rows = lake.read(PREDICTIONS).where(where)
    incidents = lake.read(INCIDENTS).where(F.col("city") == city.name)
    if not isinstance(task.grain, Panel):
        scored = sorted({cell["test_year"] for cell in cells})
        rows = with_attributes(rows, incidents.where(F.col("year").isin(*scored)))
    elif task.grain.by == "area":
        rows = rows.withColumn(AREA, F.col("unit"))
    elif task.grain.by == "cell":
        cell = Grid(city.bounds, settings.features.cell_km2).cell()
        rows = rows.join(F.broadcast(areas_of(incidents.where(task.where), cell)), on="unit", how="left")
    else:
        return
    found = fairness(
        rows, _with_thresholds(lake, cells), len(cells), task, settings.evaluation.resamples, settings.seed
    )
    lake.replace(FAIRNESS, found, where=where)


def _with_thresholds(lake: Lake, cells: Sequence[Row]) -> DataFrame:
    """GROUP, classes and threshold of the cells; the latter is NULL where the evaluate stage has not been run."""
    types = {column.name: column.type for column in CELLS.columns}
    schema = ", ".join(f"`{name}` {types[name]}" for name in (*GROUP, "classes"))
    held = lake.spark.createDataFrame([tuple(cell[name] for name in (*GROUP, "classes")) for cell in cells], schema)
    if not lake.exists(METRICS):
        return held.withColumn("threshold", F.lit(None).cast("double"))
    told = lake.read(METRICS).where((F.col("metric") == "threshold") & (F.col("history") == ROLLING))
    return held.join(told.select(*GROUP, F.col("value").alias("threshold")), on=list(GROUP), how="left")


def _of_years(lake: Lake, cells: Sequence[Row], task: Task, settings: Settings) -> None:
    """gold/drift of the cells of one city and task."""
    entries: list[Entry] = []
    spans = {block_key(cell): cell for cell in cells}
    drawn: dict[int, DataFrame] = {}
    try:
        for cell in spans.values():
            if cell["delay"] not in drawn:
                drawn[cell["delay"]] = _drawn(lake, cell, task, settings).persist()
            keys = {**{key: cell[key] for key in CELL_KEY}, "learner": EVERY_LEARNER}
            years = range(cell["train_from"], cell["train_to"] + 1)
            inputs = task.inputs(cell["policy"])
            for row in drift_of_rows(drawn[cell["delay"]], inputs, years, task.kind.is_number, task.odds):
                entries.append({**keys, **row, "distance": row["year"] - cell["train_to"]})
    finally:
        for frame in drawn.values():
            frame.unpersist()
    if lake.exists(METRICS):
        frozen = lake.read(METRICS).where(of_cells(cells)).where(F.col("history") == FROZEN)
        entries += decay(row.asDict() for row in frozen.collect())
    _replace(lake, DRIFT, entries, cells, EVERY_LEARNER)


def _drawn(lake: Lake, cell: Row, task: Task, settings: Settings) -> DataFrame:
    names = [feature.name for feature in task.inputs(cell["policy"])]
    where = sql_condition({"city": cell["city"], "delay": cell["delay"]})
    examples = lake.read(task.examples).where(where).select("year", "example_id", "label", *names)
    return same_share(examples, settings.explaining.rows)
