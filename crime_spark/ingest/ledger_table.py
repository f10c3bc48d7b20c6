"""The ledger as a table: read, and written only as silver and quarantine bear it out."""

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
    """The ledger's rows; none if there is no ledger."""
    return [row.asDict() for row in lake.read(LEDGER).collect()] if lake.exists(LEDGER) else []


def write_entries(lake: Lake, entries: Sequence[Entry], city: str, expected: int | None, note: str) -> list[Entry]:
    """Replace the ledger and return it; rows_accepted and rows_superseded are restated from what silver holds.

    The run is done then.

    Raises:
        AccountingError: the city has not the expected number of rows in silver, or rows are lost or made up.
    """
    stored, refused = rows_by_file(lake)
    held = sum(rows for (name, _), rows in stored.items() if name == city)
    if expected not in (None, held):
        raise AccountingError(f"{INCIDENTS.name} holds {held} rows of {city}, but there are {expected} incidents")
    written = restated(entries, stored, refused)
    rows = [tuple(entry[name] for name in LEDGER.names) for entry in written]
    lake.replace(LEDGER, lake.spark.createDataFrame(rows, LEDGER.struct).coalesce(1), note=note)
    return written


def rows_by_file(lake: Lake) -> tuple[Counts, Counts]:
    """(city, file) -> rows of silver and of quarantine."""
    counts = [
        lake.read(table)
        .groupBy("city", F.col(file).alias("file"))
        .agg(F.count(F.lit(1)).alias("rows"), F.lit(at).alias("at"))
        for at, (table, file) in enumerate(((INCIDENTS, "source_file"), (QUARANTINE, "file")))
        if lake.exists(table)
    ]
    found = reduce(DataFrame.unionByName, counts).collect() if counts else []
    stored, refused = ({(row["city"], row["file"]): row["rows"] for row in found if row["at"] == at} for at in (0, 1))
    return stored, refused
