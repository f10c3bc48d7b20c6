"""Which years and months a city's data covers, and which years are incomplete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.reporting.formats import month, years
from crime_spark.reporting.material import BY_MONTH, BY_YEAR, ROWS, SHARE_SERIOUS, Material

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Year:
    """A year of a city: its reports, the share that is serious, and in how many months there are any."""

    year: int
    rows: int
    share_serious: float | None
    months: int

    @property
    def complete(self) -> bool:
        """Whether every month has reports. A month may still be cut short; nothing in the data says so."""
        return self.months >= MONTHS_OF_A_YEAR


def by_month(material: Material, city: City, measure: str = ROWS) -> dict[tuple[int, int], float]:
    """(year, month) -> the measure, in the order of time; only months that have reports."""
    rows = material.yearly(BY_MONTH, city, measure)
    held = {(row["year"], int(row["value_1"])): row["value"] for row in rows}
    return {key: held[key] for key in sorted(held)}


def by_year(material: Material, city: City) -> list[Year]:
    """The city's years, in order."""
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
    """Jan 2015 to Mar 2018, from the first month with reports to the last; empty without any."""
    held = [key for key, rows in by_month(material, city).items() if rows > 0]
    return f"{month(*held[0])} to {month(*held[-1])}" if held else ""


def incomplete(found: Sequence[Year]) -> str:
    """The incomplete years and how many months each has; empty if there are none."""
    parts = [f"{year.year} ({year.months} of {MONTHS_OF_A_YEAR} months)" for year in found if not year.complete]
    return ", ".join(parts)


def absent(found: Sequence[Year]) -> str:
    """Years without any report between the first and the last; empty if there are none."""
    held = {year.year for year in found}
    return years([year for year in range(min(held), max(held)) if year not in held]) if held else ""
