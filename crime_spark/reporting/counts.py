"""How many reports there are, over time, by offense group and by premise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.breakdowns import groups, premises
from crime_spark.reporting.charts import over_months
from crime_spark.reporting.formats import MONTHS, anchor, count, month, percent
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text, shaded
from crime_spark.reporting.material import SHARE_SERIOUS, Material
from crime_spark.reporting.periods import Year, by_month, by_year, incomplete, period


def counts(material: Material) -> Section:
    """The section about counts and trends, a part for each city."""
    lead = Text(
        "Reports are counted by when the incident happened. Serious means UCR Part I or an index offense, "
        "as the city itself marks it: the cities' shares do not mean the same and must not be compared."
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
        pieces += [*groups(material, city, found), *premises(material, city)]
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
