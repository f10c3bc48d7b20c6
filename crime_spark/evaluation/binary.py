"""Metrics of binary predictions with intervals over resampled days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

THRESHOLD = 0.5
# Intervals of ranking metrics are taken on this many groups of equal score or neighbouring scores, few enough for one
# matrix product over all resamples. They are narrow at the top of the ranking, which average precision hangs on: of
# 4,000 to 250,000 different scores, AUC is then within 2e-5 of the exact one and average precision within 1e-4.
MOST_GROUPS = 4096
_LOWEST = 1e-15


@dataclass(frozen=True)
class Estimate:
    """A metric's value and the 2.5 % and 97.5 % points over the resamples; NaN where it is not defined."""

    value: float
    low: float
    high: float


def auc(label: Array, probability: Array) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs ranked rightly, ties counted half.

    Fawcett 2006, "An introduction to ROC analysis". NaN if either class is absent.
    """
    group, _ = _groups(probability)
    return float(_auc(*_by_group(group, label))[0])


def average_precision(label: Array, probability: Array) -> float:
    """Sum over thresholds of precision times the gain in recall (no interpolation). NaN without positives."""
    group, _ = _groups(probability)
    return float(_average_precision(*_by_group(group, label))[0])


def evaluate(
    label: Array, probability: Array, day: NDArray[np.int64], resamples: int, seed: int
) -> dict[str, Estimate]:
    """Every binary metric: auc, pr_auc, log_loss, brier, accuracy, precision, recall, f1, threshold, tp, fp, tn, fn.

    label is 0 or 1; day numbers the day of each row, the unit that is resampled. Two sets of predictions for the same
    days and seed are judged on the same resamples. log_loss is in nats, probabilities cut to [1e-15, 1 - 1e-15].
    """
    exact = _scalars(label, probability)
    exact.update(auc=auc(label, probability), pr_auc=average_precision(label, probability))
    drawn = ranking_resamples(label, probability, day, resamples, seed)
    days, weights = _weights(day, resamples, seed)
    drawn.update(_metrics_of_sums({k: np.bincount(days, v) @ weights for k, v in _terms(label, probability).items()}))
    result = {name: _estimate(value, drawn[name]) for name, value in exact.items()}
    return {**result, "threshold": Estimate(THRESHOLD, float("nan"), float("nan"))}


def evaluate_ranking(
    label: Array, probability: Array, day: NDArray[np.int64], resamples: int, seed: int
) -> dict[str, Estimate]:
    """auc alone, as `evaluate` gives it."""
    drawn = ranking_resamples(label, probability, day, resamples, seed)
    return {"auc": _estimate(auc(label, probability), drawn["auc"])}


def ranking_resamples(
    label: Array, probability: Array, day: NDArray[np.int64], resamples: int, seed: int
) -> dict[str, Array]:
    """auc and pr_auc of each resample of days."""
    group, count = _groups(probability, MOST_GROUPS)
    days, weights = _weights(day, resamples, seed)
    cell = group * weights.shape[0] + days
    shape = (count, weights.shape[0])
    positives = np.bincount(cell, label, shape[0] * shape[1]).reshape(shape) @ weights
    rows = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape) @ weights
    negatives = rows - positives
    return {"auc": _auc(positives, negatives), "pr_auc": _average_precision(positives, negatives)}


def _groups(probability: Array, most: int | None = None) -> tuple[NDArray[np.int64], int]:
    """Each row's group, 0 = lowest score, and the number of groups; equal scores share a group."""
    levels, level, sizes = np.unique(probability, return_inverse=True, return_counts=True)
    if most is None or len(levels) <= most:
        return level.astype(np.int64), len(levels)
    above = 1 - (np.cumsum(sizes) - sizes / 2) / len(probability)
    bins = most - 1 - (np.sqrt(above) * most).astype(np.int64)
    return bins[level], most


def _by_group(group: NDArray[np.int64], label: Array) -> tuple[Array, Array]:
    positives = np.asarray(np.bincount(group, label), dtype=np.float64)
    negatives = np.asarray(np.bincount(group), dtype=np.float64) - positives
    return positives[:, None], negatives[:, None]


def _auc(positives: Array, negatives: Array) -> Array:
    """By column; rows are groups of equal score, lowest first."""
    below = np.cumsum(negatives, axis=0) - negatives
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            (positives * (below + negatives / 2)).sum(axis=0) / (positives.sum(axis=0) * negatives.sum(axis=0))
        )


def _average_precision(positives: Array, negatives: Array) -> Array:
    """By column; rows are groups of equal score, lowest first."""
    found = np.cumsum(positives[::-1], axis=0)
    flagged = np.cumsum((positives + negatives)[::-1], axis=0)
    precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((precision * positives[::-1]).sum(axis=0) / positives.sum(axis=0))


def _terms(label: Array, probability: Array) -> dict[str, Array]:
    """What each row adds to the sums that the metrics are made of."""
    cut = np.clip(probability, _LOWEST, 1 - _LOWEST)
    flagged = (probability >= THRESHOLD).astype(float)
    return {
        "rows": np.ones_like(label),
        "loss": -(label * np.log(cut) + (1 - label) * np.log1p(-cut)),
        "square": (label - probability) ** 2,
        "tp": flagged * label,
        "fp": flagged * (1 - label),
        "tn": (1 - flagged) * (1 - label),
        "fn": (1 - flagged) * label,
    }


def _metrics_of_sums(sums: Mapping[str, Array]) -> dict[str, Array]:
    tp, fp, tn, fn, rows = (np.asarray(sums[name]) for name in ("tp", "fp", "tn", "fn", "rows"))
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "log_loss": sums["loss"] / rows,
            "brier": sums["square"] / rows,
            "accuracy": (tp + tn) / rows,
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "tp": tp,
            "fp": fp,
            "tn": tn,
            "fn": fn,
        }


def _scalars(label: Array, probability: Array) -> dict[str, float]:
    sums = {name: np.asarray(term.sum()) for name, term in _terms(label, probability).items()}
    return {name: float(value) for name, value in _metrics_of_sums(sums).items()}


def _weights(day: NDArray[np.int64], resamples: int, seed: int) -> tuple[NDArray[np.int64], Array]:
    """Each row's day counted from 0, and how often each resample (column) draws each day (row), with replacement."""
    held, days = np.unique(day, return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(len(held), np.full(len(held), 1 / len(held)), size=resamples)
    return days.astype(np.int64), draws.T.astype(float)


def _estimate(value: float, drawn: Array) -> Estimate:
    held = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(held) == 0:
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.percentile(held, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
