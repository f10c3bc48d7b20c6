"""From silver/incidents to gold/examples_<task>."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from math import ceil

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed, release
from crime_spark.cities.city import City
from crime_spark.examples.panels import days_of, panel_examples
from crime_spark.features.feature import Feature
from crime_spark.features.grid import with_cells
from crime_spark.features.history import (
    KNOWN_MONTH,
    MONTH,
    MONTH_KNOWN,
    OWN_MONTH,
    THE_LABEL,
    Joining,
    key_columns,
    with_history,
)
from crime_spark.features.keys import CELL, KEYS, SMALL_CELL
from crime_spark.hashes import text_hash
from crime_spark.kinds import MultiClass
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import FeatureSettings, Settings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

# Up to this number of incidents, histories are broadcast instead of shuffling all rows by key (about 50 bytes for an
# incident and history), and the incidents are cached for all tasks (about 300 bytes each).
_BROADCAST = 2_000_000

TRAIN_TO = "train_to"
_KEPT = ("city", "incident_id", "occurred_at", "year")


def to_examples(
    incidents: DataFrame,
    task: Task,
    cities: Sequence[City],
    settings: FeatureSettings,
    *,
    wanted: str = "true",
    month: str = OWN_MONTH,
    demographic: bool = False,
) -> DataFrame:
    """Compute the examples of a task whose grain is an incident.

    Args:
        incidents: rows of silver/incidents. All with a label that fulfill the condition of the task are part of
            histories.
        task: the task.
        cities: the cities of the incidents.
        settings: settings of features.
        wanted: SQL condition for incidents that become examples.
        month: SQL for the month before which the history of a row ends.
        demographic: fill the columns that describe the victim; otherwise they are NULL.

    Returns:
        Rows of `task.examples`.
    """
    rows = _prepared(incidents, [task], cities, settings, wanted, month, demographic)
    return _examples(rows, task, cities, settings, demographic)


def examples_of_city(incidents: DataFrame, task: Task, city: City, settings: Settings) -> DataFrame:
    """Compute all examples of a task for a city from rows of silver/incidents, for any grain.

    For a panel, this collects the days of the incidents.
    """
    of_city = incidents.where(F.col("city") == city.name)
    if not isinstance(task.grain, Panel):
        return to_examples(of_city, task, [city], settings.features, demographic=settings.allow_demographic)
    days = days_of(of_city).get(city.name)
    if days is None:
        return incidents.sparkSession.createDataFrame([], task.examples.struct)
    return panel_examples(of_city, task, city, days, settings.features)


def _prepared(
    incidents: DataFrame,
    tasks: Sequence[Task],
    cities: Sequence[City],
    settings: FeatureSettings,
    wanted: str,
    month: str,
    demographic: bool,
) -> DataFrame:
    """The incidents of any of the tasks, with the columns that `_examples` reads.

    The name of a computed column is the hash of its SQL, so that tasks share equal columns.
    """
    expressions = [_expressions(task, settings, demographic) for task in tasks]
    of_any = " OR ".join(f"{_column(sql_by_column['label'])} IS NOT NULL" for sql_by_column in expressions)
    boxes = {city.name: city.bounds for city in cities}
    used = {KEYS[name].sql for task in tasks for history in task.histories for name in history.by}
    sizes = {CELL: settings.cell_km2, SMALL_CELL: settings.small_cell_km2}
    cell_columns = {column: km2 for column, km2 in sizes.items() if column in used}
    with_grid_cells = with_cells(incidents, boxes, cell_columns) if cell_columns else incidents
    return with_grid_cells.select(
        *_KEPT,
        F.when(F.expr(wanted), F.expr(month)).alias(MONTH),
        F.expr(KNOWN_MONTH).alias(MONTH_KNOWN),
        *(
            F.expr(sql).alias(_column(sql))
            for sql in dict.fromkeys(sql for sql_by_column in expressions for sql in sql_by_column.values())
        ),
    ).where(of_any)


def _examples(
    prepared: DataFrame,
    task: Task,
    cities: Sequence[City],
    settings: FeatureSettings,
    demographic: bool,
    joining: Joining = "shuffle_hash",
    also: Sequence[str] = (),
) -> DataFrame:
    """The examples of a task from the result of `_prepared`, with the further columns `also` of that result."""
    computed = (F.col(_column(sql)).alias(name) for name, sql in _expressions(task, settings, demographic).items())
    rows = prepared.select(*_KEPT, *also, MONTH, MONTH_KNOWN, *computed).where("label IS NOT NULL")
    if task.histories:
        rows = with_history(
            rows,
            task.histories,
            labels=_labels(task),
            window_months=settings.history_months,
            smoothing=settings.smoothing,
            joining=joining,
        )
    hidden = () if demographic else task.demographic
    columns = {
        "example_id": F.col("incident_id"),
        "unit": F.lit(None),
        "delay": F.lit(0),
        "month": F.month("occurred_at"),
        **{feature.name: _unless_revealing(feature, task, cities) for feature in task.features},
        **{feature.name: F.lit(None) for feature in hidden},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    typed = (columns.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names)
    return rows.where(f"{MONTH} IS NOT NULL").select(*typed, *also)


@contextmanager
def frozen_examples(
    incidents: DataFrame,
    task: Task,
    cities: Sequence[City],
    settings: FeatureSettings,
    ends: Mapping[str, Sequence[int]],
    *,
    few: bool,
    demographic: bool = False,
) -> Iterator[DataFrame]:
    """Compute examples whose history is frozen at the end of a training year, for several such years in one pass.

    Args:
        incidents: Rows of silver/incidents.
        task: A task whose grain is an incident.
        cities: The cities of the incidents.
        settings: Settings of features.
        ends: The training years of each city after which history is frozen.
        few: Whether the histories of all these rows fit into memory, see `with_history`.
        demographic: Whether to fill the columns that describe the victim.

    Yields:
        The columns of the task's examples and TRAIN_TO (INT), a row for each incident and each training year before
        the incident's year. The rows are checkpointed, and their storage is freed afterwards.
    """
    rows = _prepared(incidents, [task], cities, settings, "true", OWN_MONTH, demographic).persist()
    # These rows are only the past of the examples that follow.
    past = rows.withColumns({MONTH: F.lit(None).cast("int"), TRAIN_TO: F.lit(None).cast("int")})
    of_city = " ".join(f"WHEN '{city}' THEN array({', '.join(map(str, years))})" for city, years in ends.items())
    before = F.expr(f"filter(CASE city {of_city} END, train_year -> train_year < year)")
    examples = rows.withColumn(TRAIN_TO, F.explode(before)).withColumns(
        {MONTH: (F.col(TRAIN_TO) + 1) * 12, MONTH_KNOWN: F.lit(None).cast("int")}
    )
    joining: Joining = "broadcast" if few else "shuffle_hash"
    all_rows = past.unionByName(examples)
    try:
        frozen = checkpointed(_examples(all_rows, task, cities, settings, demographic, joining, (TRAIN_TO,)))
    finally:
        rows.unpersist()
    try:
        yield frozen
    finally:
        release(frozen)


def _expressions(task: Task, settings: FeatureSettings, demographic: bool) -> dict[str, str]:
    """Column to SQL for what the task computes of an incident: label (NULL if it is not an example), keys, features."""
    keys = {name: KEYS[name].sql for history in task.histories for name in history.by}
    shown = (*task.features, *(task.demographic if demographic else ()))
    return {
        "label": f"CASE WHEN {task.where} THEN {task.label_sql(settings)} END",
        **key_columns(task.histories, keys),
        **{feature.name: feature.typed_sql for feature in shown},
    }


def _column(sql: str) -> str:
    """The name of a computed column. Spark ignores the case of names, but SQL that differs in case is different."""
    return f"_{text_hash(sql)[:16]}"


def _unless_revealing(feature: Feature, task: Task, cities: Sequence[City]) -> Column:
    """The feature of an incident, NULL in cities where it reveals the label."""
    revealing = [
        city.name for city in cities if any(task.target in city.reveals.get(column, ()) for column in feature.uses)
    ]
    value = F.col(feature.name)
    return F.when(~F.col("city").isin(*revealing), value) if revealing else value


def _labels(task: Task) -> Mapping[str, str]:
    """The labels of the histories, for `with_history`."""
    if not isinstance(task.kind, MultiClass):
        return THE_LABEL
    return {name: f"label = {task.kind.classes.index(name)}" for name in task.history_of}


def write_examples(
    lake: Lake, tasks: Sequence[Task], cities: Sequence[City], settings: Settings, progress: Progress
) -> None:
    """Replace the examples of the cities in the table of each task, for the years of the settings or all years.

    A table whose features differ from those of the task is replaced completely.

    Raises:
        LakeError: nothing has been ingested.
    """
    names = [city.name for city in cities]
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(*names))
    if years := settings.years:
        # Examples depend on reports of their own years and of the window of histories before them.
        reach = ceil(settings.features.history_months / 12) + 1
        incidents = incidents.where(F.col("year").between(min(years) - reach, max(years)))
    wanted = f"year IN ({', '.join(map(str, years))})" if years else "true"
    where = {"city": names, **({"year": list(years)} if years else {})}
    panels = [task for task in tasks if isinstance(task.grain, Panel)]
    of_incidents = [task for task in tasks if not isinstance(task.grain, Panel)]
    demographic = settings.allow_demographic

    def write(task: Task, rows: DataFrame) -> None:
        outdated = lake.outdated(task.examples)
        if outdated:
            content = ", ".join([*names, *map(str, settings.years)])
            progress.say(
                f"{task.examples.name} was written by an earlier version; it is replaced and now has only {content}"
            )
        lake.replace(task.examples, rows, where=None if outdated else where)

    few = bool(of_incidents) and incidents.count() <= _BROADCAST
    for group in [of_incidents] if few else [[task] for task in of_incidents]:
        prepared = _prepared(incidents, group, cities, settings.features, wanted, OWN_MONTH, demographic).persist()
        joining: Joining = "broadcast" if few else "shuffle_hash"
        try:
            for task in group:
                with progress.working(f"examples: {task.name}"):
                    write(task, _examples(prepared, task, cities, settings.features, demographic, joining))
        finally:
            prepared.unpersist()
    days = days_of(incidents) if panels else {}
    for task in panels:
        with progress.working(f"examples: {task.name}"):
            frames = [
                panel_examples(incidents, task, city, days[city.name], settings.features)
                for city in cities
                if city.name in days
            ]
            write(task, reduce(DataFrame.unionByName, frames).where(wanted))
