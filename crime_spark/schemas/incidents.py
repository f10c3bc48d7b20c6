"""silver/incidents, and the examples of tasks."""

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
            ("incident_id", "STRING", "the portal's row key, or the case number without one"),
            ("case_number", "STRING", "the police department's case number"),
            ("occurred_at", "TIMESTAMP_NTZ", "when it happened, local wall clock"),
            ("reported_at", "TIMESTAMP_NTZ", "when it was reported, local wall clock; NULL where not published"),
            ("time_is_default", "BOOLEAN", "the time of day is a default that means unknown (such as 00:01)"),
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
            ("weapon", "STRING", "weapon, the city's own words or those of its offense; NULL if none is recorded"),
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
        Column("source_file", "STRING", "the file of this version of the row"),
    ),
    key=("city", "incident_id"),
    stage="ingest",
    partitions=("city", "year"),
    skip_by=("incident_id", "occurred_at"),
    is_revised=True,
)


def examples_table(task: str, features: Iterable[Column]) -> Table:
    """The table gold/examples_<task>: keys, label and features."""
    return Table(
        f"gold/examples_{task}",
        (
            *columns(
                ("city", "STRING", "city"),
                ("example_id", "STRING", "the incident, or the panel's unit and period"),
                ("unit", "STRING", "the panel's unit; NULL for an incident"),
                ("delay", "INT", "days between the past that features see and the period; 0 for incidents"),
                ("occurred_at", "TIMESTAMP_NTZ", "when it happened, or when the period begins, local wall clock"),
                ("year", "INT", "year of occurred_at, by which rows are split"),
                ("month", "INT", "month of occurred_at, 1 to 12"),
                ("label", "DOUBLE", "what the task predicts: 1 or 0, the index of the class, the number"),
            ),
            *features,
        ),
        key=("city", "example_id", "delay"),
        stage="examples",
        partitions=("city", "year", "delay"),
        skip_by=("month",),
    )
