"""The ledger table: reading, and writing with checks against silver and quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import AccountingError
from crime_spark.ingest.ledger import Counts, Entry, restated
from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE


def read_entries(lake: Lake) -> list[Entry]:
    """The entries of the ledger; empty without a ledger."""
    return [row.asDict() for row in lake.read(LEDGER).collect()] if lake.exists(LEDGER) else []


def write_entries(lake: Lake, entries: Sequence[Entry], city: str, expected: int | None, note: str) -> list[Entry]:
    """Replace the ledger, with rows_accepted and rows_superseded restated from silver, and return its entries.

    Args:
        lake: the lake.
        entries: the entries.
        city: the city of the run.
        expected: expected rows of the city in silver; None to skip this check.
        note: note of the commit, which ends the run.

    Raises:
        AccountingError: the rows in silver differ from `expected`, or the numbers of rows do not add up.
    """
    stored, refused = rows_by_file(lake)
    rows_of_city = sum(rows for (name, _), rows in stored.items() if name == city)
    if expected not in (None, rows_of_city):
        raise AccountingError(f"{INCIDENTS.name} has {rows_of_city} rows of {city}, expected {expected}")
    written = restated(entries, stored, refused)
    rows = [tuple(entry[name] for name in LEDGER.names) for entry in written]
    lake.replace(LEDGER, lake.spark.createDataFrame(rows, LEDGER.struct).coalesce(1), note=note)
    return written


def rows_by_file(lake: Lake) -> tuple[Counts, Counts]:
    """The numbers of rows in silver and in quarantine by city and file."""
    counts = [
        lake.read(table)
        .groupBy("city", F.col(file).alias("file"))
        .agg(F.count(F.lit(1)).alias("rows"), F.lit(number).alias("number"))
        for number, (table, file) in enumerate(((INCIDENTS, "source_file"), (QUARANTINE, "file")))
        if lake.exists(table)
    ]
    collected = reduce(DataFrame.unionByName, counts).collect() if counts else []
    stored, refused = (
        {(row["city"], row["file"]): row["rows"] for row in collected if row["number"] == number} for number in (0, 1)
    )
    return stored, refused
