"""How much one learner's metric differs from another's, judged on the same resamples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import permutations
from typing import Any

import numpy as np

from crime_spark.evaluation.resampling import Estimate, estimate
from crime_spark.fitting.fitted_cells import block_key
from crime_spark.schemas import CELL_KEY

SCALED = "mase"
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
    for row in judged:
        if row["drawn"] is not None:
            contests[(*block_key(row), row["test_year"], row["metric"])][row["learner"]] = row
    return [
        _compared(contest[learner], contest[other])
        for contest in contests.values()
        for learner, other in permutations(sorted(contest), 2)
        if learner not in baselines
    ]


def _compared(row: Row, other: Row) -> dict[str, Any]:
    keys = {key: row[key] for key in (*CELL_KEY, "test_year", "metric")}
    found = difference(*(estimate_of(each) for each in (row, other))).columns
    return {**keys, "other": other["learner"], "difference": found.pop("value"), **found}


def scaled_errors(judged: Iterable[Row], unit: Collection[str]) -> list[dict[str, Any]]:
    """mase of each row of mae: mae / the mae, on the same rows, of the learner of the same cell that is in `unit`.

    Hyndman and Koehler 2006, "Another look at measures of forecast accuracy", with the seasonal forecast's errors in
    the year judged in the place of those in training: less than 1 is better than that forecast in that year. The
    interval is of the quotient in each resample. A result is a row as `judge` gives it; there is none where no such
    learner is judged, and value, low and high are None where its mae is 0.
    """
    errors = [row for row in judged if row["metric"] == "mae"]
    units = {(*block_key(row), row["test_year"]): estimate_of(row) for row in errors if row["learner"] in unit}
    rows = []
    for row in errors:
        one = units.get((*block_key(row), row["test_year"]))
        if one is not None:
            own = estimate_of(row)
            with np.errstate(invalid="ignore", divide="ignore"):
                drawn = np.where(one.drawn > 0, own.drawn / one.drawn, np.nan)
            found = estimate(own.value / one.value if one.value > 0 else float("nan"), drawn)
            rows.append({**row, "metric": SCALED, "drawn": None, **found.columns})
    return rows


def estimate_of(row: Row) -> Estimate:
    """The estimate that `judge` wrote as a row with `drawn`."""
    value = float("nan") if row["value"] is None else row["value"]
    return Estimate(value, drawn=np.array(row["drawn"], dtype=float))
