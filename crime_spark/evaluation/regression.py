"""Metrics of predicted numbers, with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.findings import Findings
from crime_spark.evaluation.formulas import Formulas, Rows
from crime_spark.evaluation.resampling import NAN, Array, Estimate, Resamples, all_rows, estimates
from crime_spark.evaluation.validation import residual_bounds

# A spread of the labels below this share of the sum of squares is rounding error.
_ROUNDING = 1e-12
FORMULAS = Formulas()


@FORMULAS.computes(
    *("mae", "rmse", "r2", "mean_label", "poisson_deviance", "coverage_90", "width_90", "rows", "validation_rows")
)
def _errors(rows: Rows) -> Findings:
    """mae, rmse, width_90, mean_label (in the unit of the label), r2, poisson_deviance, coverage_90 and row counts.

    r2 = 1 - Σ (label - prediction)² / Σ (label - mean label)², with the mean over the test rows, or over the rows of a
    resample; NaN if all labels are equal.
    poisson_deviance is the mean of 2 · (label · ln(label / prediction) - label + prediction), with 0 for the first term
    if the label is 0 (McCullagh and Nelder 1989, "Generalized Linear Models"); NaN if a label is negative or a
    prediction is not positive.
    coverage_90 is the share of labels from prediction + low to prediction + high, where low and high are the 5 % and
    95 % quantiles of label - prediction over `rows.chosen_on`; width_90 is high - low. Both are NaN without these rows.
    """
    label, prediction = rows.label, rows.predicted
    bounds = residual_bounds(*rows.chosen_on) if rows.chosen_on is not None else None
    exact, drawn = (_metrics(label, prediction, bounds, sample) for sample in (all_rows(len(label)), rows.drawn))
    width = Estimate(bounds[1] - bounds[0] if bounds is not None else NAN)
    return Findings({**estimates(exact, drawn), "width_90": width, **rows.counts})


def _metrics(
    label: Array, prediction: Array, bounds: tuple[float, float] | None, resamples: Resamples
) -> dict[str, Array]:
    # Sums of squares about a number near the mean keep their precision. The median is exact if all labels are equal.
    center = float(np.median(label))
    rows, offset, square = (
        resamples.sums(term) for term in (np.ones_like(label), label - center, (label - center) ** 2)
    )
    spread = square - offset**2 / rows
    error = label - prediction
    squared_error = resamples.sums(error**2)
    low, high = bounds if bounds is not None else (NAN, NAN)
    inside = ((error >= low) & (error <= high)).astype(float) if bounds is not None else np.full_like(label, NAN)
    return {
        "mae": resamples.sums(np.abs(error)) / rows,
        "rmse": np.sqrt(squared_error / rows),
        "r2": 1 - squared_error / np.where(spread > _ROUNDING * square, spread, np.nan),
        "mean_label": center + offset / rows,
        "poisson_deviance": resamples.sums(_deviance(label, prediction)) / rows,
        "coverage_90": resamples.sums(inside) / rows,
    }


def _deviance(label: Array, prediction: Array) -> Array:
    """The Poisson deviance of each row; NaN for all rows if it is not defined for one."""
    if (label < 0).any() or not (prediction > 0).all():
        return np.full_like(label, NAN)
    logs = np.log(np.divide(label, prediction, out=np.ones_like(label), where=label > 0))
    return np.asarray(2 * (label * logs - label + prediction))
