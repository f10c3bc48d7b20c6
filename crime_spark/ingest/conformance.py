"""Published rows to rows of silver/incidents, with every reason to refuse a row and every value that was unreadable."""

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
    """Rows of `published_schema` to the columns of silver/incidents and BOOKKEEPING.

    reasons (ARRAY<STRING>) is empty for a row to accept, and text is kept only for others; unreadable (ARRAY<STRING>)
    names columns whose published value could not be read and became NULL. now is the city's wall clock: what lies after
    it is in the future.
    """
    types = {field.name: field.dataType for field in INCIDENTS.struct.fields}
    # Step by step in plain columns, no struct: Spark then computes each value once, however often it is looked at. (The
    # optimiser inlines a struct's fields wherever they are read, and a date would be parsed six times.)
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


def wall_clock(city: City, at: datetime) -> datetime:
    """What the clocks in the city showed at this time, which is UTC; neither has a zone."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(city.zone)).replace(tzinfo=None)


def _flat(name: str) -> str:
    """The column that holds incident.<name> while published columns of the same name are still there."""
    return f"_incident_{name}"


def _refusals(city: City, now: datetime) -> dict[str, str]:
    """Reason -> SQL condition: the city's own, and those on time that every city shares."""
    occurred = "incident.occurred_at"
    return {
        **{reason: f"problem IS NULL AND ({sql})" for reason, sql in city.refuse.items()},
        "no readable time": f"problem IS NULL AND {occurred} IS NULL",
        f"before {city.first_year}": f"{occurred} < TIMESTAMP_NTZ'{city.first_year}-01-01 00:00:00'",
        "in the future": f"{occurred} > TIMESTAMP_NTZ'{now:%Y-%m-%d %H:%M:%S}'",
    }


def _named_where(conditions: Mapping[str, str], first: str | None = None) -> Column:
    """The array of the names whose condition holds, after the text in the column `first` if it has one.

    Joined and split again, since Spark compiles that to code; array_compact it interprets.
    """
    named = [
        F.when(F.expr(re.sub(r"\bincident\.(\w+)", lambda found: _flat(found[1]), sql)), F.lit(name))
        for name, sql in conditions.items()
    ]
    joined = F.concat_ws(_SEPARATOR, *([F.col(first)] if first else []), *named)
    return F.when(joined == "", F.array().cast("array<string>")).otherwise(F.split(joined, _SEPARATOR))
