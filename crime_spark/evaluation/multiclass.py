"""Metrics of predictions of one class among several, with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.binary import LOWEST
from crime_spark.evaluation.ranking import auc_alone
from crime_spark.evaluation.resampling import (
    Array,
    Estimate,
    Resamples,
    Whole,
    all_rows,
    estimate,
    estimates,
    resampled,
)


def evaluate(label: Whole, probabilities: Array, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
    """accuracy, macro_auc, macro_f1, weighted_f1, log_loss and rows.

    label is the index of a row's class, probabilities has a row for each label and a column for each class; the class
    predicted is the most probable one, the first of equals. block numbers the block (day or week) of each row, the unit
    that is resampled. macro_auc is the mean of each class against the rest, over the classes that some of the rows are
    of and some not. macro_f1 is the mean over the classes that any row is or is predicted to be of, weighted_f1 the
    mean over the rows' own classes. log_loss is in nats, probabilities cut to [1e-15, 1 - 1e-15]. In a resample all
    this is said of its own rows.

    Raises:
        ValueError: a label is no column of probabilities, or there are not as many labels as rows.
    """
    _check(label, probabilities)
    drawn = resampled(block, resamples, seed)
    exact, found = (_metrics(label, probabilities, each) for each in (all_rows(len(label)), drawn))
    return {
        "macro_auc": _macro_auc(label, probabilities, drawn),
        **estimates(exact, found),
        "rows": Estimate(float(len(label))),
    }


def evaluate_ranking(
    label: Whole, probabilities: Array, block: Whole, resamples: int, seed: int
) -> dict[str, Estimate]:
    """macro_auc alone, as `evaluate` gives it."""
    _check(label, probabilities)
    return {"macro_auc": _macro_auc(label, probabilities, resampled(block, resamples, seed))}


def _check(label: Whole, probabilities: Array) -> None:
    if len(label) != len(probabilities):
        raise ValueError(f"{len(label)} labels for {len(probabilities)} rows of probabilities")
    if label.min() < 0 or label.max() >= probabilities.shape[1]:
        raise ValueError(f"labels {label.min()} to {label.max()} for {probabilities.shape[1]} classes")


def _macro_auc(label: Whole, probabilities: Array, resamples: Resamples) -> Estimate:
    values, drawn = [], []
    for at in range(probabilities.shape[1]):
        member = (label == at).astype(float)
        if 0 < member.sum() < len(member):
            found = auc_alone(member, np.ascontiguousarray(probabilities[:, at]), resamples)
            values.append(found.value)
            drawn.append(found.drawn)
    if not values:
        return Estimate(float("nan"), drawn=np.full(resamples.weights.shape[1], np.nan))
    return estimate(float(np.mean(values)), _mean(np.array(drawn), ~np.isnan(drawn)))


def _metrics(label: Whole, probabilities: Array, resamples: Resamples) -> dict[str, Array]:
    """What is made of counts and sums of rows, in each resample."""
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    own = np.take_along_axis(probabilities, label[:, None], axis=1)[:, 0]
    loss = resamples.sums(-np.log(np.clip(own, LOWEST, 1 - LOWEST)))
    members, flagged = resamples.sums_by(label, classes), resamples.sums_by(predicted, classes)
    tp = resamples.sums_by(label, classes, (label == predicted).astype(float))
    rows = members.sum(axis=0)
    met = members + flagged > 0
    f1 = np.divide(2 * tp, members + flagged, out=np.zeros_like(tp), where=met)
    return {
        "accuracy": tp.sum(axis=0) / rows,
        "macro_f1": _mean(f1, met),
        "weighted_f1": (members * f1).sum(axis=0) / rows,
        "log_loss": loss / rows,
    }


def _mean(values: Array, counted: NDArray[np.bool_]) -> Array:
    """Over the rows counted, by column; NaN if none is."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counted, values, 0).sum(axis=0) / counted.sum(axis=0))
