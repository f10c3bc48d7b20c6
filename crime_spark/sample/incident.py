"""Incidents as numbers: offense, time, place and premise, drawn so that they depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crime_spark.sample.columns import Floats, Ints, pick, pick_each
from crime_spark.sample.pattern import SATURDAY, Pattern
from crime_spark.sample.place import Blocks

_PREMISE_TASTE = 0.3
MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Structure:
    """What stays the same in a city from year to year.

    Attributes:
        base_year: the year in which patterns have no growth.
        patterns: the patterns.
        offense_weight: relative share of each offense in base_year.
        offense_pattern: index of the pattern of each offense.
        premise_weight: relative share, patterns x premises.
        quarter_of_day: how busy a premise is from 0, 6, 12 and 18 o'clock, 4 x premises.
        area_taste: factor, areas x premises.
        default_times: weight by minute of the day, for reports whose time is unknown.
        blocks: the blocks.
    """

    base_year: int
    patterns: tuple[Pattern, ...]
    offense_weight: Floats
    offense_pattern: Ints
    premise_weight: Floats
    quarter_of_day: Floats
    area_taste: Floats
    default_times: Mapping[int, float]
    blocks: Blocks


@dataclass(frozen=True)
class Incidents:
    """The incidents of a year by time.

    Attributes:
        offense: index of the offense.
        day: days since January 1.
        minute: minutes since midnight.
        block: index of the block.
        premise: index of the premise.
    """

    offense: Ints
    day: Ints
    minute: Ints
    block: Ints
    premise: Ints

    def part(self, rows: slice) -> Incidents:
        """The incidents of a slice of rows."""
        return Incidents(self.offense[rows], self.day[rows], self.minute[rows], self.block[rows], self.premise[rows])


def premise_tables(
    patterns: tuple[Pattern, ...],
    premises: tuple[str, ...],
    opening: Mapping[str, tuple[float, float, float, float]],
    areas: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """premise_weight, quarter_of_day and area_taste of a Structure."""
    weight = np.array([[p.premises.get(name, 0) + p.elsewhere / len(premises) for name in premises] for p in patterns])
    quarters = np.array([opening.get(name, (1, 1, 1, 1)) for name in premises], dtype=float).T
    return weight, quarters, np.exp(_PREMISE_TASTE * rng.standard_normal((areas, len(premises))))


def draw(city: Structure, year: int, rows: int, rng: np.random.Generator) -> Incidents:
    """Draw the incidents of a year.

    The offense is drawn first. Its pattern then gives the day, the hour by type of day, the minute and the block. The
    premise depends on pattern, hour and area. A model can therefore predict the offense from all of them.
    """
    growth = np.array([pattern.growth(year - city.base_year) for pattern in city.patterns])
    offense = pick(city.offense_weight * growth[city.offense_pattern], rng.random(rows))
    kind = city.offense_pattern[offense]
    chance = rng.random((6, rows))
    day, hour, minute, block, premise = (np.zeros(rows, dtype=np.intp) for _ in range(5))
    first_weekday = int(np.datetime64(f"{year}-01-01", "D").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    for index, pattern in enumerate(city.patterns):
        here = np.flatnonzero(kind == index)
        day[here] = pick(pattern.days(year), chance[0, here])
        weekend = (day[here] + first_weekday) % 7 >= SATURDAY
        for on_weekend in (False, True):
            rows_of_day = here[weekend == on_weekend]
            hour[rows_of_day] = pick(pattern.hour_weights(on_weekend), chance[1, rows_of_day])
        minute[here] = hour[here] * 60 + pick(pattern.minutes(), chance[2, here])
        block[here] = city.blocks.draw(index, chance[3, here])
        odds = city.area_taste[city.blocks.area[block[here]]] * city.quarter_of_day[hour[here] // 6]
        premise[here] = pick_each(odds * city.premise_weight[index], chance[4, here])
    unknown = np.array([pattern.unknown_time for pattern in city.patterns])[kind]
    defaulted = np.flatnonzero(chance[5] < unknown)
    times = np.array(list(city.default_times), dtype=np.intp)
    weights = np.array(list(city.default_times.values()), dtype=float)
    minute[defaulted] = times[pick(weights, chance[5, defaulted] / unknown[defaulted])]
    order = np.argsort(day * MINUTES_A_DAY + minute, kind="stable")
    return Incidents(offense[order], day[order], minute[order], block[order], premise[order])


def tilted(rate: Floats, tilt: Floats) -> Floats:
    """Probabilities moved by log-odds; 0 and 1 do not change."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = rate / (1 - rate) * np.exp(tilt)
    return np.where(rate >= 1, 1.0, odds / (1 + odds))
