"""How much one learner's metric differs from another's, judged on the same resamples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import permutations
from typing import Any

import numpy as np

from crime_spark.evaluation.resampling import Estimate, estimate
from crime_spark.schemas import CELL_KEY

Row = Mapping[str, Any]


def difference(one: Estimate, other: Estimate) -> Estimate:
    """one - other, and the interval of the difference over the resamples that both were judged on.

    Both must come from rows with the same blocks and the same seed: then the luck of the draw, which they share, does
    not widen the interval (the paired bootstrap; Efron and Tibshirani 1993, chapter 16).

    Raises:
        ValueError: they have not as many resamples.
    """
    if len(one.drawn) != len(other.drawn):
        raise ValueError(f"{len(one.drawn)} resamples cannot be compared with {len(other.drawn)}")
    return estimate(one.value - other.value, one.drawn - other.drawn)


def comparisons(judged: Iterable[Row], baselines: Collection[str]) -> list[dict[str, Any]]:
    """Each learner that is no baseline against every other learner of the same cell but for the learner.

    judged are rows of what `judge` gives, as dicts; those without `drawn` are left out. A result has the keys of the
    learner's cell, `other` (the other learner), test_year, metric, difference (learner - other), low and high. The last
    three are None where a metric is not defined, low and high too where no resample defines both.
    """
    contests: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    shared = [key for key in CELL_KEY if key != "learner"]
    for row in judged:
        if row["drawn"] is not None:
            contests[(*(row[key] for key in (*shared, "test_year", "metric")),)][row["learner"]] = row
    return [
        _compared(contest[learner], contest[other])
        for contest in contests.values()
        for learner, other in permutations(sorted(contest), 2)
        if learner not in baselines
    ]


def _compared(row: Row, other: Row) -> dict[str, Any]:
    found = difference(*(estimate_of(each) for each in (row, other)))
    values = {"difference": found.value, "low": found.low, "high": found.high}
    return {
        **{key: row[key] for key in (*CELL_KEY, "test_year", "metric")},
        "other": other["learner"],
        **{name: None if np.isnan(value) else value for name, value in values.items()},
    }


def estimate_of(row: Row) -> Estimate:
    """The estimate that `judge` wrote as a row with `drawn`."""
    value = float("nan") if row["value"] is None else row["value"]
    return Estimate(value, drawn=np.array(row["drawn"], dtype=float))
