"""Every stored table: its columns with comments, its key, its partitions. This is the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crime_spark.table import Column, Table, columns


def _after(column: Column) -> Column:
    return replace(column, known_at_report=False)


def _determines(column: Column, *labels: str) -> Column:
    return replace(column, determines=labels)


INCIDENTS = Table(
    "silver/incidents",
    (
        *columns(
            ("city", "STRING", "name of the city, as in the registry of cities"),
            ("incident_id", "STRING", "the portal's row key; the case number where the portal gives none"),
            ("case_number", "STRING", "the police department's case number"),
            ("occurred_at", "TIMESTAMP_NTZ", "when it happened, local wall clock"),
            ("reported_at", "TIMESTAMP_NTZ", "when it was reported, local wall clock; NULL where not published"),
            ("time_is_default", "BOOLEAN", "the time of day is one that stands for unknown (such as 00:01)"),
        ),
        _after(Column("updated_at", "TIMESTAMP_NTZ", "when the portal last revised the row; NULL where not published")),
        Column("year", "INT", "year of occurred_at"),
        *(
            _determines(column, "serious", "offense_group")
            for column in columns(
                ("offense_code", "STRING", "the city's own offense code, leading zeros kept"),
                ("offense_description", "STRING", "the city's own words for the offense"),
                ("offense_group", "STRING", "one vocabulary for every city; unmapped if the code is unknown"),
                ("serious", "BOOLEAN", "a UCR Part I (also called index) offense, as the city marks it"),
            )
        ),
        *columns(
            ("premise", "STRING", "kind of place, the city's own words"),
            ("premise_group", "STRING", "kind of place, one vocabulary for every city; unmapped if unknown"),
        ),
        *columns(
            ("weapon", "STRING", "weapon, the city's own words or those of its offense; NULL if none is named"),
            ("weapon_group", "STRING", "weapon, one vocabulary for every city; unmapped if unknown"),
        ),
        *(
            replace(column, proxy=True)
            for column in columns(
                ("area", "STRING", "police area: division or district, leading zeros kept"),
                ("beat", "STRING", "smaller police area: reporting district or beat, 4 digits"),
                ("ward", "STRING", "city council ward; NULL where not published"),
                ("community_area", "STRING", "community area, a fixed part of the city; NULL where the city has none"),
                ("block", "STRING", "address to the hundred block, as published, blanks collapsed"),
                ("latitude", "DOUBLE", "degrees north, WGS 84; NULL if withheld or outside the city"),
                ("longitude", "DOUBLE", "degrees east, WGS 84; NULL if withheld or outside the city"),
            )
        ),
        _after(_determines(Column("arrest", "BOOLEAN", "an arrest is recorded"), "arrest")),
        Column("domestic", "BOOLEAN", "recorded as domestic; NULL where not published"),
        Column("victim_age", "INT", "victim's age in years, 1 to 110; NULL if unknown", demographic=True),
        Column("victim_sex", "STRING", "victim's sex F or M; NULL if unknown", demographic=True),
        _determines(
            Column(
                "victim_descent", "STRING", "victim's descent, one letter as published; NULL if unknown", True, True
            ),
            "victim_descent",
        ),
        _after(
            _determines(
                Column("mo_codes", "ARRAY<STRING>", "modus operandi codes, 4 digits; NULL if none"),
                "serious",
                "offense_group",
            )
        ),
        Column("source_file", "STRING", "the file that this version of the row came from"),
    ),
    key=("city", "incident_id"),
    partitions=("city", "year"),
    skip_by=("incident_id", "occurred_at"),
    is_revised=True,
)

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
    partitions=("city",),
)

CELL_COLUMNS = columns(
    ("city", "STRING", "city"),
    ("task", "STRING", "what is predicted"),
    ("learner", "STRING", "what is fitted"),
    ("protocol", "STRING", "per_year: one training year; expanding: every year up to train_to"),
    ("policy", "STRING", "which features are allowed; fair = no demographic column"),
    ("delay", "INT", "days by which the past that features see ends before the period; 0 for single incidents"),
    ("train_from", "INT", "first training year"),
    ("train_to", "INT", "last training year"),
)
CELL_KEY = tuple(column.name for column in CELL_COLUMNS)

CELLS = Table(
    "gold/cells",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored: the one after train_to"),
            ("train_rows", "BIGINT", "rows the model was fitted on"),
            ("test_rows", "BIGINT", "rows it scored"),
            ("base_rate", "DOUBLE", "share of training rows that are 1, or reach k; mean label where it is a number"),
            ("k", "INT", "what a hotspot reaches; NULL of other kinds of task"),
            ("classes", "ARRAY<STRING>", "what label and probabilities are in the order of; NULL of other kinds"),
            ("model", "STRING", "path of the saved PipelineModel below the lake"),
            ("fingerprint", "STRING", "of inputs and settings: a finished cell with the same one is not fitted again"),
            ("seconds", "DOUBLE", "time spent fitting"),
        ),
    ),
    key=CELL_KEY,
    partitions=("city",),
)

PREDICTIONS = Table(
    "gold/predictions",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("example_id", "STRING", "the incident, or the panel's unit and period"),
            ("unit", "STRING", "the panel's unit; NULL for an incident"),
            ("occurred_at", "TIMESTAMP_NTZ", "when it happened, or when the period begins, local wall clock"),
            ("label", "DOUBLE", "what happened: 1 or 0, the place in gold/cells.classes, the number, the count"),
            ("probability", "DOUBLE", "predicted probability of label 1, or that k is reached"),
            ("probabilities", "ARRAY<DOUBLE>", "predicted probability of each of gold/cells.classes"),
            ("prediction", "DOUBLE", "predicted number"),
            ("longer_history", "DOUBLE", "the unit's count over its whole past: of equal scores the more comes first"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "example_id"),
    partitions=CELL_KEY,  # a cell is replaced whole
    skip_by=("example_id",),
)

_ALL_METRICS = "auc, pr_auc, log_loss, brier, ...; macro_auc, macro_f1, ...; mae, rmse, r2; pai_1, hit_1, pei_1, ..."

METRICS = Table(
    "gold/metrics",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("history", "STRING", "rolling: the past up to each row's month; frozen: up to the end of train_to"),
            ("metric", "STRING", _ALL_METRICS),
            ("value", "DOUBLE", "its value"),
            ("low", "DOUBLE", "2.5 % point over resamples of days (panels: weeks); NULL where no interval is meant"),
            ("high", "DOUBLE", "97.5 % point over the resamples; NULL where no interval is meant"),
            ("events", "ARRAY<STRING>", "declared events that its years straddle; such values are not comparable"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "history", "metric"),
    partitions=("city",),
)

COMPARISONS = Table(
    "gold/comparisons",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("metric", "STRING", "what is compared"),
            ("other", "STRING", "the learner that it is compared with, on the same rows"),
            ("difference", "DOUBLE", "value of learner less that of other"),
            ("low", "DOUBLE", "2.5 % point of the difference over the same resamples"),
            ("high", "DOUBLE", "97.5 % point"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "metric", "other"),
    partitions=("city",),
)

LEAKAGE = Table(
    "gold/leakage",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("added", "STRING", "what was done that is not done otherwise, docs/leakage.md; nothing: the honest model"),
            ("metric", "STRING", "auc, macro_auc, mae, r2 or pai_5; of mae less is better"),
            ("value", "DOUBLE", "its value with that"),
            ("gained", "DOUBLE", "value less that of the honest model: without_places loses it; NULL of other labels"),
            ("low", "DOUBLE", "2.5 % point of the gain over resamples; NULL where the rows are not the same"),
            ("high", "DOUBLE", "97.5 % point"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "added", "metric"),
    partitions=("city",),
)

STORED: tuple[Table, ...] = (
    INCIDENTS,
    QUARANTINE,
    LEDGER,
    STATISTICS,
    QUALITY,
    CELLS,
    PREDICTIONS,
    METRICS,
    COMPARISONS,
    LEAKAGE,
)


def examples_table(task: str, features: Iterable[Column]) -> Table:
    """gold/examples_<task>: keys and label, then the task's feature columns."""
    return Table(
        f"gold/examples_{task}",
        (
            *columns(
                ("city", "STRING", "city"),
                ("example_id", "STRING", "the incident, or the panel's unit and period"),
                ("unit", "STRING", "the panel's unit; NULL for an incident"),
                ("delay", "INT", "days by which the past that features see ends before the period; 0 for incidents"),
                ("occurred_at", "TIMESTAMP_NTZ", "when it happened, or when the period begins, local wall clock"),
                ("year", "INT", "year block: the plan maps it to training or test"),
                ("month", "INT", "month block, 1 to 12"),
                ("label", "DOUBLE", "what the task predicts: 1 or 0, the index of the class, the number"),
            ),
            *features,
        ),
        key=("city", "example_id", "delay"),
        partitions=("city", "year", "delay"),
        skip_by=("month",),
    )
