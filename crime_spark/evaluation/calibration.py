"""Whether probabilities are what they say, and maps that put them right, chosen on rows before those judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crime_spark.evaluation.findings import Points
from crime_spark.evaluation.ranking import levels
from crime_spark.evaluation.resampling import Array, Whole

BINS = 15
# Below so many rows a free form follows chance (Niculescu-Mizil and Caruana 2005, "Predicting good probabilities with
# supervised learning"): two parameters are fitted instead.
ENOUGH = 1000
# Of log odds: those of a probability of 0 or 1 have no end.
LOWEST = 1e-15

Map = Callable[[Array], Array]


def bins_of(probability: Array) -> Whole:
    """Each row's bin, 0 to 14: bins have equally many rows, but for rows of one probability, which share a bin.

    Edges are the 15-quantiles of the probabilities, interpolated; one that is an edge lies in the bin below.
    """
    edges = np.percentile(probability, np.linspace(0, 1, BINS + 1) * 100)  # as scikit-learn's, to the last digit
    return np.searchsorted(edges[1:-1], probability).astype(np.int64)


def reliability(label: Array, probability: Array) -> Points:
    """The reliability curve: of each bin with rows x = mean probability, y = share of positives, n = rows."""
    bins = bins_of(probability)
    terms = (np.ones_like(label), probability, label)
    rows, predicted, happened = (np.asarray(np.bincount(bins, each, BINS), dtype=np.float64) for each in terms)
    held = rows > 0
    return Points(predicted[held] / rows[held], happened[held] / rows[held], n=rows[held])


def calibration_error(curve: Points) -> float:
    """The expected calibration error: Σ over the bins of a reliability curve of rows / all rows · |x - y|.

    Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning"; with bins of
    equal mass as in Nguyen and O'Connor 2015. It has no interval: resampling adds to it what chance does.
    """
    rows = curve.n if curve.n is not None else np.ones_like(curve.x)
    return float((rows * np.abs(curve.x - curve.y)).sum() / rows.sum())


def calibration(label: Array, probability: Array) -> Map | None:
    """A map from probability to calibrated probability, fitted on these rows; None if a class is absent.

    Isotonic regression from 1,000 rows on, kept within 1 / (rows + 2) of 0 and 1, so that no outcome is held to be
    impossible; Platt's sigmoid of the log odds below that. label is 0 or 1.
    """
    if not 0 < label.sum() < len(label):
        return None
    return isotonic(label, probability) if len(label) >= ENOUGH else sigmoid(label, probability)


def calibrated_classes(label: Whole, probabilities: Array, others: Array) -> Array:
    """The probabilities `others` of other rows, each class calibrated against the rest, then made to sum to 1.

    Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates". label and
    probabilities are what the maps are fitted on. A class that none or all of these rows are of stays as it is; where
    nothing is left, all classes are as probable.
    """
    columns = []
    for at in range(others.shape[1]):
        how = calibration((label == at).astype(float), np.ascontiguousarray(probabilities[:, at]))
        columns.append(how(others[:, at]) if how else others[:, at])
    found = np.stack(columns, axis=1)
    total = found.sum(axis=1, keepdims=True)
    even = np.full_like(found, 1 / found.shape[1])
    return np.asarray(np.divide(found, total, out=even, where=total > 0))


def isotonic(label: Array, probability: Array) -> Map:
    """The rising step function nearest to the labels, straight between its knots (pool adjacent violators).

    Zadrozny and Elkan 2002; Ayer et al. 1955. Beyond the knots it stays as it is at the last one.
    """
    ordered = levels(probability)
    happened, rows = ordered.positives(label), ordered.sizes.astype(float)
    first = np.arange(len(rows))
    # Neighbours that do not rise end in one block whatever the order in which they are pooled: whole runs at once.
    while not (rising := np.diff(happened / rows) > 0).all():
        begins = np.concatenate(([0], np.flatnonzero(rising) + 1))
        happened, rows = (np.add.reduceat(each, begins) for each in (happened, rows))
        first = first[begins]
    knots, fitted = ordered.values, np.repeat(happened / rows, np.diff([*first, len(ordered.values)]))
    least = 1 / (len(label) + 2)

    def mapped(values: Array) -> Array:
        return np.asarray(np.clip(np.interp(values, knots, fitted), least, 1 - least))

    return mapped


def sigmoid(label: Array, probability: Array) -> Map:
    """1 / (1 + exp(-(a · log odds + b))), the labels drawn in from 0 and 1 by Platt's rule.

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
