"""silver/incidents to gold/examples_<task>."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import ceil

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.features.feature import Feature
from crime_spark.features.grid import with_cells
from crime_spark.features.history import (
    KNOWN,
    KNOWN_MONTH,
    MONTH,
    OWN_MONTH,
    THE_LABEL,
    Joining,
    keyed,
    with_history,
)
from crime_spark.features.keys import CELL, KEYS, SMALL_CELL
from crime_spark.features.panels import days_of, panel_examples
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import FeatureSettings, Settings
from crime_spark.tasks.grain import MultiClass, Panel
from crime_spark.tasks.task import Task

# Up to so many incidents, what histories say of keys and months goes to every task, rather than all rows to where their
# key is: some 50 bytes for an incident and history.
_BROADCAST = 2_000_000


def to_examples(
    incidents: DataFrame,
    task: Task,
    cities: Sequence[City],
    settings: FeatureSettings,
    *,
    wanted: str = "true",
    month: str = OWN_MONTH,
    demographic: bool = False,
    joining: Joining = "shuffle_hash",
    persist: bool = False,
) -> DataFrame:
    """Rows of silver/incidents to rows of the task's examples, one for each that `wanted` (SQL) holds for.

    All incidents are looked back to, whether they are wanted or not; those without a label, or outside the task's
    `where`, are neither. month (SQL) is the month before which a row's history ends, its own unless it is to be frozen.
    Without demographic, the columns that describe the victim are NULL. joining is for with_history; persist keeps the
    frame that it reads many times, until the caller clears the cache.
    """
    label = F.expr(task.label_sql(settings))
    population = incidents.where(task.where).withColumn("label", label).where("label IS NOT NULL")
    if task.histories:
        made = _keyed(population, task, cities, settings, wanted, month)
        population = with_history(
            made.persist() if persist else made,
            task.histories,
            labels=_labels(task),
            window_months=settings.history_months,
            smoothing=settings.smoothing,
            joining=joining,
        )
    chosen = population.where(wanted)
    shown = {feature.name: _value(feature, task, cities) for feature in task.features}
    hidden = {feature.name: F.expr(feature.sql) if demographic else F.lit(None) for feature in task.demographic}
    columns = {
        "example_id": F.col("incident_id"),
        "unit": F.lit(None),
        "delay": F.lit(0),
        "month": F.month("occurred_at"),
        **shown,
        **hidden,
    }
    return _as_declared(chosen, task, columns)


def _as_declared(rows: DataFrame, task: Task, made: Mapping[str, Column]) -> DataFrame:
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    return rows.select(*(made.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names))


def _value(feature: Feature, task: Task, cities: Sequence[City]) -> Column:
    """What the feature is of an incident; NULL in a city where it gives the label away."""
    telling = [
        city.name for city in cities if any(task.target in city.reveals.get(column, ()) for column in feature.uses)
    ]
    value = F.expr(feature.sql)
    return F.when(~F.col("city").isin(*telling), value) if telling else value


def _labels(task: Task) -> Mapping[str, str]:
    """What the histories tell of, as with_history takes it."""
    if not isinstance(task.kind, MultiClass):
        return THE_LABEL
    return {name: f"label = {task.kind.classes.index(name)}" for name in task.history_of}


def _keyed(
    population: DataFrame, task: Task, cities: Sequence[City], settings: FeatureSettings, wanted: str, month: str
) -> DataFrame:
    """What with_history reads, and of the incidents' columns those alone that examples are made of."""
    boxes = {city.name: city.bounds for city in cities}
    sizes = {CELL: settings.cell_km2, SMALL_CELL: settings.small_cell_km2}
    used = {name for history in task.histories for name in history.by}
    placed = {column: km2 for column, km2 in sizes.items() if column in {KEYS[name].sql for name in used}}
    dated = (with_cells(population, boxes, placed) if placed else population).withColumns(
        {MONTH: F.when(F.expr(wanted), F.expr(month)), KNOWN: F.expr(KNOWN_MONTH)}
    )
    made = keyed(dated, task.histories, {name: KEYS[name].sql for name in used}, _labels(task))
    shown = {name for feature in (*task.features, *task.demographic) for name in feature.uses}
    needed = {"city", "incident_id", "occurred_at", "year", "label", MONTH, KNOWN, *shown}
    return made.select(*(name for name in made.columns if name in needed or name not in dated.columns))


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
    days = days_of(incidents) if any(isinstance(task.grain, Panel) for task in tasks) else {}
    joining: Joining = "shuffle_hash"
    if any(task.histories for task in tasks) and incidents.count() <= _BROADCAST:
        joining = "broadcast"
    for task in tasks:
        with progress.working(f"examples: {task.name}"):
            if isinstance(task.grain, Panel):
                panels = [
                    panel_examples(incidents, task, city, days[city.name], settings.features)
                    for city in cities
                    if city.name in days
                ]
                rows = reduce(DataFrame.unionByName, panels).where(wanted)
            else:
                rows = to_examples(
                    incidents,
                    task,
                    cities,
                    settings.features,
                    wanted=wanted,
                    demographic=settings.allow_demographic,
                    joining=joining,
                    persist=True,
                )
            outdated = lake.outdated(task.examples)
            if outdated:
                of = ", ".join([*names, *map(str, settings.years)])
                progress.say(f"{task.examples.name} was written by an earlier version: it now has {of} alone")
            lake.replace(task.examples, rows, where=None if outdated else where)
            lake.spark.catalog.clearCache()  # nothing else is cached while a stage is at work
