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

# (city, file) -> rows
Counts = Mapping[tuple[str, str], int]


def count_by_file(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """city, file, rows_read, rows_quarantined, and for each of columns the number of its unreadable values.

    rows are conformed; a row is quarantined if it has a reason.
    """
    unreadable = [
        F.count_if(F.array_contains("unreadable", column) & (F.size("reasons") == 0)).alias(column)
        for column in columns
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


def check_known(ledger: Iterable[Mapping[str, Any]], files: Sequence[LandedFile], stored: Counts) -> None:
    """Silver holds rows of files only that the ledger has or that are read now.

    Raises:
        AccountingError: it holds rows of others: a run broke off and has not been repeated.
    """
    known = {(entry["city"], entry["file"]) for entry in ledger} | {(file.city, file.path) for file in files}
    if strange := sorted(set(stored) - known):
        named = ", ".join(f"{stored[key]} rows of {key[1]}" for key in strange)
        raise AccountingError(
            f"silver has {named}, which the ledger does not know: a run broke off; repeat it with these files"
        )


def restated(ledger: Sequence[Mapping[str, Any]], stored: Counts, refused: Counts) -> list[dict[str, Any]]:
    """The ledger as it stands now that silver holds stored[city, file] rows of each file, quarantine refused[...].

    Raises:
        AccountingError: silver holds more rows of a file than it can, or quarantine others than were refused, or
            either has rows of a file that the ledger does not have.
    """
    result, faults = [], []
    for entry in ledger:
        key = (entry["city"], entry["file"])
        accepted, quarantined = stored.get(key, 0), entry["rows_quarantined"]
        superseded = entry["rows_read"] - quarantined - accepted
        if superseded < 0 or refused.get(key, 0) != quarantined:
            faults.append(
                f"{entry['file']}: {entry['rows_read']} rows read and {quarantined} refused, but {accepted} in silver "
                f"and {refused.get(key, 0)} in quarantine"
            )
        result.append({**entry, "rows_accepted": accepted, "rows_superseded": superseded})
    known = {(entry["city"], entry["file"]) for entry in ledger}
    for place, counts in (("silver", stored), ("quarantine", refused)):
        faults += [
            f"{place} has {counts[key]} rows of {key[1]}, which the ledger does not know"
            for key in sorted(set(counts) - known)
        ]
    if faults:
        raise AccountingError("; ".join(faults))
    return [{name: entry[name] for name in LEDGER.names} for entry in result]
