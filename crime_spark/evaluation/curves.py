"""ROC, precision-recall, gain and lift curves with few points, from sorted scores."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.findings import Points
from crime_spark.evaluation.ranking import Levels
from crime_spark.evaluation.resampling import Array, Whole

# A point is kept at each of STEPS equal steps of both axes of the ROC curve, and at the shares TOP of the rows, because
# lift and precision change most at the top. This gives at most 92 points.
STEPS = 40
TOP = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1)


def ranking_curves(label: Array, ordered: Levels) -> dict[str, Points]:
    """The points of each curve from the highest threshold to the lowest; no curves if a class is absent.

    roc   x = false positives / negatives, y = true positives / positives, from (0, 0) to (1, 1)
    pr    x = recall, y = precision, from (0, 1) by definition to (1, share of positives)
    gain  x = selected rows / rows, y = recall, from (0, 0) to (1, 1)
    lift  x = selected rows / rows, y = precision / share of positives, to (1, 1)
    All points are points of the exact curve (Fawcett 2006, "An introduction to ROC analysis").

    Args:
        label: 0 or 1.
        ordered: the scores.
    """
    hits, selected = (np.cumsum(counts[::-1]) for counts in (ordered.positives(label), ordered.sizes.astype(float)))
    positives, rows = hits[-1], selected[-1]
    if positives in (0, rows):
        return {}
    places = _kept(hits / positives, (selected - hits) / (rows - positives), selected / rows)
    threshold = ordered.values[::-1][places]
    hits, selected = hits[places], selected[places]
    recall, share, precision = hits / positives, selected / rows, hits / selected
    thresholds = np.concatenate(([np.nan], threshold))
    return {
        "roc": Points(_from(0, (selected - hits) / (rows - positives)), _from(0, recall), thresholds),
        "pr": Points(_from(0, recall), _from(1, precision), thresholds),
        "gain": Points(_from(0, share), _from(0, recall), thresholds),
        "lift": Points(share, precision * rows / positives, threshold),
    }


def _kept(*rising: Array) -> Whole:
    """The places of the points to keep; the arrays rise to 1."""
    even, (recall, fall_out, share) = np.linspace(0, 1, STEPS + 1), rising
    places = (np.searchsorted(recall, even), np.searchsorted(fall_out, even), np.searchsorted(share, TOP))
    return np.unique(np.concatenate([*places, [0, len(share) - 1]])).astype(np.int64)


def _from(start: float, values: Array) -> Array:
    return np.concatenate(([start], values))
