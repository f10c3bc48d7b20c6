"""Metrics of predicted numbers with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.findings import Findings
from crime_spark.evaluation.formulas import Formulas, Rows
from crime_spark.evaluation.resampling import NAN, Array, Estimate, Resamples, all_rows, estimates
from crime_spark.evaluation.validation import residual_bounds

# Below this share of the sum of squares, the labels' spread is nothing but rounding.
_ROUNDING = 1e-12
FORMULAS = Formulas()


@FORMULAS.computes(
    *("mae", "rmse", "r2", "mean_label", "poisson_deviance", "coverage_90", "width_90", "rows", "validation_rows")
)
def _errors(rows: Rows) -> Findings:
    """mae, rmse, width_90, mean_label (in the label's unit), r2, poisson_deviance, coverage_90, rows, validation_rows.

    r2 = 1 - Σ (label - prediction)² / Σ (label - mean label)², the mean being that of the rows judged (in a resample:
    of its own rows); NaN if all labels are equal.
    poisson_deviance is the mean of 2 · (label · ln(label / prediction) - label + prediction), the first term 0 where
    the label is (McCullagh and Nelder 1989, "Generalized Linear Models"); NaN if any label is negative or any
    prediction not above 0.
    coverage_90 is the share of labels within prediction + low and prediction + high, ends included, which are the 5 %
    and 95 % quantiles of label - prediction over chosen_on; width_90 is high - low. NaN without such rows.
    """
    label, prediction = rows.label, rows.predicted
    bounds = residual_bounds(*rows.chosen_on) if rows.chosen_on is not None else None
    exact, found = (_metrics(label, prediction, bounds, each) for each in (all_rows(len(label)), rows.drawn))
    width = Estimate(bounds[1] - bounds[0] if bounds is not None else NAN)
    return Findings({**estimates(exact, found), "width_90": width, **rows.counts})


def _metrics(
    label: Array, prediction: Array, bounds: tuple[float, float] | None, resamples: Resamples
) -> dict[str, Array]:
    # Sums of squares about a number near the mean lose no digits, and about a label none at all if all are equal.
    centre = float(np.median(label))
    rows, off, square = (resamples.sums(term) for term in (np.ones_like(label), label - centre, (label - centre) ** 2))
    spread = square - off**2 / rows
    error = label - prediction
    squared_error = resamples.sums(error**2)
    low, high = bounds if bounds is not None else (NAN, NAN)
    inside = ((error >= low) & (error <= high)).astype(float) if bounds is not None else np.full_like(label, NAN)
    return {
        "mae": resamples.sums(np.abs(error)) / rows,
        "rmse": np.sqrt(squared_error / rows),
        "r2": 1 - squared_error / np.where(spread > _ROUNDING * square, spread, np.nan),
        "mean_label": centre + off / rows,
        "poisson_deviance": resamples.sums(_deviance(label, prediction)) / rows,
        "coverage_90": resamples.sums(inside) / rows,
    }


def _deviance(label: Array, prediction: Array) -> Array:
    """Each row's Poisson deviance; NaN throughout if that of any row is not defined."""
    if (label < 0).any() or not (prediction > 0).all():
        return np.full_like(label, NAN)
    logs = np.log(np.divide(label, prediction, out=np.ones_like(label), where=label > 0))
    return np.asarray(2 * (label * logs - label + prediction))
