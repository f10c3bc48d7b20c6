"""Reports by what they are about: offense group, premise, and the victim's age, sex and descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from crime_spark.cities.city import City
from crime_spark.reporting.formats import UNKNOWN, anchor, change, count, percent, spelled
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text
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
# Below this many reports a change in percent says more about chance than about the city.
FEWEST_FOR_A_CHANGE = 50
NOT_RECORDED = "Not recorded"
Name = TypeVar("Name", str, str | None)


def compared_years(found: Sequence[Year]) -> tuple[int, int] | None:
    """The last complete year and the one before, if that is complete too."""
    complete = {year.year for year in found if year.complete}
    return next(((year, year - 1) for year in sorted(complete, reverse=True) if year - 1 in complete), None)


def groups(material: Material, city: City, found: Sequence[Year]) -> list[Piece]:
    """The table by offense group, with the change between the last two complete years."""
    named: dict[str | None, dict[int, float]] = {}
    for row in material.yearly(BY_GROUP, city):
        named.setdefault(row["value_1"], {})[row["year"]] = row["value"]
    if not named:
        return []
    totals = {name: sum(values.values()) for name, values in named.items()}
    everything, most = sum(totals.values()), max(totals.values())
    pair = compared_years(found)
    lines = []
    for name in _by_size(totals):
        cells = [Cell(count(totals[name])), _bar(totals[name], everything, most)]
        if pair:
            now, before = (named[name].get(year, 0.0) for year in pair)
            moved = change(now / before - 1) if before >= FEWEST_FOR_A_CHANGE else UNKNOWN
            cells += [Cell(count(before)), Cell(count(now)), Cell(moved)]
        lines.append(Line(NOT_RECORDED if name is None else spelled(name), tuple(cells)))
    said = "No two complete years follow each other, so no change is given."
    if pair:
        said = f"Change is left out below {FEWEST_FOR_A_CHANGE} reports in the earlier year."
    return [
        Table(
            f"{city.title}: reports by offense group, all years together",
            ("Offense group", "Reports", "Share of reports", *((str(pair[1]), str(pair[0]), "Change") if pair else ())),
            (Group(tuple(lines)),),
            note=f"Groups are one vocabulary laid over each city's own codes. {said}",
        )
    ]


def premises(material: Material, city: City) -> list[Piece]:
    """The table of the kinds of place with the most reports."""
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
    """The section about victims, a part for each city."""
    lead = Text(
        "What police wrote down about the victim of a report, never about an offender. Many reports have no victim who "
        "is a person, such as a stolen car or a burgled shop; those and victims of whom nothing was written down are "
        "not told apart. Shares are of the reports in which it is recorded, not of the city's people."
    )
    return Section("victims", "Victims", (lead,), tuple(_victims_of(material, city) for city in material.cities))


def _victims_of(material: Material, city: City) -> Section:
    tables = [
        victims_table(_overall(material, city, name), f"{city.title}: {what}", order, words)
        for name, what, order, words in (
            (VICTIM_AGE, "victim's age in years", VICTIM_AGE_BAND.groups, {}),
            (VICTIM_SEX, "victim's sex", (), SEXES),
            (VICTIM_DESCENT, "victim's descent", (), DESCENTS),
        )
    ]
    held = tuple(table for table in tables if table is not None)
    piece: Piece = Beside(held)
    if not by_year(material, city):
        piece = Missing(f"There are no counts of victims in {city.title} yet. The describe stage makes them.")
    elif not held:
        piece = Text(f"The data of {city.title} say nothing about victims.")
    return Section(anchor("victims", city.name), city.title, (piece,))


def victims_table(
    totals: Mapping[str | None, float], caption: str, order: Sequence[str], words: Mapping[str, str]
) -> Table | None:
    """Groups in the given order, else by size; what is not recorded stands apart. None if nothing is recorded."""
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
