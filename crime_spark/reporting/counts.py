"""How many reports there are, over time, by offense group and by premise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.charts import over_months
from crime_spark.reporting.formats import MONTHS, anchor, change, count, month, percent, spelled
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text, shaded
from crime_spark.reporting.material import BY_GROUP, BY_PREMISE, SHARE_SERIOUS, Material, Record
from crime_spark.reporting.periods import Year, by_month, by_year, incomplete, period

MOST_PREMISES = 15
# Below this many reports a change in percent says more about chance than about the city.
FEWEST_FOR_A_CHANGE = 50


def counts(material: Material) -> Section:
    """The section about counts and trends, a part for each city."""
    lead = Text(
        "Reports are counted by when the incident happened. Serious means UCR Part I or an index offense, "
        "as the city itself marks it: the two cities' shares are not alike in meaning and must not be compared."
        if len(material.cities) > 1
        else "Reports are counted by when the incident happened. Serious means UCR Part I or an index offense, as the "
        "city itself marks it."
    )
    return Section("counts", "Counts and trends", (lead,), tuple(_of_city(material, city) for city in material.cities))


def _of_city(material: Material, city: City) -> Section:
    found = by_year(material, city)
    pieces: list[Piece] = []
    if not found:
        pieces.append(Missing(f"There are no counts for {city.title} yet. The describe stage makes them from silver."))
    else:
        months = by_month(material, city)
        if months:
            pieces.append(_charts(material, city, months))
        pieces.append(years_table(found, city))
        if months:
            pieces.append(months_table(months, city))
        pieces += _groups(material, city, found)
        pieces += _premises(material, city)
    return Section(anchor("counts", city.name), city.title, tuple(pieces))


def _charts(material: Material, city: City, months: Mapping[tuple[int, int], float]) -> Beside:
    low, high = min(months, key=lambda key: months[key]), max(months, key=lambda key: months[key])
    said = ", ".join(
        f"{what} {count(months[key])} in {month(*key)}" for what, key in (("lowest", low), ("highest", high))
    )
    when = period(material, city)
    charts = [
        over_months(
            months,
            "reports a month",
            f"{city.title}: reports per month, {when}",
            f"Line of reports per month in {city.title}, {when}: {said}. The numbers are in a table below.",
            share=False,
        )
    ]
    serious = by_month(material, city, SHARE_SERIOUS)
    if serious:
        charts.append(
            over_months(
                serious,
                "share serious",
                f"{city.title}: share of reports that is serious, per month",
                f"Line of the share of serious reports per month in {city.title}, "
                f"between {percent(min(serious.values()))} and {percent(max(serious.values()))}.",
                share=True,
            )
        )
    return Beside(tuple(charts))


def years_table(found: Sequence[Year], city: City) -> Table:
    """Reports, share serious and months present by year."""
    lines = tuple(
        Line(
            str(year.year),
            (
                Cell(count(year.rows)),
                Cell(percent(year.share_serious)),
                Cell(f"{year.months} of 12", note="" if year.complete else "incomplete"),
            ),
        )
        for year in found
    )
    partial = incomplete(found)
    return Table(
        f"{city.title}: reports per year",
        ("Year", "Reports", "Share serious", "Months with reports"),
        (Group(lines),),
        note=f"Do not compare the incomplete years with others: {partial}." if partial else "",
    )


def months_table(months: Mapping[tuple[int, int], float], city: City) -> Table:
    """Years down, months across; darker is more."""
    steps = dict(zip(months, shaded(list(months.values())), strict=True))
    lines = tuple(
        Line(
            str(year),
            tuple(
                Cell(count(months[year, m]) if (year, m) in months else "", step=steps.get((year, m)))
                for m in range(1, 13)
            ),
        )
        for year in sorted({year for year, _ in months})
    )
    return Table(
        f"{city.title}: reports per month (darker = more, blank = none)", ("Year", *MONTHS), (Group(lines),), heat=True
    )


def compared_years(found: Sequence[Year]) -> tuple[int, int] | None:
    """The last complete year and the one before, if that is complete too."""
    complete = {year.year for year in found if year.complete}
    return next(((year, year - 1) for year in sorted(complete, reverse=True) if year - 1 in complete), None)


def _groups(material: Material, city: City, found: Sequence[Year]) -> list[Piece]:
    rows = material.statistic(BY_GROUP, city)
    if not rows:
        return []
    named: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["year"] is not None:
            named.setdefault(row["value_1"] or "not recorded", {})[row["year"]] = row["value"]
    totals = {name: sum(values.values()) for name, values in named.items()}
    everything = sum(totals.values())
    pair = compared_years(found)
    lines = []
    for name in sorted(totals, key=lambda name: (-totals[name], name)):
        cells = [Cell(count(totals[name])), _bar(totals[name], everything, max(totals.values()))]
        if pair:
            now, before = (named[name].get(year, 0.0) for year in pair)
            moved = change(now / before - 1) if before >= FEWEST_FOR_A_CHANGE else "–"
            cells += [Cell(count(before)), Cell(count(now)), Cell(moved)]
        lines.append(Line(spelled(name), tuple(cells)))
    extra = (str(pair[1]), str(pair[0]), "Change") if pair else ()
    why = (
        f"Change is left out below {FEWEST_FOR_A_CHANGE} reports in the earlier year."
        if pair
        else ("No two complete years follow each other, so no change is given.")
    )
    return [
        Table(
            f"{city.title}: reports by offense group, all years together",
            ("Offense group", "Reports", "Share of reports", *extra),
            (Group(tuple(lines)),),
            note=f"Groups are one vocabulary laid over each city's own codes. {why}",
        )
    ]


def _premises(material: Material, city: City) -> list[Piece]:
    totals = _over_years(material.statistic(BY_PREMISE, city))
    if not totals:
        return []
    everything = sum(totals.values())
    top = sorted(totals, key=lambda name: (-totals[name], name))[:MOST_PREMISES]
    lines = tuple(
        Line(name, (Cell(count(totals[name])), _bar(totals[name], everything, totals[top[0]]))) for name in top
    )
    rest = len(totals) - len(top)
    return [
        Table(
            f"{city.title}: kinds of place with the most reports, all years together",
            ("Premise, in the city's own words", "Reports", "Share of reports"),
            (Group(lines),),
            note=f"{rest} further kinds of place are not shown." if rest else "",
        )
    ]


def _over_years(rows: Sequence[Record]) -> dict[str, float]:
    """Group -> rows of all years: the row that says so where there is one, else the years' sum."""
    totals: dict[str, float] = {}
    whole = [row for row in rows if row["year"] is None]
    for row in whole or rows:
        name = row["value_1"] or "not recorded"
        totals[name] = totals.get(name, 0.0) + row["value"]
    return totals


def _bar(value: float, everything: float, longest: float) -> Cell:
    return Cell(percent(value / everything), bar=value / longest) if everything else Cell(percent(None))
