"""From published rows to rows of silver/incidents, with reasons for refusal and unreadable values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.ingest.versions import content_hash
from crime_spark.schemas import INCIDENTS

# Columns of a conformed frame besides those of silver/incidents.
_KEPT = ("part", "record", "text", "reasons", "unreadable")
BOOKKEEPING = (*_KEPT, "content")
_SEPARATOR = "\x01"


def conform(rows: DataFrame, city: City, now: datetime) -> DataFrame:
    """Conform published rows.

    Args:
        rows: rows of `published_schema`.
        city: the city.
        now: the local time in the city; later incidents are refused.

    Returns:
        The columns of silver/incidents and BOOKKEEPING. reasons (ARRAY<STRING>) is empty for accepted rows; only other
        rows have text. unreadable (ARRAY<STRING>) lists columns whose value could not be read and became NULL.
    """
    types = {field.name: field.dataType for field in INCIDENTS.struct.fields}
    # Plain columns instead of a struct, so that Spark computes each value once. The optimizer would inline the fields
    # of a struct wherever they are used, and parse a date six times.
    given = rows.withColumns({name: F.expr(sql) for name, sql in city.given.items()})
    conformed = given.withColumns({_flat(name): F.expr(sql).cast(types[name]) for name, sql in city.incident.items()})
    judged = conformed.withColumns(
        {"reasons": _named_where(_refusals(city, now), "problem"), "unreadable": _named_where(city.unreadable)}
    )
    stored = {name: F.col(_flat(name)) for name in types}
    stored |= {"city": F.lit(city.name), "year": F.year(_flat("occurred_at")), "source_file": F.col("file")}
    kept = {"text": F.when(F.size("reasons") > 0, F.col("text"))}
    return judged.select(
        *(column.alias(name) for name, column in stored.items()),
        *(kept.get(name, F.col(name)).alias(name) for name in _KEPT),
        content_hash(stored).alias("content"),
    )


def wall_clock(city: City, time: datetime) -> datetime:
    """The local time in a city at a time in UTC, both without a zone."""
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(city.zone)).replace(tzinfo=None)


def _flat(name: str) -> str:
    """The temporary column of incident.<name>, which does not collide with published columns."""
    return f"_incident_{name}"


def _refusals(city: City, now: datetime) -> dict[str, str]:
    """Reason to SQL condition: those of the city, and conditions on time for all cities."""
    occurred = "incident.occurred_at"
    return {
        **{reason: f"problem IS NULL AND ({sql})" for reason, sql in city.refuse.items()},
        "no readable time": f"problem IS NULL AND {occurred} IS NULL",
        f"before {city.first_year}": f"{occurred} < TIMESTAMP_NTZ'{city.first_year}-01-01 00:00:00'",
        "in the future": f"{occurred} > TIMESTAMP_NTZ'{now:%Y-%m-%d %H:%M:%S}'",
    }


def _named_where(conditions: Mapping[str, str], first: str | None = None) -> Column:
    """The array of the names whose condition is true, preceded by the text of the column `first` if it is not NULL.

    Names are joined and split, because Spark compiles this to code but interprets array_compact.
    """
    names = [
        F.when(F.expr(re.sub(r"\bincident\.(\w+)", lambda match: _flat(match[1]), sql)), F.lit(name))
        for name, sql in conditions.items()
    ]
    joined = F.concat_ws(_SEPARATOR, *([F.col(first)] if first else []), *names)
    return F.when(joined == "", F.array().cast("array<string>")).otherwise(F.split(joined, _SEPARATOR))
