"""How the offenses of a pattern spread over the year, the week, the day, the hour and the premises."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crime_spark.sample.columns import Floats, Texts, texts
from crime_spark.sample.tables import read_values

SATURDAY = 5
JULY_20 = 200
NIGHT_HOURS = 5
# People round times. Of the times off the full and half hour, these shares fall on multiples of 15, 10 and 5 minutes.
_ROUNDNESS = {15: 0.3, 10: 0.45, 5: 0.25}


@dataclass(frozen=True)
class Pattern:
    """How the offenses of a pattern spread over time and premises; a rate of 1 has no effect.

    Attributes:
        name: name of the pattern.
        hours: 24 weights separated by blanks.
        on_hour, on_half: shares of reports at :00 and :30. They are higher where victims find a loss later.
        premises: weight by premise.
        elsewhere: weight that is spread evenly over all premises.
        weekend: rate of Saturday and Sunday relative to a weekday.
        summer: amplitude of the yearly wave, which peaks in July.
        unknown_time: share of reports with one of the city's default times.
        firsts: rate of the first day of a month relative to another day; "some time in March" becomes March 1.
        trend: growth by year.
    """

    name: str
    hours: str
    on_hour: float
    on_half: float
    premises: Mapping[str, float]
    elsewhere: float = 40
    weekend: float = 1.0
    summer: float = 0.1
    unknown_time: float = 0.02
    firsts: float = 1.0
    trend: float = 0.0

    def growth(self, years: int) -> float:
        """The factor after a number of years. It levels off, so that a long series stays in bounds."""
        return float(np.exp(np.tanh(self.trend * years)))

    def days(self, year: int) -> Floats:
        """The weight of every day of the year, from January 1."""
        first = datetime.date(year, 1, 1)
        count = (datetime.date(year + 1, 1, 1) - first).days
        day = np.arange(count)
        weekday = (day + first.weekday()) % 7
        rates = np.where(weekday >= SATURDAY, self.weekend, 1.0)
        rates = rates * (1 + self.summer * np.cos(2 * np.pi * (day - JULY_20) / count))
        opens_month = np.array([(first + datetime.timedelta(days=int(d))).day == 1 for d in day])
        return rates * np.where(opens_month, self.firsts, 1.0)

    def hour_weights(self, on_weekend: bool) -> Floats:
        """The weight of every hour. On a weekend, the hours before NIGHT_HOURS have a higher weight."""
        weights = np.array(self.hours.split(), dtype=float)
        if on_weekend:
            weights[:NIGHT_HOURS] *= max(1.0, self.weekend**3)
        return weights

    def minutes(self) -> Floats:
        """The weight of every minute of the hour."""
        rest = 1 - self.on_hour - self.on_half
        exact = rest * min(max(rest - 0.2, 0.25), 0.6)
        weights = np.full(60, exact / 60)
        for step, share in _ROUNDNESS.items():
            minutes = [m for m in range(0, 60, step) if m % 30 and (step != 5 or (m % 10 and m % 15))]
            weights[minutes] += (rest - exact) * share / len(minutes)
        weights[0] += self.on_hour
        weights[30] += self.on_half
        return weights


def read_patterns(name: str) -> tuple[Pattern, ...]:
    """The patterns of a YAML file in the folder tables/; `name` is without its ending."""
    return tuple(Pattern(**fields) for fields in read_values(name))


def date_texts(year: int) -> Texts:
    """MM/dd/yyyy of every day of a year and of the next year, from January 1."""
    first = datetime.date(year, 1, 1)
    count = (datetime.date(year + 2, 1, 1) - first).days
    return texts((first + datetime.timedelta(days=day)).strftime("%m/%d/%Y") for day in range(count))


def clock_texts() -> Texts:
    """hh:mm:ss a of every minute of the day."""
    return texts(
        f"{(minute // 60 + 11) % 12 + 1:02d}:{minute % 60:02d}:00 {'AM' if minute < 720 else 'PM'}"
        for minute in range(1440)
    )
