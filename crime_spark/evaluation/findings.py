"""The results of evaluating the predictions of a cell: metrics, metrics by class, curves and confusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crime_spark.evaluation.resampling import Array, Estimate, Whole

# Labels and predictions (or probabilities) of rows on which a threshold or a calibration is chosen.
Chosen = tuple[Array, Array]


@dataclass(frozen=True)
class Points:
    """The points of a curve, in order.

    Attributes:
        x, y: the points.
        threshold: the lowest score of the rows selected at each point; NaN or None if the curve has no threshold.
        n: the number of rows that each point is the mean of; NaN or None if it is not a mean.
    """

    x: Array
    y: Array
    threshold: Array | None = None
    n: Array | None = None


@dataclass(frozen=True)
class Findings:
    """Metrics and curves.

    Attributes:
        metrics: estimate by name.
        of_classes: estimate by name and index of the class.
        curves: points by name and index of the class, None for a curve that is not of a class.
        confusion: number of rows by actual class (row) and predicted class (column).
    """

    metrics: Mapping[str, Estimate]
    of_classes: Mapping[tuple[str, int], Estimate] = field(default_factory=dict)
    curves: Mapping[tuple[str, int | None], Points] = field(default_factory=dict)
    confusion: Whole | None = None
