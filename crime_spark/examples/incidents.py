"""silver/incidents to gold/examples_<task>."""

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
    KNOWN,
    KNOWN_MONTH,
    MONTH,
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

# Up to so many incidents, what histories say of keys and months goes to every task, rather than all rows to where their
# key is: some 50 bytes for an incident and history. And what all tasks read of an incident, some 300 bytes, is kept.
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
    """Rows of silver/incidents to rows of the task's examples, one for each that `wanted` (SQL) holds for.

    All incidents are looked back to, whether they are wanted or not; those without a label, or outside the task's
    `where`, are neither. month (SQL) is the month before which a row's history ends, its own unless it is to be frozen.
    Without demographic, the columns that describe the victim are NULL.
    """
    rows = _prepared(incidents, [task], cities, settings, wanted, month, demographic)
    return _examples(rows, task, cities, settings, demographic)


def examples_of_city(incidents: DataFrame, task: Task, city: City, settings: Settings) -> DataFrame:
    """Rows of silver/incidents to all examples of the task for one city, whatever the task's grain.

    For a panel the days of the incidents are collected.
    """
    own = incidents.where(F.col("city") == city.name)
    if not isinstance(task.grain, Panel):
        return to_examples(own, task, [city], settings.features, demographic=settings.allow_demographic)
    days = days_of(own).get(city.name)
    if days is None:
        return incidents.sparkSession.createDataFrame([], task.examples.struct)
    return panel_examples(own, task, city, days, settings.features)


