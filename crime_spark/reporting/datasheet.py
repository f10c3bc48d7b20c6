"""The datasheet of a city's data: what it is made of, how it came here, and what it should not be used for.

After Gebru et al. 2021, Datasheets for Datasets.
"""

from __future__ import annotations

from dataclasses import replace

from crime_spark.cities.city import City
from crime_spark.reporting.file_accounts import accounting
from crime_spark.reporting.formats import UNKNOWN, count, percent, spelled
from crime_spark.reporting.layout import Missing, Piece, Points, Section, Text, plain_table
from crime_spark.reporting.material import MISSING_VALUES, SHARE_NULL, Material
from crime_spark.reporting.periods import absent, by_year, incomplete, period
from crime_spark.reporting.words import CAVEATS, DESCENTS
from crime_spark.schemas import INCIDENTS

MOTIVATION = (
    "They are reports of crime, published for everybody. Here they are read into one schema to be counted and to test "
    "predictions honestly. Nobody is asked anything: what is recorded was recorded for police work."
)
USES = Points(
    (
        ("Fit for:", "counting reports by time, place and kind within this city; testing methods on later years."),
        ("Not for:", "decisions about persons, deriving exact addresses or who a victim is, comparing cities."),
        (
            "Places tell of people.",
            "Some columns stand in for who lives there: to leave out those that describe the victim is not enough.",
        ),
    )
)


LETTERS = (
    f"Letters of descent, always the victim's: {'; '.join(f'{letter}: {word}' for letter, word in DESCENTS.items())}."
)


def datasheet_sections(material: Material, city: City) -> tuple[Section, ...]:
    """The sections of the datasheet; a table that is not there gives a sentence that says what to run."""
    alone = replace(material, cities=(city,))
    collected = accounting(alone)
    return (
        Section(
            "motivation",
            "Why it exists",
            (*([Text(f"Source: {city.source}.")] if city.source else []), Text(MOTIVATION)),
        ),
        Section("composition", "What it is made of", tuple(_composition(material, city))),
        Section("reading", "Before you read a column", (Points(city.notes),)),
        replace(collected, title="How it came here"),
        Section("quality", "Limits that it crosses", tuple(_quality(material, city))),
        Section("events", "What makes years incomparable", (_events(city),)),
        Section("uses", "Uses", (USES, CAVEATS)),
        Section("maintenance", "Maintenance", (Text(_maintenance(city)),)),
    )


def _composition(material: Material, city: City) -> list[Piece]:
    years = by_year(material, city)
    if not years:
        return [Missing("Its rows have not been counted. Run the describe stage.")]
    gap = absent(years)
    unknown = {row["value_1"]: row["value"] for row in material.overall(MISSING_VALUES, city, SHARE_NULL)}
    rows = [
        (
            column.name,
            column.comment,
            ", ".join(
                said
                for said, holds in (
                    ("describes the victim", column.demographic),
                    ("stands in for who lives there", column.proxy),
                    ("known only afterwards", not column.known_at_report),
                )
                if holds
            )
            or UNKNOWN,
            percent(unknown.get(column.name)),
        )
        for column in INCIDENTS.columns
    ]
    return [
        Text(
            f"{count(sum(year.rows for year in years))} reports of {period(material, city)}, one row each; marked "
            f"incomplete: {incomplete(years) or 'none'}" + (f"; none in {gap}." if gap else ".")
        ),
        plain_table(
            "Columns of silver/incidents",
            ("Column", "What it is", "Mark", "Without a value"),
            rows,
            note=f"NULL: without a value. {LETTERS if unknown.get('victim_descent', 1.0) < 1 else ''}".strip(),
            words=True,
        ),
    ]


def _quality(material: Material, city: City) -> list[Piece]:
    if not material.quality:
        return [Missing("Its quality has not been measured. Run the ingest stage.")]
    crossed = [row for row in material.quality if row["city"] == city.name and row["crossed"]]
    if not crossed:
        return [Text("None of those that are declared for the city.")]
    what = {limit.name: limit.what for limit in city.limits}
    rows = [
        (
            spelled(row["limit"]),
            what.get(row["limit"], UNKNOWN),
            "the whole city" if row["per"] == "city" else f"{row['per']} {row['scope']}",
            count(row["value"]) if abs(row["value"]) >= 1000 else f"{row['value']:.4g}",
            row["remark"] or "",
        )
        for row in crossed
    ]
    columns = ("Limit", "What its number is", "Where", "Value", "Remark")
    return [plain_table("Limits on quality that are crossed", columns, rows, words=True)]


def _events(city: City) -> Piece:
    if not city.events:
        return Text("No event is declared for the city.")
    return Points(
        tuple(
            (
                f"{spelled(event.name)}, from {event.first} {f'to {event.last}' if event.last else 'on'}:",
                f"{event.what}.",
            )
            for event in city.events
        )
    )


def _maintenance(city: City) -> str:
    late = f" It is up to {city.delay_days} days late: of these days reports may be missing." if city.delay_days else ""
    return (
        "The city revises rows and publishes new ones; a later version takes the place of an earlier one, and the "
        f"ledger keeps the SHA-256 of every file.{late}"
    )
