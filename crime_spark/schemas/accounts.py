"""Tables about files and data: quarantine, ledger, statistics and quality."""

from __future__ import annotations

from crime_spark.table import Table, columns

QUARANTINE = Table(
    "quarantine",
    columns(
        ("city", "STRING", "the city of the file"),
        ("file", "STRING", "the file"),
        ("record", "BIGINT", "position of the record in the file, 1 = the first after the header"),
        ("text", "STRING", "the record as in the file, without its line end"),
        ("reasons", "ARRAY<STRING>", "all reasons why it was refused"),
    ),
    key=("file", "record"),
    stage="ingest",
    partitions=("city",),
    skip_by=("file",),
)

LEDGER = Table(
    "ledger",
    columns(
        ("file", "STRING", "the file"),
        ("city", "STRING", "the city of the file"),
        ("sha256", "STRING", "SHA-256 of the file's bytes; NULL if it could not be read to its end"),
        ("status", "STRING", "ingested or refused"),
        ("reason", "STRING", "why it was refused"),
        ("as_of", "TIMESTAMP_NTZ", "time of the export, UTC, by the manifest or the name of the file; NULL if unknown"),
        ("header", "ARRAY<STRING>", "its column names, as published"),
        ("rows_read", "BIGINT", "records in the file without header and blank lines"),
        ("rows_accepted", "BIGINT", "records that are a row of silver/incidents"),
        ("rows_superseded", "BIGINT", "records replaced by another version of the same incident"),
        ("rows_quarantined", "BIGINT", "records in quarantine"),
        ("bad_values", "MAP<STRING, BIGINT>", "number of unreadable values that became NULL, by column"),
        ("started_at", "TIMESTAMP_NTZ", "when its ingest began, UTC"),
        ("finished_at", "TIMESTAMP_NTZ", "when its ingest ended, UTC"),
    ),
    key=("city", "file"),
    stage="ingest",
)

STATISTICS = Table(
    "gold/statistics",
    columns(
        ("statistic", "STRING", "name of the statistic"),
        ("city", "STRING", "city"),
        ("year", "INT", "year of occurrence; NULL means all years"),
        ("dimension_1", "STRING", "first dimension of the breakdown"),
        ("value_1", "STRING", "the group; NULL means not recorded"),
        ("dimension_2", "STRING", "second dimension of the breakdown"),
        ("value_2", "STRING", "the group of the second dimension"),
        ("measure", "STRING", "rows, share_serious, mean, ..."),
        ("value", "DOUBLE", "the number"),
    ),
    key=("statistic", "city", "year", "dimension_1", "value_1", "dimension_2", "value_2", "measure"),
    stage="describe",
    partitions=("city",),
)

QUALITY = Table(
    "gold/quality",
    columns(
        ("city", "STRING", "city"),
        ("limit", "STRING", "name of the limit; see docs/quality.md"),
        ("per", "STRING", "type of the scope: city, file, year, week, day, offense group, a code or word"),
        ("scope", "STRING", "the part of the data that the value is computed from"),
        ("value", "DOUBLE", "the number"),
        ("low", "DOUBLE", "lower limit; NULL without one"),
        ("high", "DOUBLE", "upper limit; NULL without one"),
        ("crossed", "BOOLEAN", "the value is outside the limits"),
        ("remark", "STRING", "a remark"),
        ("checked_at", "TIMESTAMP_NTZ", "time of the check, UTC"),
    ),
    key=("city", "limit", "scope"),
    stage="ingest",
    partitions=("city",),
)
