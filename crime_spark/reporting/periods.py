"""The years and months that a city's data covers, and which years are incomplete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.reporting.formats import month, year_ranges
from crime_spark.reporting.material import BY_MONTH, BY_YEAR, ROWS, SHARE_SERIOUS, Material

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Year:
    """A year of a city.

    Attributes:
        year: the calendar year.
        rows: number of reports.
        share_serious: share of reports that are serious, from 0 to 1.
        months: number of months with at least one report.
    """

    year: int
    rows: int
    share_serious: float | None
    months: int

    @property
    def complete(self) -> bool:
        """Whether every month has reports. A month can still be cut short; the data does not show that."""
        return self.months >= MONTHS_OF_A_YEAR


def by_month(material: Material, city: City, measure: str = ROWS) -> dict[tuple[int, int], float]:
    """The measure by (year, month) in chronological order; months without reports are omitted."""
    rows = material.yearly(BY_MONTH, city, measure)
    values = {(row["year"], int(row["value_1"])): row["value"] for row in rows}
    return {key: values[key] for key in sorted(values)}


def by_year(material: Material, city: City) -> list[Year]:
    """The city's years in chronological order."""
    months = [year for (year, _), rows in by_month(material, city).items() if rows > 0]
    serious = {row["year"]: row["value"] for row in material.yearly(BY_YEAR, city, SHARE_SERIOUS)}
    return sorted(
        (
            Year(row["year"], int(row["value"]), serious.get(row["year"]), months.count(row["year"]))
            for row in material.yearly(BY_YEAR, city)
        ),
        key=lambda year: year.year,
    )


def period(material: Material, city: City) -> str:
    """The first and the last month with reports: Jan 2015 to Mar 2018; empty without reports."""
    months = [key for key, rows in by_month(material, city).items() if rows > 0]
    return f"{month(*months[0])} to {month(*months[-1])}" if months else ""


def incomplete_years(years: Sequence[Year]) -> str:
    """The incomplete years with their numbers of months: 2017 (2 of 12 months); empty if all are complete."""
    parts = [f"{year.year} ({year.months} of {MONTHS_OF_A_YEAR} months)" for year in years if not year.complete]
    return ", ".join(parts)


def years_without_reports(years: Sequence[Year]) -> str:
    """The years between the first and the last year that have no reports; empty if every year has reports."""
    present = {year.year for year in years}
    gaps = [year for year in range(min(present), max(present)) if year not in present] if present else []
    return year_ranges(gaps)


def coverage(material: Material, city: City) -> str:
    """Sentences on the period, the incomplete years and the years without reports."""
    years = by_year(material, city)
    gap = years_without_reports(years)
    return (
        f"Period: {period(material, city)}. Incomplete years: {incomplete_years(years) or 'none'}."
        f"{f' Years without reports: {gap}.' if gap else ''}"
    )
