"""The explain stage: from models, gold/predictions and examples to gold/importance, gold/fairness and gold/drift."""

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
    """Compute importance, fairness and drift of stored cells, and replace their rows in the three tables.

    Importance is computed for models that are not baselines, by default for the latest test year of each task.

    Args:
        lake: the lake.
        cities, tasks, learners: the cells to explain.
        settings: the settings; `years` selects test years.
        progress: where messages go.

    Raises:
        UsageError: no cell of the request is stored.
        LakeError: gold/cells does not exist.
    """
    cells = _cells(lake, choice(cities, tasks, learners, settings), settings, progress)
    models = {learner.name: learner for learner in learners if not learner.baseline}
    by_name = {task.name: task for task in tasks}
    for block in _blocks(cells, settings, list(models)):
        with progress.working(f"explain: importance: {_text(block[0])}"):
            _replace(lake, IMPORTANCE, importance(lake, block, by_name[block[0]["task"]], models, settings), block)
    for city in cities:
        for task in tasks:
            cells_of_task = [cell for cell in cells if (cell["city"], cell["task"]) == (city.name, task.name)]
            if cells_of_task:
                with progress.working(f"explain: fairness: {city.name} {task.name}"):
                    _of_groups(lake, cells_of_task, city, task, settings)
                with progress.working(f"explain: drift: {city.name} {task.name}"):
                    _of_years(lake, cells_of_task, task, settings)


def _cells(lake: Lake, wanted: Mapping[str, list[str]], settings: Settings, progress: Progress) -> list[Row]:
    tested = {"test_year": settings.years} if settings.years else {}
    cells = lake.read(CELLS).where(sql_condition({**wanted, **tested})).orderBy(*CELL_KEY).collect()
    if not cells:
        raise UsageError(not_fitted(lake.read(CELLS).collect(), wanted, years=settings.years))
    if lacking := not_fitted(cells, wanted, requested_keys(settings), settings.years):
        progress.say(f"explain: {lacking}")
    return cells


def _blocks(cells: Sequence[Row], settings: Settings, learners: Sequence[str]) -> list[list[Row]]:
    """The blocks of these learners; without years in the settings, those of the latest test year of each task."""
    blocks = blocks_of(cell for cell in cells if cell["learner"] in learners)
    if settings.years:
        return blocks
    latest: dict[tuple[Any, ...], int] = {}
    for cell in cells:
        key = (cell["city"], cell["task"])
        latest[key] = max(latest.get(key, 0), cell["test_year"])
    return [block for block in blocks if block[0]["test_year"] == latest[block[0]["city"], block[0]["task"]]]


def _text(cell: Row) -> str:
    delayed = f" {cell['delay']} days late" if cell["delay"] else ""
    return f"{cell['city']} {cell['task']}{delayed} to {cell['test_year']}"


def _replace(lake: Lake, table: Table, entries: Iterable[Entry], cells: Sequence[Row], *learners: str) -> None:
    rows = [tuple(entry[name] for name in table.names) for entry in entries]
    frame = lake.spark.createDataFrame(rows, table.struct).coalesce(1)
    lake.replace(table, frame, where=of_cells(cells, *learners))


def _of_groups(lake: Lake, cells: Sequence[Row], city: City, task: Task, settings: Settings) -> None:
    """Replace gold/fairness of the cells of a city and task. Tasks about the city as a whole have no groups."""
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
    fairness_rows = fairness(
        rows, _with_thresholds(lake, cells), len(cells), task, settings.evaluation.resamples, settings.seed
    )
    lake.replace(FAIRNESS, fairness_rows, where=where)


def _with_thresholds(lake: Lake, cells: Sequence[Row]) -> DataFrame:
    """GROUP, classes and threshold of the cells; the threshold is NULL before the evaluate stage."""
    types = {column.name: column.type for column in CELLS.columns}
    schema = ", ".join(f"`{name}` {types[name]}" for name in (*GROUP, "classes"))
    keys = lake.spark.createDataFrame([tuple(cell[name] for name in (*GROUP, "classes")) for cell in cells], schema)
    if not lake.exists(METRICS):
        return keys.withColumn("threshold", F.lit(None).cast("double"))
    thresholds = lake.read(METRICS).where((F.col("metric") == "threshold") & (F.col("history") == ROLLING))
    return keys.join(thresholds.select(*GROUP, F.col("value").alias("threshold")), on=list(GROUP), how="left")


def _of_years(lake: Lake, cells: Sequence[Row], task: Task, settings: Settings) -> None:
    """Replace gold/drift of the cells of a city and task."""
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
