"""What stands against comparing one metric with another: events that the years of a cell see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS

# Events that no city declares: they are found in the data.
INCOMPLETE_LAST_YEAR, NO_PAST_IN_FIRST_YEAR = "incomplete_last_year", "no_past_in_first_year"
# A year of which the last days are missing is incomplete; so many may be, because reports are late.
COMPLETE_WITHIN_DAYS = 14

Row = Mapping[str, Any]


def days_known(lake: Lake, cities: Sequence[City]) -> dict[str, tuple[date, date]]:
    """City -> the first and the last day on which any of its incidents occurred."""
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(*(city.name for city in cities)))
    days = incidents.groupBy("city").agg(
        F.min(F.to_date("occurred_at")).alias("first"), F.max(F.to_date("occurred_at")).alias("last")
    )
    return {row["city"]: (row["first"], row["last"]) for row in days.collect()}


class Events:
    """What stands against comparing the metrics of a cell and year with others'."""

    def __init__(self, cities: Sequence[City], known: Mapping[str, tuple[date, date]]) -> None:
        self._declared = {city.name: city.events for city in cities}
        self._known = known

    def of(self, row: Row) -> list[str]:
        """Declared events that the years see, and whether years are incomplete or have hardly any past."""
        first, last = date(row["train_from"], 1, 1), date(row["test_year"], 12, 31)
        found = [event.name for event in self._declared[row["city"]] if event.within(first, last)]
        begins, ends = self._known[row["city"]]
        if (last - ends).days > COMPLETE_WITHIN_DAYS:
            found.append(INCOMPLETE_LAST_YEAR)
        if begins.year == cast(int, row["train_from"]):
            found.append(NO_PAST_IN_FIRST_YEAR)
        return found
