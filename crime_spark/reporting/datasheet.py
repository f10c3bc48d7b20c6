"""The datasheet of a city's data: what it contains, how it was collected, its quality, and its uses.

The structure follows Gebru et al. 2021, Datasheets for Datasets.
"""

from __future__ import annotations

from dataclasses import replace

from crime_spark.cities.city import City
from crime_spark.reporting.file_accounts import accounting
from crime_spark.reporting.formats import UNKNOWN, count, percent, readable
from crime_spark.reporting.layout import Missing, Piece, Points, Section, Text, text_table
from crime_spark.reporting.material import MISSING_VALUES, SHARE_NULL, Material
from crime_spark.reporting.periods import by_year, coverage
from crime_spark.reporting.words import CAVEATS, DESCENTS
from crime_spark.schemas import INCIDENTS

MOTIVATION = (
    "The data consists of crime reports that are published for everybody. This project reads them into one schema to "
    "count them and to test predictions honestly. Nobody was surveyed: everything was recorded for police work."
)
USES = Points(
    (
        ("Suitable for:", "counting reports by time, place and kind within this city; testing methods on later years."),
        (
            "Not suitable for:",
            "decisions about persons, deriving exact addresses or who a victim is, comparing cities.",
        ),
        (
            "Places describe people.",
            "Some columns stand in for who lives there. It is not enough to leave out the columns that describe the "
            "victim.",
        ),
    )
)
LETTERS = (
    f"Letters of descent, always the victim's: {'; '.join(f'{letter}: {word}' for letter, word in DESCENTS.items())}."
)


def datasheet_sections(material: Material, city: City) -> tuple[Section, ...]:
    """The sections of a datasheet; where results are missing, the datasheet names the stage to run.

    Args:
        material: rows of the lake, with those of `with_explanations`.
        city: the city.
    """
    return (
        Section(
            "motivation",
            "Why it exists",
            (*([Text(f"Source: {city.source}.")] if city.source else []), Text(MOTIVATION)),
        ),
        Section("composition", "What it contains", tuple(_composition(material, city))),
        Section("reading", "Before you use a column", (Points(city.notes),)),
        replace(accounting(replace(material, cities=(city,))), title="How it was read"),
        Section("quality", "Crossed quality limits", tuple(_quality(material, city))),
        Section("events", "Events that make years incomparable", (_events(city),)),
        Section("uses", "Uses", (USES, CAVEATS)),
        Section("maintenance", "Maintenance", (Text(_maintenance(city)),)),
    )


def _composition(material: Material, city: City) -> list[Piece]:
    years = by_year(material, city)
    if not years:
        return [Missing("The reports have not been counted. Run the describe stage.")]
    null_shares = {row["value_1"]: row["value"] for row in material.overall(MISSING_VALUES, city, SHARE_NULL)}
    rows = [
        (
            column.name,
            column.comment,
            ", ".join(
                mark
                for mark, applies in (
                    ("describes the victim", column.demographic),
                    ("stands in for who lives there", column.proxy),
                    ("known only afterwards", not column.known_at_report),
                )
                if applies
            )
            or UNKNOWN,
            percent(null_shares.get(column.name)),
        )
        for column in INCIDENTS.columns
    ]
    return [
        Text(f"{count(sum(year.rows for year in years))} reports, one row each. {coverage(material, city)}"),
        text_table(
            "Columns of silver/incidents",
            ("Column", "What it is", "Mark", "Without a value"),
            rows,
            note=f"NULL: without a value. {LETTERS if null_shares.get('victim_descent', 1.0) < 1 else ''}".strip(),
            words=True,
        ),
    ]


def _quality(material: Material, city: City) -> list[Piece]:
    if not material.quality:
        return [Missing("The quality of the data has not been measured. Run the ingest stage.")]
    crossed = [row for row in material.quality if row["city"] == city.name and row["crossed"]]
    if not crossed:
        return [Text("No limit that is declared for the city is crossed.")]
    descriptions = {limit.name: limit.what for limit in city.limits}
    rows = [
        (
            readable(row["limit"]),
            descriptions.get(row["limit"], UNKNOWN),
            "the whole city" if row["per"] == "city" else f"{row['per']} {row['scope']}",
            count(row["value"]) if abs(row["value"]) >= 1000 else f"{row['value']:.4g}",
            row["remark"] or "",
        )
        for row in crossed
    ]
    columns = ("Limit", "What is measured", "Where", "Value", "Remark")
    return [text_table("Crossed quality limits", columns, rows, words=True)]


def _events(city: City) -> Piece:
    if not city.events:
        return Text("The city declares no events.")
    return Points(
        tuple(
            (
                f"{readable(event.name)}, from {event.first} {f'to {event.last}' if event.last else 'on'}:",
                f"{event.what}.",
            )
            for event in city.events
        )
    )


def _maintenance(city: City) -> str:
    late = (
        f" The data is up to {city.delay_days} days late, so reports of the last {city.delay_days} days can be missing."
        if city.delay_days
        else ""
    )
    return (
        "The city revises rows and publishes new ones. A later version replaces an earlier one, and the ledger keeps "
        f"the SHA-256 of every file.{late}"
    )
