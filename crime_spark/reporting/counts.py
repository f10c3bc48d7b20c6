"""Numbers of reports over time, by offense group and by premise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.breakdowns import offense_groups, premises
from crime_spark.reporting.charts import over_months
from crime_spark.reporting.formats import MONTHS, anchor, count, month, percent
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, SideBySide, Table, Text, heat_steps
from crime_spark.reporting.material import SHARE_SERIOUS, Material
from crime_spark.reporting.periods import Year, by_month, by_year, incomplete_years, period


def counts(material: Material) -> Section:
    """The section on counts and trends, with a part for each city."""
    lead = (
        "Reports are counted by the time of the incident. Serious means UCR Part I or an index offense, as the city "
        "itself marks it."
    )
    if len(material.cities) > 1:
        lead += " The cities use different definitions, so do not compare their shares."
    parts = tuple(_of_city(material, city) for city in material.cities)
    return Section("counts", "Counts and trends", (Text(lead),), parts)


def _of_city(material: Material, city: City) -> Section:
    years = by_year(material, city)
    pieces: list[Piece] = []
    if not years:
        pieces.append(Missing(f"There are no counts for {city.title} yet. Run the describe stage."))
    else:
        months = by_month(material, city)
        if months:
            pieces.append(_charts(material, city, months))
        pieces.append(years_table(years, city))
        if months:
            pieces.append(months_table(months, city))
        pieces += [*offense_groups(material, city, years), *premises(material, city)]
    return Section(anchor("counts", city.name), city.title, tuple(pieces))


def _charts(material: Material, city: City, months: Mapping[tuple[int, int], float]) -> SideBySide:
    low, high = min(months, key=lambda key: months[key]), max(months, key=lambda key: months[key])
    extremes = ", ".join(
        f"{what} {count(months[key])} in {month(*key)}" for what, key in (("lowest", low), ("highest", high))
    )
    when = period(material, city)
    charts = [
        over_months(
            months,
            "reports per month",
            f"{city.title}: reports per month, {when}",
            f"Line chart of reports per month in {city.title}, {when}: {extremes}. The numbers are in a table below.",
            share=False,
        )
    ]
    serious = by_month(material, city, SHARE_SERIOUS)
    if serious:
        charts.append(
            over_months(
                serious,
                "share serious",
                f"{city.title}: share of serious reports per month",
                f"Line chart of the share of serious reports per month in {city.title}, "
                f"between {percent(min(serious.values()))} and {percent(max(serious.values()))}.",
                share=True,
            )
        )
    return SideBySide(tuple(charts))


def years_table(years: Sequence[Year], city: City) -> Table:
    """A table of reports, share of serious reports and months with reports by year."""
    lines = tuple(
        Line(
            str(year.year),
            (
                Cell(count(year.rows)),
                Cell(percent(year.share_serious)),
                Cell(f"{year.months} of 12", note="" if year.complete else "incomplete"),
            ),
        )
        for year in years
    )
    partial = incomplete_years(years)
    return Table(
        f"{city.title}: reports per year",
        ("Year", "Reports", "Share serious", "Months with reports"),
        (Group(lines),),
        note=f"Do not compare incomplete years with other years: {partial}." if partial else "",
    )


def months_table(months: Mapping[tuple[int, int], float], city: City) -> Table:
    """A heat table of reports: years by months.

    Args:
        months: reports by (year, month); months that are missing get blank cells.
        city: the city.
    """
    steps = dict(zip(months, heat_steps(list(months.values())), strict=True))
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
