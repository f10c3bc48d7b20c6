"""Events in the years of a cell that make its metrics incomparable with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS

# Events that are detected in the data instead of being declared by a city.
INCOMPLETE_LAST_YEAR, NO_PAST_IN_FIRST_YEAR = "incomplete_last_year", "no_past_in_first_year"
# A year is incomplete if more than this number of its last days is missing. Fewer can be missing by late reports.
COMPLETE_WITHIN_DAYS = 14

Row = Mapping[str, Any]


def days_with_data(lake: Lake, cities: Sequence[City]) -> dict[str, tuple[date, date]]:
    """The first and the last day with incidents, by city."""
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(*(city.name for city in cities)))
    days = incidents.groupBy("city").agg(
        F.min(F.to_date("occurred_at")).alias("first"), F.max(F.to_date("occurred_at")).alias("last")
    )
    return {row["city"]: (row["first"], row["last"]) for row in days.collect()}


class Events:
    """Events that make the metrics of a cell and year incomparable with others.

    Args:
        cities: the cities.
        days: the result of `days_with_data`.
    """

    def __init__(self, cities: Sequence[City], days: Mapping[str, tuple[date, date]]) -> None:
        self._declared = {city.name: city.events for city in cities}
        self._days = days

    def names(self, row: Row) -> list[str]:
        """Names of declared events in the years of the row, and whether its years are incomplete or lack a past."""
        first, last = date(row["train_from"], 1, 1), date(row["test_year"], 12, 31)
        names = [event.name for event in self._declared[row["city"]] if event.within(first, last)]
        begins, ends = self._days[row["city"]]
        if (last - ends).days > COMPLETE_WITHIN_DAYS:
            names.append(INCOMPLETE_LAST_YEAR)
        if begins.year == cast(int, row["train_from"]):
            names.append(NO_PAST_IN_FIRST_YEAR)
        return names
