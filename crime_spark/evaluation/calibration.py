"""Calibration of probabilities: how to measure it, and how to improve it with earlier rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crime_spark.evaluation.findings import Points
from crime_spark.evaluation.ranking import levels
from crime_spark.evaluation.resampling import Array, Whole

BINS = 15
# With fewer rows isotonic regression overfits, so a sigmoid with two parameters is fitted (Niculescu-Mizil and Caruana
# 2005, "Predicting good probabilities with supervised learning").
ENOUGH = 1000
# Probabilities are clipped for log odds, because those of 0 and 1 are infinite.
LOWEST = 1e-15

Map = Callable[[Array], Array]


def bins_of(probability: Array) -> Whole:
    """The bin of each row, 0 to 14. Bins have equal numbers of rows, but rows with equal probability share a bin.

    The edges are the interpolated 15-quantiles of the probabilities. A probability at an edge is in the lower bin.
    """
    edges = np.percentile(probability, np.linspace(0, 1, BINS + 1) * 100)  # equal to scikit-learn's in all digits
    return np.searchsorted(edges[1:-1], probability).astype(np.int64)


def reliability(label: Array, probability: Array) -> Points:
    """The reliability curve. For each bin with rows: x = mean probability, y = share of positives, n = rows."""
    bins = bins_of(probability)
    terms = (np.ones_like(label), probability, label)
    rows, predicted, happened = (np.asarray(np.bincount(bins, term, BINS), dtype=np.float64) for term in terms)
    filled = rows > 0
    return Points(predicted[filled] / rows[filled], happened[filled] / rows[filled], n=rows[filled])


def calibration_error(curve: Points) -> float:
    """The expected calibration error: the mean of |x - y| over the bins of a reliability curve, weighted by rows.

    Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning"; with bins of
    equal mass as in Nguyen and O'Connor 2015. It has no interval, because resampling increases the error itself.
    """
    rows = curve.n if curve.n is not None else np.ones_like(curve.x)
    return float((rows * np.abs(curve.x - curve.y)).sum() / rows.sum())


def calibration(label: Array, probability: Array) -> Map | None:
    """Fit a map from probability to calibrated probability; None if a class is absent.

    With at least 1,000 rows the map is an isotonic regression, clipped to 1 / (rows + 2) from 0 and 1, so that no
    outcome becomes impossible. With fewer rows it is Platt's sigmoid of the log odds.

    Args:
        label: 0 or 1.
        probability: probability of 1.
    """
    if not 0 < label.sum() < len(label):
        return None
    return isotonic(label, probability) if len(label) >= ENOUGH else sigmoid(label, probability)


def calibrated_classes(label: Whole, probabilities: Array, others: Array) -> Array:
    """Calibrate the probabilities of each class against the rest, and normalize them to the sum 1.

    Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates". A class
    that no row or every row of the fit belongs to is not calibrated. If all calibrated probabilities of a row are 0,
    its classes become equally probable.

    Args:
        label: index of the class, of the rows to fit on.
        probabilities: their probabilities, rows x classes.
        others: the probabilities to calibrate, rows x classes.
    """
    columns = []
    for index in range(others.shape[1]):
        calibrate = calibration((label == index).astype(float), np.ascontiguousarray(probabilities[:, index]))
        columns.append(calibrate(others[:, index]) if calibrate else others[:, index])
    calibrated = np.stack(columns, axis=1)
    total = calibrated.sum(axis=1, keepdims=True)
    even = np.full_like(calibrated, 1 / calibrated.shape[1])
    return np.asarray(np.divide(calibrated, total, out=even, where=total > 0))


def isotonic(label: Array, probability: Array) -> Map:
    """Isotonic regression by pooling adjacent violators, linear between its knots and constant beyond them.

    Ayer et al. 1955; Zadrozny and Elkan 2002.
    """
    ordered = levels(probability)
    happened, rows = ordered.positives(label), ordered.sizes.astype(float)
    first = np.arange(len(rows))
    # The order in which violators are pooled does not change the result, so whole runs are pooled together.
    while not (rising := np.diff(happened / rows) > 0).all():
        begins = np.concatenate(([0], np.flatnonzero(rising) + 1))
        happened, rows = (np.add.reduceat(counts, begins) for counts in (happened, rows))
        first = first[begins]
    knots, fitted = ordered.values, np.repeat(happened / rows, np.diff([*first, len(ordered.values)]))
    least = 1 / (len(label) + 2)

    def mapped(values: Array) -> Array:
        return np.asarray(np.clip(np.interp(values, knots, fitted), least, 1 - least))

    return mapped


def sigmoid(label: Array, probability: Array) -> Map:
    """Fit 1 / (1 + exp(-(a · log odds + b))), with labels moved away from 0 and 1 by Platt's rule.

    Platt 1999, "Probabilistic outputs for support vector machines"; fitted by Newton's method with halved steps as in
    Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs".
    """
    positives = label.sum()
    target = np.where(label > 0, (positives + 1) / (positives + 2), 1 / (len(label) - positives + 2))
    x = np.stack([_log_odds(probability), np.ones(len(label))], axis=1)
    fitted = np.array([0.0, _log_odds(np.array([target.mean()]))[0]])
    for _ in range(100):
        p = _logistic(x @ fitted)
        gradient, curvature = x.T @ (p - target), (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        while _loss(target, x @ (fitted - step)) > _loss(target, x @ fitted) + 1e-12 and np.abs(step).max() > 1e-12:
            step = step / 2
        fitted = fitted - step
        if np.abs(step).max() < 1e-10:
            break

    def mapped(values: Array) -> Array:
        return _logistic(fitted[0] * _log_odds(values) + fitted[1])

    return mapped


def _log_odds(probability: Array) -> Array:
    cut = np.clip(probability, LOWEST, 1 - LOWEST)
    return np.asarray(np.log(cut) - np.log1p(-cut))


def _logistic(value: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))


def _loss(target: Array, value: Array) -> float:
    return float((np.logaddexp(0, value) - target * value).sum())
