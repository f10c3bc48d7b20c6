"""The ingest stage: landed files to silver/incidents, quarantine and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from crime_spark.cities.city import City
from crime_spark.errors import AccountingError
from crime_spark.ingest.conforming import conform
from crime_spark.ingest.landing import LandedFile, find_files, look_at, told_apart
from crime_spark.ingest.ledger import check_known, count_by_file, entries, restated
from crime_spark.ingest.reading import read_published, whole_files
from crime_spark.ingest.versions import KEY, latest_versions, newer_than_stored, repeated_keys
from crime_spark.lake import Lake, sql_condition
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE, Table
from crime_spark.session import configured


def ingest(lake: Lake, cities: Sequence[City], inputs: Mapping[str, Sequence[str]], progress: Progress) -> None:
    """Read the files of inputs (city -> patterns) that the lake has not seen, and merge their rows into silver.

    The ledger is written last: a run that breaks off before is simply done again.

    Raises:
        UsageError: no file matches a pattern.
        InputError: a file cannot be read or lacks a required column; nothing has been written.
        AccountingError: rows read are not rows accepted, superseded and quarantined.
    """
    by_name = {city.name: city for city in cities}
    started = _now()
    with progress.working("ingest: looking at the files"):
        looked = look_at(lake.spark, by_name, find_files(lake.spark, inputs))
        ledger = [row.asDict() for row in lake.read(LEDGER).collect()] if lake.exists(LEDGER) else []
        files = _new_files(ledger, looked, progress)
        check_known(ledger, files, _rows_by_file(lake, INCIDENTS, "source_file"))
    if not files:
        return
    columns = sorted({column for city in cities for column in city.unreadable})
    with whole_files(lake.spark, files):
        rows = _conformed(lake, by_name, files, started).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            with progress.working(f"ingest: reading {len(files)} files"):
                counts = count_by_file(rows, columns).collect()
            with progress.working(f"ingest: writing {INCIDENTS.name}"):
                _write_incidents(lake, rows.where(F.size("reasons") == 0))
            with progress.working(f"ingest: writing {QUARANTINE.name}"):
                refused = rows.where(F.size("reasons") > 0).select(*QUARANTINE.names)
                lake.replace(QUARANTINE, refused.coalesce(1), where=_of(files))
        finally:
            rows.unpersist()
    _write_ledger(lake, [*ledger, *entries(files, counts, columns, started, _now())])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _new_files(
    ledger: Sequence[Mapping[str, Any]], files: Sequence[LandedFile], progress: Progress
) -> list[LandedFile]:
    """The files whose content the ledger does not have for that city; of equal ones the first by path."""
    seen = {(entry["city"], entry["sha256"]) for entry in ledger}
    taken = {(entry["city"], entry["file"]) for entry in ledger}
    new = []
    for file in files:
        if (file.city, file.sha256) in seen:
            progress.say(f"ingest: skipped {file.path}: its content has been ingested")
        else:
            new.append(told_apart(file, taken))
            seen.add((file.city, file.sha256))
    return new


def _conformed(lake: Lake, cities: Mapping[str, City], files: Sequence[LandedFile], at: datetime) -> DataFrame:
    frames = []
    for name in dict.fromkeys(file.city for file in files):
        city = cities[name]
        own = [file for file in files if file.city == name]
        local_now = at.replace(tzinfo=UTC).astimezone(ZoneInfo(city.zone)).replace(tzinfo=None)
        frames.append(conform(read_published(lake.spark, city, own), city, local_now))
    return reduce(DataFrame.unionByName, frames)


def _write_incidents(lake: Lake, accepted: DataFrame) -> None:
    # Materialised before it is joined: Spark then knows that it is small, and does not shuffle every row.
    repeated = repeated_keys(accepted).persist()
    try:
        spare = repeated.agg(F.coalesce(F.sum(F.col("versions") - 1), F.lit(0)).alias("spare")).collect()[0]["spare"]
        winners = latest_versions(accepted, repeated).select(*INCIDENTS.names)
        if not lake.exists(INCIDENTS):
            expected = accepted.count() - spare
            # The hint works in adaptive execution alone. Without it each landed file would be one of the table's.
            with configured(lake.spark, {"spark.sql.adaptive.enabled": "true"}):
                lake.append(INCIDENTS, winners.hint("rebalance", "city", "year"))
        else:
            stored = lake.read(INCIDENTS)
            expected = stored.select(*KEY).union(accepted.select(*KEY)).distinct().count()
            lake.merge(INCIDENTS, newer_than_stored(winners, stored))
    finally:
        repeated.unpersist()
    held = lake.read(INCIDENTS).count()
    if held != expected:
        raise AccountingError(f"{INCIDENTS.name} holds {held} rows, but there are {expected} incidents")


def _of(files: Sequence[LandedFile]) -> str:
    """SQL: rows of quarantine that come from these files."""
    by_city: dict[str, list[str]] = {}
    for file in files:
        by_city.setdefault(file.city, []).append(file.path)
    return " OR ".join(f"({sql_condition({'city': city, 'file': paths})})" for city, paths in by_city.items())


def _rows_by_file(lake: Lake, table: Table, file: str) -> dict[tuple[str, str], int]:
    """(city, file) -> rows of the table, whose column `file` names the file."""
    if not lake.exists(table):
        return {}
    counts = lake.read(table).groupBy("city", file).agg(F.count(F.lit(1)).alias("rows")).collect()
    return {(row["city"], row[file]): row["rows"] for row in counts}


def _write_ledger(lake: Lake, ledger: Sequence[Mapping[str, Any]]) -> None:
    stored, refused = _rows_by_file(lake, INCIDENTS, "source_file"), _rows_by_file(lake, QUARANTINE, "file")
    rows = restated(ledger, stored, refused)
    lake.replace(LEDGER, lake.spark.createDataFrame(rows, LEDGER.struct).coalesce(1))
