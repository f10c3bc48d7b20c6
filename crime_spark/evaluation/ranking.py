"""How well scores rank positives above negatives, with intervals, in time that hardly depends on the resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, estimate

# Intervals of ranking metrics are taken on this many groups of equal score or neighbouring scores, few enough for one
# matrix product over all resamples. They are narrow at the top of the ranking, which average precision hangs on: of
# 4,000 to 250,000 different scores, AUC is then within 2e-5 of the exact one and average precision within 1e-4.
MOST_GROUPS = 4096


@dataclass(frozen=True)
class Levels:
    """Scores sorted once: the different values, lowest first, each row's place among them, and the rows with each."""

    values: Array
    level: Whole
    sizes: Whole

    def positives(self, label: Array) -> Array:
        """The sum of the labels, 0 or 1, of each level."""
        return np.asarray(np.bincount(self.level, label, len(self.sizes)), dtype=np.float64)


def levels(score: Array) -> Levels:
    """The one sort that everything about a ranking is read from."""
    values, level, sizes = np.unique(score, return_inverse=True, return_counts=True)
    return Levels(values, level.astype(np.int64), sizes.astype(np.int64))


def auc(label: Array, score: Array) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs ranked rightly, ties counted half.

    Fawcett 2006, "An introduction to ROC analysis". NaN if either class is absent.
    """
    return float(_auc(*_by_level(label, levels(score)))[0])


def average_precision(label: Array, score: Array) -> float:
    """Sum over thresholds of precision times the gain in recall (no interpolation). NaN without positives."""
    return float(_average_precision(*_by_level(label, levels(score)))[0])


def auc_estimate(label: Array, ordered: Levels, resamples: Resamples) -> Estimate:
    """auc with its interval; label is 0 or 1."""
    drawn = _auc_of_resamples(label, _grouped(ordered), resamples)
    return estimate(float(_auc(*_by_level(label, ordered))[0]), drawn)


def average_precision_estimate(label: Array, ordered: Levels, resamples: Resamples) -> Estimate:
    """average_precision with its interval; label is 0 or 1."""
    drawn = _average_precision(*_by_group(label, _grouped(ordered), resamples))
    return estimate(float(_average_precision(*_by_level(label, ordered))[0]), drawn)


def _grouped(ordered: Levels) -> Whole:
    """Each row's group of one or several neighbouring levels, 0 = lowest."""
    level, sizes = ordered.level, ordered.sizes
    if len(sizes) <= MOST_GROUPS:
        return level
    above = 1 - (np.cumsum(sizes) - sizes / 2) / len(level)
    groups = MOST_GROUPS - 1 - (np.sqrt(above) * MOST_GROUPS).astype(np.int64)
    return np.asarray(groups[level])


def _by_level(label: Array, ordered: Levels) -> tuple[Array, Array]:
    """Positives and negatives of each level, in one column."""
    positives = ordered.positives(label)
    return positives[:, None], (ordered.sizes - positives)[:, None]


def _by_group(label: Array, group: Whole, resamples: Resamples) -> tuple[Array, Array]:
    """Positives and negatives of each group (row) in each resample (column)."""
    groups = int(group.max()) + 1
    positives = resamples.sums_by(group, groups, label)
    return positives, resamples.sums_by(group, groups) - positives


def _auc(positives: Array, negatives: Array) -> Array:
    """By column; rows are groups of equal score, lowest first."""
    below = np.cumsum(negatives, axis=0) - negatives
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            (positives * (below + negatives / 2)).sum(axis=0) / (positives.sum(axis=0) * negatives.sum(axis=0))
        )


def _auc_of_resamples(label: Array, group: Whole, resamples: Resamples) -> Array:
    """As `_auc` of `_by_group`, in a fraction of the time.

    AUC is a sum over pairs of rows. So the pairs of each two blocks are summed once, and a resample weighs them by how
    often it draws the one block and the other.
    """
    groups, blocks = int(group.max()) + 1, len(resamples.weights)
    place = group * blocks + resamples.block
    positives = np.bincount(place, label, groups * blocks).reshape(groups, blocks)
    negatives = np.bincount(place, 1 - label, groups * blocks).reshape(groups, blocks)
    pairs = positives.T @ (np.cumsum(negatives, axis=0) - negatives / 2)
    weights = resamples.weights
    totals = (positives.sum(axis=0) @ weights) * (negatives.sum(axis=0) @ weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights * (pairs @ weights)).sum(axis=0) / totals)


def _average_precision(positives: Array, negatives: Array) -> Array:
    """By column; rows are groups of equal score, lowest first."""
    found = np.cumsum(positives[::-1], axis=0)
    flagged = np.cumsum((positives + negatives)[::-1], axis=0)
    precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((precision * positives[::-1]).sum(axis=0) / positives.sum(axis=0))
