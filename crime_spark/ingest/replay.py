"""Refused rows: a summary of reasons, and another attempt to ingest them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed
from crime_spark.cities.city import City
from crime_spark.ingest.conformance import conform, wall_clock
from crime_spark.ingest.csv_records import next_record
from crime_spark.ingest.fast_parser import of_records
from crime_spark.ingest.ledger import INGESTED
from crime_spark.ingest.ledger_table import read_entries, rows_by_file, write_entries
from crime_spark.ingest.merge import Batch, write_incidents
from crime_spark.ingest.reader import batch_of, published_schema, published_types
from crime_spark.ingest.run_notes import REPLAY, Note, broken_off, check_repeated, note_of
from crime_spark.ingest.versions import is_provisional
from crime_spark.lake import Lake, sql_condition
from crime_spark.locking import locked
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, QUARANTINE


def refusals(lake: Lake, cities: Sequence[str]) -> str:
    """The number of refused rows by city, file and reasons as text."""
    if not lake.exists(QUARANTINE):
        return "nothing is in quarantine"
    rows = lake.read(QUARANTINE).where(F.col("city").isin(*cities))
    counted = rows.groupBy("city", "file", F.array_join("reasons", "; ").alias("reasons")).count()
    rows_by_reason = counted.orderBy("city", "file", F.desc("count"), "reasons").collect()
    lines = [f"{row['city']}  {row['file']}  {row['count']:,}  {row['reasons']}" for row in rows_by_reason]
    return "\n".join(lines) if lines else "nothing is in quarantine"


def replay(lake: Lake, cities: Sequence[City], progress: Progress) -> int:
    """Conform refused rows again, merge those without faults, and return their number.

    These rows leave quarantine and count as accepted rows of their files. An interrupted replay must be repeated.

    Raises:
        LakeError: another job uses the lake.
        AccountingError: the numbers of rows do not add up.
    """
    if not lake.exists(QUARANTINE):
        return 0
    with locked(lake, "quarantine"):
        broken = broken_off(lake)
        first = sorted(cities, key=lambda city: broken is None or city.name != broken.city)
        return sum(_replay(lake, city, progress, broken if number == 0 else None) for number, city in enumerate(first))


def _replay(lake: Lake, city: City, progress: Progress, broken: Note | None) -> int:
    started = datetime.now(UTC).replace(tzinfo=None)
    note = note_of(REPLAY, city.name, started)
    if broken:
        check_repeated(broken, note.kind, note.city)
    entries = read_entries(lake)
    entry_by_file = {
        entry["file"]: entry for entry in entries if entry["city"] == city.name and entry["status"] == INGESTED
    }
    refused = checkpointed(lake.read(QUARANTINE).where(sql_condition({"city": city.name})))
    headers = {file: tuple(entry["header"]) for file, entry in entry_by_file.items()}
    with progress.working(f"quarantine: reading refused rows of {city.title}"):
        lines = refused.select("file", "record", "text")
        published = lines.mapInArrow(_parser(city, headers), published_schema(city))
        rows = checkpointed(conform(published, city, wall_clock(city, started)))
        accepted = rows.where(F.size("reasons") == 0)
        count, provisional = accepted.agg(F.count(F.lit(1)), F.count_if(is_provisional())).collect()[0]
    if not count and not broken:
        return 0
    stored, _ = rows_by_file(lake)
    before = sum(count for (name, _), count in stored.items() if name == city.name)
    as_of = {file: entry["as_of"] for file, entry in entry_by_file.items()}
    batch = Batch(city.name, accepted, count, provisional, as_of, str(note))
    with progress.working(f"quarantine: writing {INCIDENTS.name}"):
        gained = write_incidents(lake, batch, is_new=not before)
    lake.spark.catalog.clearCache()  # a stage caches nothing else
    with progress.working(f"quarantine: writing {QUARANTINE.name}"):
        left = rows.where(F.size("reasons") > 0).withColumn("file", F.col("source_file")).select(*QUARANTINE.names)
        lake.replace(QUARANTINE, left.coalesce(1), where={"city": city.name}, note=str(note))
        _, remaining = rows_by_file(lake)
    # Rows are counted, which also corrects an interrupted replay that had written quarantine.
    restated_entries = [
        {**entry, "rows_quarantined": remaining.get((city.name, entry["file"]), 0)}
        if entry in entry_by_file.values()
        else entry
        for entry in entries
    ]
    write_entries(lake, restated_entries, city.name, before + gained, str(note))
    return int(count)


def _parser(
    city: City, headers: Mapping[str, Sequence[str]]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Batches of (file, record, text) to batches of `published_schema`."""

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = published_types(city)
        for batch in batches:
            for file, number, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                record, _ = next_record(io.StringIO(text, newline=""))
                chunk = of_records([(0, 1, record)], len(headers[file]))
                yield batch_of(file, 0, number, chunk, city.positions(headers[file])[0], schema)

    return parse
