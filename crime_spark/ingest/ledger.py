"""Accounts of files: rows read = accepted + superseded + quarantined, and accepted rows are in silver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.errors import AccountingError
from crime_spark.ingest.fast_parser import TORN
from crime_spark.ingest.landing import LandedFile, RefusedFile
from crime_spark.ingest.versions import is_provisional
from crime_spark.schemas import LEDGER

INGESTED, REFUSED = "ingested", "refused"
Entry = dict[str, Any]

# (city, file) to number of rows
Counts = Mapping[tuple[str, str], int]


def count_by_part(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Count conformed rows by file and part.

    Args:
        rows: rows of `conform`.
        columns: columns whose unreadable values are counted.

    Returns:
        file, part, rows_read, rows_quarantined (rows with a reason), provisional (accepted rows without an ID), torn,
        and the number of unreadable values of each column.
    """
    accepted = F.size("reasons") == 0
    return rows.groupBy(F.col("source_file").alias("file"), "part").agg(
        F.count(F.lit(1)).alias("rows_read"),
        F.count_if(~accepted).alias("rows_quarantined"),
        F.count_if(accepted & is_provisional()).alias("provisional"),
        F.count_if(F.array_contains("reasons", TORN)).alias("torn"),
        *(F.count_if(accepted & F.array_contains("unreadable", column)).alias(column) for column in columns),
    )


def ingested_entry(
    file: LandedFile, parts: Iterable[Row], columns: Iterable[str], started: datetime, finished: datetime
) -> Entry:
    """The ledger entry of an ingested file from its counted parts, without rows_accepted and rows_superseded."""
    parts_of_file = [part for part in parts if part["file"] == file.path]
    bad = {column: sum(part[column] for part in parts_of_file) for column in columns}
    return {
        "file": file.path,
        "city": file.city,
        "sha256": file.sha256,
        "status": INGESTED,
        "reason": None,
        "as_of": file.as_of,
        "header": list(file.header),
        "rows_read": sum(part["rows_read"] for part in parts_of_file),
        "rows_quarantined": sum(part["rows_quarantined"] for part in parts_of_file),
        "bad_values": {column: count for column, count in bad.items() if count},
        "started_at": started,
        "finished_at": finished,
    }


def refused_entry(file: RefusedFile, started: datetime, finished: datetime) -> Entry:
    """The ledger entry of a refused file."""
    return {
        **dict.fromkeys(LEDGER.names),
        "file": file.path,
        "city": file.city,
        "sha256": file.sha256,
        "status": REFUSED,
        "reason": file.reason,
        **dict.fromkeys(("rows_read", "rows_quarantined"), 0),
        "bad_values": {},
        "started_at": started,
        "finished_at": finished,
    }


def restated(ledger: Iterable[Entry], stored: Counts, refused: Counts) -> list[Entry]:
    """Restate rows_accepted and rows_superseded of all entries from the rows in silver and quarantine.

    Args:
        ledger: the entries.
        stored: rows in silver by city and file.
        refused: rows in quarantine by city and file.

    Raises:
        AccountingError: the numbers of rows do not add up, or silver or quarantine has rows of an unknown file.
    """
    result, faults, keys = [], [], set()
    for entry in ledger:
        key = (entry["city"], entry["file"])
        keys.add(key)
        accepted, quarantined = stored.get(key, 0), entry["rows_quarantined"]
        superseded = entry["rows_read"] - quarantined - accepted
        if superseded < 0 or refused.get(key, 0) != quarantined:
            faults.append(
                f"{entry['file']}: {entry['rows_read']} rows read and {quarantined} refused, but {accepted} in silver "
                f"and {refused.get(key, 0)} in quarantine"
            )
        result.append({**entry, "rows_accepted": accepted, "rows_superseded": superseded})
    for place, counts in (("silver", stored), ("quarantine", refused)):
        faults += [
            f"{place} has {counts[key]} rows of {key[1]}, which is not in the ledger"
            for key in sorted(set(counts) - keys)
        ]
    if faults:
        raise AccountingError("; ".join(faults))
    return [{name: entry[name] for name in LEDGER.names} for entry in result]
