"""The frames that limits read, so that a test names only the columns it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crime_spark.cities.limits import TERMS
from crime_spark.schemas import LEDGER

COUNTS = ("rows", "without_coordinates", *(f"{term}_{what}" for term in TERMS for what in ("recorded", "unmapped")))
DAYS = "city STRING, day DATE, offense_group STRING, " + ", ".join(f"{name} BIGINT" for name in COUNTS)
UNMAPPED = "city STRING, year INT, term STRING, word STRING, rows BIGINT"
LAST = date(2016, 12, 31)


def frames(
    spark: SparkSession, days: list[dict[str, Any]] | None = None, unmapped: Any = (), files: Any = ()
) -> dict[str, DataFrame]:
    """All three; days are dictionaries of what is not usual, unmapped whole rows, files dictionaries."""
    usual = {"city": "town", "day": LAST, "offense_group": "theft", "rows": 1}
    given = [{**dict.fromkeys(COUNTS, 0), **usual, **row} for row in days or []]
    names = [part.split()[0] for part in DAYS.split(", ")]
    entries = [tuple({"city": "town", **row}.get(name) for name in LEDGER.names) for row in files]
    return {
        "days": spark.createDataFrame([tuple(row[name] for name in names) for row in given], DAYS).coalesce(1),
        "unmapped": spark.createDataFrame(list(unmapped), UNMAPPED),
        "files": spark.createDataFrame(entries, LEDGER.struct),
    }


def back(days: int) -> date:
    """So many days before the last of the data."""
    return LAST - timedelta(days=days)
