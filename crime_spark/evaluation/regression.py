"""Metrics of predicted numbers with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimates, resampled

# Below this share of the sum of squares, the labels' spread is nothing but rounding.
_ROUNDING = 1e-12


def evaluate(label: Array, prediction: Array, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
    """mae, rmse and mean_label, in the label's unit, r2 and rows.

    r2 = 1 - Σ (label - prediction)² / Σ (label - mean label)², the mean being that of the rows judged (in a resample:
    of its own rows); NaN if all labels are equal. block numbers the block (day or week) of each row, the unit that is
    resampled.
    """
    drawn = resampled(block, resamples, seed)
    exact, found = (_metrics(label, prediction, each) for each in (all_rows(len(label)), drawn))
    return {**estimates(exact, found), "rows": Estimate(float(len(label)))}


def _metrics(label: Array, prediction: Array, resamples: Resamples) -> dict[str, Array]:
    # Sums of squares about a number near the mean lose no digits, and about a label none at all if all are equal.
    centre = float(np.median(label))
    rows, off, square = (resamples.sums(term) for term in (np.ones_like(label), label - centre, (label - centre) ** 2))
    spread = square - off**2 / rows
    error = label - prediction
    squared_error = resamples.sums(error**2)
    return {
        "mae": resamples.sums(np.abs(error)) / rows,
        "rmse": np.sqrt(squared_error / rows),
        "r2": 1 - squared_error / np.where(spread > _ROUNDING * square, spread, np.nan),
        "mean_label": centre + off / rows,
    }
