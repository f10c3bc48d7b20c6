"""Metrics of binary predictions with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.ranking import auc_alone, ranked
from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimates, resampled

THRESHOLD = 0.5
# Of log loss: a probability of 0 or 1 that is wrong would make it infinite.
LOWEST = 1e-15


def evaluate(label: Array, probability: Array, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
    """Every binary metric: auc, pr_auc, log_loss, brier, accuracy, precision, recall, f1, threshold, tp, fp, tn, fn.

    label is 0 or 1; block numbers the block (day or week) of each row, the unit that is resampled. Two sets of
    predictions for the same blocks and seed are judged on the same resamples. log_loss is in nats, probabilities cut to
    [1e-15, 1 - 1e-15].
    """
    drawn = resampled(block, resamples, seed)
    exact, found = (_metrics(label, probability, each) for each in (all_rows(len(label)), drawn))
    return {**ranked(label, probability, drawn), **estimates(exact, found), "threshold": Estimate(THRESHOLD)}


def evaluate_ranking(label: Array, probability: Array, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
    """auc alone, as `evaluate` gives it."""
    return {"auc": auc_alone(label, probability, resampled(block, resamples, seed))}


def _metrics(label: Array, probability: Array, resamples: Resamples) -> dict[str, Array]:
    """What is made of counts and sums of rows, in each resample."""
    cut = np.clip(probability, LOWEST, 1 - LOWEST)
    flagged = (probability >= THRESHOLD).astype(float)
    tp, fp = resamples.sums(flagged * label), resamples.sums(flagged * (1 - label))
    tn, fn = resamples.sums((1 - flagged) * (1 - label)), resamples.sums((1 - flagged) * label)
    rows = tp + fp + tn + fn
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "log_loss": resamples.sums(-(label * np.log(cut) + (1 - label) * np.log1p(-cut))) / rows,
            "brier": resamples.sums((label - probability) ** 2) / rows,
            "accuracy": (tp + tn) / rows,
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "tp": tp,
            "fp": fp,
            "tn": tn,
            "fn": fn,
        }
