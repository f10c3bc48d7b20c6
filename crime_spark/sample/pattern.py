"""How one kind of offense spreads over the year, the week, the day and the minutes of the hour."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crime_spark.sample.columns import Floats, Texts, texts

SATURDAY = 5
JULY_20 = 200
NIGHT_HOURS = 5
# Nobody remembers 14:37: what is not on the full or the half hour falls on quarters, tens and fives in these shares.
_ROUNDNESS = {15: 0.3, 10: 0.45, 5: 0.25}


@dataclass(frozen=True)
class Pattern:
    """Rates are relative: 1 is no effect.

    hours: 24 weights, blank-separated. on_hour, on_half: shares of reports at :00 and :30; victims who find a loss
    later round more than officers who see a fight. weekend: Saturday and Sunday against a weekday. summer: amplitude
    of the yearly wave that peaks in July. unknown_time: share of reports that carry one of the city's default times.
    firsts: the first of a month against another day ("some time in March"). trend: growth a year. premises: premise ->
    weight; elsewhere: weight spread over all premises alike.
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
        """Factor after so many years; levels off, so that a long series does not run away."""
        return float(np.exp(np.tanh(self.trend * years)))

    def days(self, year: int) -> Floats:
        """Weight of every day of the year, from January 1."""
        first = datetime.date(year, 1, 1)
        count = (datetime.date(year + 1, 1, 1) - first).days
        day = np.arange(count)
        weekday = (day + first.weekday()) % 7
        rates = np.where(weekday >= SATURDAY, self.weekend, 1.0)
        rates = rates * (1 + self.summer * np.cos(2 * np.pi * (day - JULY_20) / count))
        opens_month = np.array([(first + datetime.timedelta(days=int(d))).day == 1 for d in day])
        return rates * np.where(opens_month, self.firsts, 1.0)

    def hour_weights(self, on_weekend: bool) -> Floats:
        """Weight of every hour; the small hours of Saturday and Sunday carry the weekend's surplus."""
        weights = np.array(self.hours.split(), dtype=float)
        if on_weekend:
            weights[:NIGHT_HOURS] *= max(1.0, self.weekend**3)
        return weights

    def minutes(self) -> Floats:
        """Weight of every minute of the hour."""
        rest = 1 - self.on_hour - self.on_half
        exact = rest * min(max(rest - 0.2, 0.25), 0.6)
        weights = np.full(60, exact / 60)
        for step, share in _ROUNDNESS.items():
            at = [m for m in range(0, 60, step) if m % 30 and (step != 5 or (m % 10 and m % 15))]
            weights[at] += (rest - exact) * share / len(at)
        weights[0] += self.on_hour
        weights[30] += self.on_half
        return weights


def date_texts(year: int) -> Texts:
    """MM/dd/yyyy of every day of the year and of the next one, from January 1."""
    first = datetime.date(year, 1, 1)
    count = (datetime.date(year + 2, 1, 1) - first).days
    return texts((first + datetime.timedelta(days=day)).strftime("%m/%d/%Y") for day in range(count))


def clock_texts() -> Texts:
    """hh:mm:ss a of every minute of the day."""
    return texts(
        f"{(minute // 60 + 11) % 12 + 1:02d}:{minute % 60:02d}:00 {'AM' if minute < 720 else 'PM'}"
        for minute in range(1440)
    )
