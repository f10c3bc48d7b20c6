"""The transformations of the Python library: published rows to incidents, and incidents to examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.config import HasName, load_settings, unknown
from crime_spark.errors import UsageError
from crime_spark.examples.incidents import examples_of_city
from crime_spark.ingest.conformance import wall_clock
from crime_spark.ingest.frames import conform_frame
from crime_spark.ingest.versions import resolved
from crime_spark.schemas import INCIDENTS, QUARANTINE
from crime_spark.settings import Settings
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task


@dataclass(frozen=True)
class ConformedReports:
    """Published rows, conformed to the common schema of all cities.

    Attributes:
        incidents: the columns of silver/incidents, one row per incident. source_file is NULL.
        refusals: the columns of quarantine, one row per refused row, with every reason. text is the row as a CSV
            record. file and record are NULL.
    """

    incidents: DataFrame
    refusals: DataFrame


def to_incidents(frame: DataFrame, city: City | str, now: datetime | None = None) -> ConformedReports:
    """Conform published rows in the same way as the ingest job.

    Headers are compared by letters and digits only, so `Case Number` equals `case_number`. Values are cast to strings:
    leave columns as strings to keep leading zeros and large numbers. If several rows are versions of one incident, the
    row with the latest update time is kept, and the others are in neither frame. Both frames are lazy, and each reads
    the input again: cache the input if it is slow to read.

        Case Number | Date                   | IUCR | Primary Type | FBI Code
        HZ100001    | 01/04/2016 10:30:00 PM | 0820 | THEFT        | 06
        HZ100002    | yesterday              | 0460 | BATTERY      | 08B

    becomes in `incidents`

        incident_id | occurred_at         | offense_group | serious | ...
        HZ100001    | 2016-01-04 22:30:00 | theft         | true    | ...

    and in `refusals`

        text                                   | reasons              | ...
        HZ100002,yesterday,0460,BATTERY,08B    | [no readable time]   | ...

    Args:
        frame: one row per published row, with the headers of one of the city's publications.
        city: the city or its name.
        now: the time in UTC; reports of later incidents are refused. By default the current time.

    Raises:
        UsageError: the city is unknown.
        InputError: a required column is missing.
    """
    declared = _declared("city", city, CITIES)
    local_time = wall_clock(declared, datetime.now(UTC) if now is None else now)
    rows = conform_frame(frame, declared, local_time)
    incidents = resolved(rows.where(F.size("reasons") == 0), as_of={}).where("wins").select(*INCIDENTS.names)
    absent = {"file": F.lit(None).cast("string"), "record": F.lit(None).cast("bigint")}
    refusals = rows.where(F.size("reasons") > 0).withColumns(absent).select(*QUARANTINE.names)
    return ConformedReports(incidents, refusals)


def to_examples(
    incidents: DataFrame, task: Task | str, city: City | str, settings: Settings | None = None
) -> DataFrame:
    """Build the examples of a task, with the columns of gold/examples_<task>, in the same way as the examples job.

    Rows of other cities are ignored. The frame is lazy, with one exception: for tasks about areas, grid cells or the
    whole city, the days of the incidents are collected first, because every day between them has an example.

    Args:
        incidents: rows of silver/incidents. They are read several times: cache them if they are not stored.
        task: the task or its name.
        city: the city or its name.
        settings: only `features` and `allow_demographic` are used; by default those of `load_settings()`.

    Raises:
        UsageError: the task or the city is unknown, or the task needs `allow_demographic`.
    """
    declared = _declared("task", task, TASKS)
    chosen = load_settings() if settings is None else settings
    if declared.allow_demographic and not chosen.allow_demographic:
        raise UsageError(f"task {declared.name} uses demographic columns: set allow_demographic in the settings")
    return examples_of_city(incidents, declared, _declared("city", city, CITIES), chosen)


_N = TypeVar("_N", bound=HasName)


def _declared(what: str, wanted: _N | str, registry: Sequence[_N]) -> _N:
    """The declaration with this name; a declaration is returned unchanged."""
    if not isinstance(wanted, str):
        return wanted
    by_name = {declaration.name: declaration for declaration in registry}
    if wanted not in by_name:
        raise UsageError(unknown(what, wanted, list(by_name)))
    return by_name[wanted]
