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


def difference(estimated: Estimate, other: Estimate) -> Estimate:
    """The difference of two estimates, with its interval over their common resamples.

    Both must be computed from rows with the same blocks and the same seed. The resamples are then equal, which makes
    the interval narrower (paired bootstrap; Efron and Tibshirani 1993, chapter 16).

    Raises:
        ValueError: the numbers of resamples differ.
    """
    if len(estimated.drawn) != len(other.drawn):
        raise ValueError(f"{len(estimated.drawn)} resamples cannot be compared with {len(other.drawn)}")
    return estimate(estimated.value - other.value, estimated.drawn - other.drawn)


def comparisons(judged: Iterable[Row], baselines: Collection[str]) -> list[dict[str, Any]]:
    """Compare each learner that is not a baseline with every other learner of the same block.

    Args:
        judged: rows of `judge`; rows without `drawn` are ignored.
        baselines: names of the baselines.

    Returns:
        Rows with the key of the learner's cell, `other` (the other learner), test_year, metric, difference (learner -
        other), low and high. The difference is None if a metric is not defined, low and high also if no resample
        defines both metrics.
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
    values = difference(*(estimate_of(judged) for judged in (row, other))).columns
    return {**keys, "other": other["learner"], "difference": values.pop("value"), **values}


def scaled_errors(judged: Iterable[Row], unit: Collection[str]) -> list[dict[str, Any]]:
    """Compute mase, the mae of a learner divided by the mae of the learner in `unit` on the same rows.

    Hyndman and Koehler 2006, "Another look at measures of forecast accuracy", but with errors of the seasonal forecast
    in the test year instead of the training years. A value below 1 is better than that forecast.

    Args:
        judged: rows of `judge`.
        unit: names of the learners that forecast by season.

    Returns:
        A row as of `judge` for each row of mae whose block has a learner in `unit`. The interval is that of the
        quotient in each resample. value, low and high are None if the mae of the seasonal forecast is 0.
    """
    errors = [row for row in judged if row["metric"] == "mae"]
    units = {(*block_key(row), row["test_year"]): estimate_of(row) for row in errors if row["learner"] in unit}
    rows = []
    for row in errors:
        unit_error = units.get((*block_key(row), row["test_year"]))
        if unit_error is not None:
            error = estimate_of(row)
            with np.errstate(invalid="ignore", divide="ignore"):
                drawn = np.where(unit_error.drawn > 0, error.drawn / unit_error.drawn, np.nan)
            scaled = estimate(error.value / unit_error.value if unit_error.value > 0 else float("nan"), drawn)
            rows.append({**row, "metric": SCALED, "drawn": None, **scaled.columns})
    return rows


def estimate_of(row: Row) -> Estimate:
    """The estimate in a row of `judge` with `drawn`."""
    value = float("nan") if row["value"] is None else row["value"]
    return Estimate(value, drawn=np.array(row["drawn"], dtype=float))
