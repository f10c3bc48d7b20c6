"""Numbers of reports by offense group, premise, and age, sex and descent of the victim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from crime_spark.cities.city import City
from crime_spark.reporting.formats import UNKNOWN, anchor, count, percent, readable, signed_percent
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, SideBySide, Table, Text
from crime_spark.reporting.material import (
    BY_GROUP,
    BY_PREMISE,
    SHARE_SERIOUS,
    VICTIM_AGE,
    VICTIM_DESCENT,
    VICTIM_SEX,
    Material,
)
from crime_spark.reporting.periods import Year, by_year
from crime_spark.reporting.words import DESCENTS, SEXES
from crime_spark.statistics.dimensions import VICTIM_AGE_BAND

MOST_PREMISES = 15
# With fewer reports, a change in percent is mostly chance.
FEWEST_FOR_A_CHANGE = 50
NOT_RECORDED = "Not recorded"
Name = TypeVar("Name", str, str | None)


def compared_years(years: Sequence[Year]) -> tuple[int, int] | None:
    """The latest complete year whose previous year is also complete, and that year; None if there is none."""
    complete = {year.year for year in years if year.complete}
    return next(((year, year - 1) for year in sorted(complete, reverse=True) if year - 1 in complete), None)


def offense_groups(material: Material, city: City, years: Sequence[Year]) -> list[Piece]:
    """The table by offense group, with the change between the years of `compared_years`; empty without counts."""
    by_group: dict[str | None, dict[int, float]] = {}
    for row in material.yearly(BY_GROUP, city):
        by_group.setdefault(row["value_1"], {})[row["year"]] = row["value"]
    if not by_group:
        return []
    totals = {name: sum(values.values()) for name, values in by_group.items()}
    everything, most = sum(totals.values()), max(totals.values())
    pair = compared_years(years)
    lines = []
    for name in _by_size(totals):
        cells = [Cell(count(totals[name])), _bar(totals[name], everything, most)]
        if pair:
            now, before = (by_group[name].get(year, 0.0) for year in pair)
            change = signed_percent(now / before - 1) if before >= FEWEST_FOR_A_CHANGE else UNKNOWN
            cells += [Cell(count(before)), Cell(count(now)), Cell(change)]
        lines.append(Line(NOT_RECORDED if name is None else readable(name), tuple(cells)))
    note = "No two consecutive years are complete, so no change is shown."
    if pair:
        note = f"The change is omitted if the earlier year has fewer than {FEWEST_FOR_A_CHANGE} reports."
    return [
        Table(
            f"{city.title}: reports by offense group, all years together",
            ("Offense group", "Reports", "Share of reports", *((str(pair[1]), str(pair[0]), "Change") if pair else ())),
            (Group(tuple(lines)),),
            note=f"The groups are a common vocabulary to which each city's own codes are mapped. {note}",
        )
    ]


def premises(material: Material, city: City) -> list[Piece]:
    """The table of the kinds of place with the most reports; empty without counts."""
    totals = _overall(material, city, BY_PREMISE)
    serious = {row["value_1"]: row["value"] for row in material.overall(BY_PREMISE, city, SHARE_SERIOUS)}
    if not totals:
        return []
    everything, most = sum(totals.values()), max(totals.values())
    top = _by_size(totals)[:MOST_PREMISES]
    lines = tuple(
        Line(
            NOT_RECORDED if name is None else name,
            (Cell(count(totals[name])), _bar(totals[name], everything, most), Cell(percent(serious.get(name)))),
        )
        for name in top
    )
    rest = len(totals) - len(top)
    return [
        Table(
            f"{city.title}: kinds of place with the most reports, all years together",
            ("Premise, in the city's own words", "Reports", "Share of reports", "Share serious"),
            (Group(lines),),
            note=f"{count(rest)} further kinds of place are not shown." if rest else "",
        )
    ]


def victims(material: Material) -> Section:
    """The section on victims, with a part for each city."""
    lead = Text(
        "These tables show what the police recorded about the victim of a report, never about an offender. Many "
        "reports have no person as victim, for example a stolen car or a burgled shop. The tables cannot distinguish "
        "them from reports where nothing was recorded about the victim. Shares are of the reports with a recorded "
        "value, not of the city's population."
    )
    return Section("victims", "Victims", (lead,), tuple(_victims_of_city(material, city) for city in material.cities))


def _victims_of_city(material: Material, city: City) -> Section:
    candidates = [
        victims_table(_overall(material, city, name), f"{city.title}: {what}", order, words)
        for name, what, order, words in (
            (VICTIM_AGE, "victim's age in years", VICTIM_AGE_BAND.groups, {}),
            (VICTIM_SEX, "victim's sex", (), SEXES),
            (VICTIM_DESCENT, "victim's descent", (), DESCENTS),
        )
    ]
    tables = tuple(table for table in candidates if table is not None)
    piece: Piece = SideBySide(tables)
    if not by_year(material, city):
        piece = Missing(f"There are no counts of victims in {city.title} yet. Run the describe stage.")
    elif not tables:
        piece = Text(f"The data of {city.title} contains nothing about victims.")
    return Section(anchor("victims", city.name), city.title, (piece,))


def victims_table(
    totals: Mapping[str | None, float], caption: str, order: Sequence[str], words: Mapping[str, str]
) -> Table | None:
    """A table of reports by group of victims, with a separate row for victims without a recorded value.

    Args:
        totals: reports by group; None is the group without a recorded value.
        caption: see Table.
        order: groups that come first, in this order; the others are sorted by size.
        words: texts to show in place of the names of groups.

    Returns:
        The table; None if no group is recorded.
    """
    recorded = {name: value for name, value in totals.items() if name is not None}
    if not recorded:
        return None
    everything, most = sum(recorded.values()), max(recorded.values())
    names = [name for name in order if name in recorded]
    names += [name for name in _by_size(recorded) if name not in names]
    lines = tuple(
        Line(words.get(name, name), (Cell(count(recorded[name])), _bar(recorded[name], everything, most)))
        for name in names
    )
    unknown = Line(NOT_RECORDED, (Cell(count(totals.get(None, 0.0))), Cell("")))
    return Table(caption, ("Group", "Reports", "Share of recorded"), (Group(lines), Group((unknown,))))


def _overall(material: Material, city: City, name: str) -> dict[str | None, float]:
    return {row["value_1"]: row["value"] for row in material.overall(name, city)}


def _by_size(totals: Mapping[Name, float]) -> list[Name]:
    return sorted(totals, key=lambda name: (-totals[name], name or ""))


def _bar(value: float, everything: float, longest: float) -> Cell:
    return Cell(percent(value / everything), bar=value / longest) if everything else Cell(percent(None))
