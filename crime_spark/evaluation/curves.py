"""ROC, precision-recall, gain and lift curves as few points, from scores that are sorted already."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.findings import Points
from crime_spark.evaluation.ranking import Levels
from crime_spark.evaluation.resampling import Array, Whole

# A point is kept wherever one of the two axes of ROC passes another of so many equal steps, and at these shares of the
# rows taken, as lift and precision turn most at the top: 92 points at most.
STEPS = 40
TOP = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1)


def ranking_curves(label: Array, ordered: Levels) -> dict[str, Points]:
    """The points of each curve, from the highest threshold to the lowest; no curves if a class is absent.

    roc   x = false positives / negatives, y = true positives / positives, from (0, 0) to (1, 1)
    pr    x = recall, y = precision, from (0, 1), which is set, to (1, share of positives)
    gain  x = rows taken / rows, y = recall, from (0, 0) to (1, 1)
    lift  x = rows taken / rows, y = precision / share of positives, to (1, 1)
    label is 0 or 1. Every point is one of the exact curve (Fawcett 2006, "An introduction to ROC analysis").
    """
    found, taken = (np.cumsum(each[::-1]) for each in (ordered.positives(label), ordered.sizes.astype(float)))
    positives, rows = found[-1], taken[-1]
    if positives in (0, rows):
        return {}
    kept = _kept(found / positives, (taken - found) / (rows - positives), taken / rows)
    threshold = ordered.values[::-1][kept]
    found, taken = found[kept], taken[kept]
    recall, share, precision = found / positives, taken / rows, found / taken
    begun = np.concatenate(([np.nan], threshold))
    return {
        "roc": Points(_from(0, (taken - found) / (rows - positives)), _from(0, recall), begun),
        "pr": Points(_from(0, recall), _from(1, precision), begun),
        "gain": Points(_from(0, share), _from(0, recall), begun),
        "lift": Points(share, precision * rows / positives, threshold),
    }


def _kept(*rising: Array) -> Whole:
    """The places where a point is kept; arrays rise to 1."""
    even, (recall, fall_out, share) = np.linspace(0, 1, STEPS + 1), rising
    places = (np.searchsorted(recall, even), np.searchsorted(fall_out, even), np.searchsorted(share, TOP))
    return np.unique(np.concatenate([*places, [0, len(share) - 1]])).astype(np.int64)


def _from(start: float, values: Array) -> Array:
    return np.concatenate(([start], values))
