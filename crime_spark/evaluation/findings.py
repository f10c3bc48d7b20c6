"""What is found of the predictions of one cell: metrics, those of single classes, curves, and what was called what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crime_spark.evaluation.resampling import Array, Estimate, Whole

# Label and prediction (or probabilities) of the rows that a threshold or a calibration is chosen on.
Chosen = tuple[Array, Array]


@dataclass(frozen=True)
class Points:
    """A curve's points in their order, as arrays of one length.

    threshold is the lowest score of the rows taken at a point, n the number of rows that a point is the mean of; NaN or
    None where a curve has no such thing.
    """

    x: Array
    y: Array
    threshold: Array | None = None
    n: Array | None = None


@dataclass(frozen=True)
class Findings:
    """metrics by name; of_classes by name and index of the class; curves by name and class, None where there is one.

    confusion counts rows by actual class (row) and the one called (column).
    """

    metrics: Mapping[str, Estimate]
    of_classes: Mapping[tuple[str, int], Estimate] = field(default_factory=dict)
    curves: Mapping[tuple[str, int | None], Points] = field(default_factory=dict)
    confusion: Whole | None = None
