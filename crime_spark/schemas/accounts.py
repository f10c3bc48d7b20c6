"""What was refused, what became of every file, how good the data is, and its statistics."""

from __future__ import annotations

from crime_spark.table import Table, columns

QUARANTINE = Table(
    "quarantine",
    columns(
        ("city", "STRING", "the city the file was given for"),
        ("file", "STRING", "the file"),
        ("record", "BIGINT", "position of the record in the file, 1 = the first after the header"),
        ("text", "STRING", "the record as it stands in the file, without its line end"),
        ("reasons", "ARRAY<STRING>", "every reason for which it was refused"),
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
        ("city", "STRING", "the city it was given for"),
        ("sha256", "STRING", "SHA-256 of the file's bytes; NULL if it could not be read to its end"),
        ("status", "STRING", "ingested, or refused: nothing of it was taken in"),
        ("reason", "STRING", "why it was refused"),
        ("as_of", "TIMESTAMP_NTZ", "as of when the file is, UTC: by its manifest or its name; NULL if neither says"),
        ("header", "ARRAY<STRING>", "its column names, as published"),
        ("rows_read", "BIGINT", "records in the file; header and blank lines are none"),
        ("rows_accepted", "BIGINT", "records that are a row of silver/incidents now"),
        ("rows_superseded", "BIGINT", "records that gave way to another version of the same incident"),
        ("rows_quarantined", "BIGINT", "records refused"),
        ("bad_values", "MAP<STRING, BIGINT>", "column -> values that were there but unreadable, and became NULL"),
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
        ("year", "INT", "year of occurrence; NULL = all years"),
        ("dimension_1", "STRING", "what it is broken down by"),
        ("value_1", "STRING", "the group; NULL = not recorded"),
        ("dimension_2", "STRING", "second breakdown"),
        ("value_2", "STRING", "the group in the second breakdown"),
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
        ("limit", "STRING", "name of the limit; docs/quality.md says what each is"),
        ("per", "STRING", "what the scope is: city, file, year, week, day, offense group, a code or word"),
        ("scope", "STRING", "what the number is about"),
        ("value", "DOUBLE", "the number"),
        ("low", "DOUBLE", "what it should not lie below; NULL if nothing"),
        ("high", "DOUBLE", "what it should not lie above; NULL if nothing"),
        ("crossed", "BOOLEAN", "it does"),
        ("remark", "STRING", "what to know about it"),
        ("checked_at", "TIMESTAMP_NTZ", "when it was computed, UTC"),
    ),
    key=("city", "limit", "scope"),
    stage="ingest",
    partitions=("city",),
)