def _prepared(
    incidents: DataFrame,
    tasks: Sequence[Task],
    cities: Sequence[City],
    settings: FeatureSettings,
    wanted: str,
    month: str,
    demographic: bool,
) -> DataFrame:
    """The incidents that are of any of the tasks, with all that `_examples` of each reads.

    A column that is made has the hash of its SQL for a name: what several tasks want is there once.
    """
    made = [_made(task, settings, demographic) for task in tasks]
    of_any = " OR ".join(f"{_column(each['label'])} IS NOT NULL" for each in made)
    boxes = {city.name: city.bounds for city in cities}
    used = {KEYS[name].sql for task in tasks for history in task.histories for name in history.by}
    sizes = {CELL: settings.cell_km2, SMALL_CELL: settings.small_cell_km2}
    placed = {column: km2 for column, km2 in sizes.items() if column in used}
    found = with_cells(incidents, boxes, placed) if placed else incidents
    return found.select(
        *_KEPT,
        F.when(F.expr(wanted), F.expr(month)).alias(MONTH),
        F.expr(KNOWN_MONTH).alias(KNOWN),
        *(F.expr(sql).alias(_column(sql)) for sql in dict.fromkeys(sql for each in made for sql in each.values())),
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
    """The task's examples, of what `_prepared` gives for it and others, and the columns `also` of that.

    joining is for with_history.
    """
    made = (F.col(_column(sql)).alias(name) for name, sql in _made(task, settings, demographic).items())
    rows = prepared.select(*_KEPT, *also, MONTH, KNOWN, *made).where("label IS NOT NULL")
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
        **{feature.name: _unless_telling(feature, task, cities) for feature in task.features},
        **{feature.name: F.lit(None) for feature in hidden},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    named = (columns.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names)
    return rows.where(f"{MONTH} IS NOT NULL").select(*named, *also)


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
    """Examples whose history is frozen at the end of a training year, for several of these years in one pass.

    Args:
        incidents: Rows of silver/incidents.
        task: A task whose examples are single incidents.
        cities: The cities of the incidents.
        settings: How features are made.
        ends: The training years of each city after which history is frozen.
        few: Whether the histories of all these rows fit into memory, see `with_history`.
        demographic: Whether to fill the columns that describe the victim.

    Yields:
        The columns of the task's examples and TRAIN_TO (INT): a row for each incident and each training year before
        the incident's year. The rows are computed, and their storage is free afterwards.
    """
    rows = _prepared(incidents, [task], cities, settings, "true", OWN_MONTH, demographic).persist()
    # Every incident is part of the past; no example is made of it yet.
    past = rows.withColumns({MONTH: F.lit(None).cast("int"), TRAIN_TO: F.lit(None).cast("int")})
    of_city = " ".join(f"WHEN '{city}' THEN array({', '.join(map(str, years))})" for city, years in ends.items())
    before = F.expr(f"filter(CASE city {of_city} END, train_year -> train_year < year)")
    examples = rows.withColumn(TRAIN_TO, F.explode(before)).withColumns(
        {MONTH: (F.col(TRAIN_TO) + 1) * 12, KNOWN: F.lit(None).cast("int")}
    )
    joining: Joining = "broadcast" if few else "shuffle_hash"
    asked = past.unionByName(examples)
    try:
        frozen = checkpointed(_examples(asked, task, cities, settings, demographic, joining, (TRAIN_TO,)))
    finally:
        rows.unpersist()
    try:
        yield frozen
    finally:
        release(frozen)


def _made(task: Task, settings: FeatureSettings, demographic: bool) -> dict[str, str]:
    """What is computed of an incident for the task -> SQL: its label, NULL if it is none of it; keys; features."""
    keys = {name: KEYS[name].sql for history in task.histories for name in history.by}
    shown = (*task.features, *(task.demographic if demographic else ()))
    return {
        "label": f"CASE WHEN {task.where} THEN {task.label_sql(settings)} END",
        **key_columns(task.histories, keys),
        **{feature.name: feature.typed_sql for feature in shown},
    }


def _column(sql: str) -> str:
    """Where Spark resolves names it takes no notice of case; in SQL case may tell two values apart."""
    return f"_{text_hash(sql)[:16]}"


def _unless_telling(feature: Feature, task: Task, cities: Sequence[City]) -> Column:
    """What the feature is of an incident; NULL in a city where it gives the label away."""
    telling = [
        city.name for city in cities if any(task.target in city.reveals.get(column, ()) for column in feature.uses)
    ]
    value = F.col(feature.name)
    return F.when(~F.col("city").isin(*telling), value) if telling else value


def _labels(task: Task) -> Mapping[str, str]:
    """What the histories tell of, as with_history takes it."""
    if not isinstance(task.kind, MultiClass):
        return THE_LABEL
    return {name: f"label = {task.kind.classes.index(name)}" for name in task.history_of}


def write_examples(
    lake: Lake, tasks: Sequence[Task], cities: Sequence[City], settings: Settings, progress: Progress
) -> None:
    """Replace the examples of cities in the table of each task; no years in the settings means every year.

    A table with other features than the task has now is replaced whole: its rows could not be told apart.

    Raises:
        LakeError: nothing has been ingested.
    """
    names = [city.name for city in cities]
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(*names))
    if years := settings.years:
        # Later reports change nothing, earlier ones nothing beyond the reach of history.
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
            of = ", ".join([*names, *map(str, settings.years)])
            progress.say(f"{task.examples.name} was written by an earlier version: it now has {of} alone")
        lake.replace(task.examples, rows, where=None if outdated else where)

    few = bool(of_incidents) and incidents.count() <= _BROADCAST
    for together in [of_incidents] if few else [[task] for task in of_incidents]:
        prepared = _prepared(incidents, together, cities, settings.features, wanted, OWN_MONTH, demographic).persist()
        joining: Joining = "broadcast" if few else "shuffle_hash"
        try:
            for task in together:
                with progress.working(f"examples: {task.name}"):
                    write(task, _examples(prepared, task, cities, settings.features, demographic, joining))
        finally:
            prepared.unpersist()
    days = days_of(incidents) if panels else {}
    for task in panels:
        with progress.working(f"examples: {task.name}"):
            made = [
                panel_examples(incidents, task, city, days[city.name], settings.features)
                for city in cities
                if city.name in days
            ]
            write(task, reduce(DataFrame.unionByName, made).where(wanted))
