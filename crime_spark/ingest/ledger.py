"""The account of every file: rows read = accepted + superseded + quarantined, and what is accepted is in silver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.errors import AccountingError
from crime_spark.ingest.landing import LandedFile
from crime_spark.schemas import LEDGER

INGESTED = "ingested"


def count_by_file(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """city, file, rows_read, rows_quarantined, and for each of columns the number of its unreadable values.

    rows are conformed; a row is quarantined if it has a reason.
    """
    unreadable = [
        F.count_if(F.array_contains("unreadable", column) & (F.size("reasons") == 0)).alias(column) for column in columns
    ]
    return rows.groupBy("city", "file").agg(
        F.count(F.lit(1)).alias("rows_read"), F.count_if(F.size("reasons") > 0).alias("rows_quarantined"), *unreadable
    )


def entries(
    files: Sequence[LandedFile], counts: Sequence[Row], columns: Sequence[str], started: datetime, finished: datetime
) -> list[dict[str, Any]]:
    """A row of the ledger for each file, rows_accepted and rows_superseded still to be restated."""
    by_file = {(row["city"], row["file"]): row for row in counts}
    made = []
    for file in files:
        row = by_file.get((file.city, file.path))
        bad = {c: int(row[c]) for c in columns if row[c]} if row is not None else {}
        made.append(
            {
                "file": file.path,
                "city": file.city,
                "sha256": file.sha256,
                "status": INGESTED,
                "rows_read": int(row["rows_read"]) if row is not None else 0,
                "rows_quarantined": int(row["rows_quarantined"]) if row is not None else 0,
                "bad_values": bad,
                "started_at": started,
                "finished_at": finished,
            }
        )
    return made


def restated(ledger: Sequence[Mapping[str, Any]], stored: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """The ledger as it stands now that silver holds stored[city, file] rows of each file.

    Raises:
        AccountingError: silver holds more of a file than can be, or rows of a file that the ledger does not have.
    """
    result, faults = [], []
    for entry in ledger:
        accepted = stored.get((entry["city"], entry["file"]), 0)
        superseded = entry["rows_read"] - entry["rows_quarantined"] - accepted
        if superseded < 0:
            faults.append(
                f"{entry['file']}: {entry['rows_read']} rows read, but {accepted} in silver and "
                f"{entry['rows_quarantined']} in quarantine"
            )
        result.append({**entry, "rows_accepted": accepted, "rows_superseded": superseded})
    known = {(entry["city"], entry["file"]) for entry in ledger}
    faults += [f"silver has {rows} rows of {file}, which the ledger does not know" for (city, file), rows in
               sorted(stored.items()) if (city, file) not in known]
    if faults:
        raise AccountingError("; ".join(faults))
    return [{name: entry[name] for name in LEDGER.names} for entry in result]
