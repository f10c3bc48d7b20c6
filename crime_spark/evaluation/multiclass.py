"""Metrics of predictions of one class among several, with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.binary import LOWEST, of_classes_of
from crime_spark.evaluation.calibration import calibrated_classes, calibration_error, reliability
from crime_spark.evaluation.confusion import averages, by_class
from crime_spark.evaluation.curves import ranking_curves
from crime_spark.evaluation.findings import Chosen, Findings, Points
from crime_spark.evaluation.ranking import auc_alone, levels
from crime_spark.evaluation.resampling import (
    NAN,
    Array,
    Estimate,
    Resamples,
    Whole,
    all_rows,
    estimate,
    estimates,
    resampled,
)

Sets = tuple[Resamples, Resamples]
Curves = dict[tuple[str, int | None], Points]


def evaluate(
    label: Whole, probabilities: Array, block: Whole, resamples: int, seed: int, chosen_on: Chosen | None = None
) -> Findings:
    """Every metric and curve of classes.

    label is the index of a row's class, probabilities has a row for each label and a column for each class; the class
    called is the most probable one, the first of equals. block numbers the block (day or week) of each row, the unit
    that is resampled. chosen_on holds label and probabilities of rows of earlier months, validation_rows many, on which
    the calibration is chosen; without them what is calibrated is NaN. In a resample all is said of its own rows.

    macro_auc is the mean of each class against the rest, over the classes that some of the rows are of and some not;
    ece the mean of the classes' expected calibration errors against the rest (Kull et al. 2019, "Beyond temperature
    scaling"); log_loss is in nats, probabilities cut to [1e-15, 1 - 1e-15]; the last two also _calibrated. accuracy,
    and by class and on average what confusion.py has. Curves are those of curves.py, reliability, and
    reliability_calibrated, of each class against the rest.

    Raises:
        ValueError: a label is no column of probabilities, or there are not as many labels as rows.
    """
    _check(label, probabilities)
    drawn = resampled(block, resamples, seed)
    sets = (all_rows(len(label)), drawn)
    metrics, curves = _of_probabilities(label, probabilities, sets)
    if chosen_on is None:
        calibrated = dict.fromkeys(metrics, Estimate(NAN))
    else:
        after = calibrated_classes(chosen_on[0].astype(np.int64), chosen_on[1], probabilities)
        calibrated, bent = _of_probabilities(label, after, sets)
        curves |= {(f"{name}_calibrated", at): points for (name, at), points in bent.items()}
    macro_auc, ranking = _ranked(label, probabilities, drawn)
    called = probabilities.argmax(axis=1)
    counts = [_counts(label, called, probabilities.shape[1], each) for each in sets]
    return Findings(
        {
            "macro_auc": macro_auc,
            **estimates(*({"accuracy": each[2].sum(axis=0) / each[0].sum(axis=0)} for each in counts)),
            **estimates(*(averages(*each) for each in counts)),
            **metrics,
            **{f"{name}_calibrated": calibrated[name] for name in metrics},
            "rows": Estimate(float(len(label))),
            "validation_rows": Estimate(float(len(chosen_on[0])) if chosen_on is not None else 0.0),
        },
        of_classes_of(*(by_class(*each) for each in counts)),
        {**curves, **ranking},
        np.bincount(label * probabilities.shape[1] + called, minlength=probabilities.shape[1] ** 2).reshape(
            probabilities.shape[1], -1
        ),
    )


def evaluate_ranking(label: Whole, probabilities: Array, block: Whole, resamples: int, seed: int) -> Findings:
    """macro_auc alone, as `evaluate` gives it."""
    _check(label, probabilities)
    return Findings({"macro_auc": _ranked(label, probabilities, resampled(block, resamples, seed), curves=False)[0]})


def _check(label: Whole, probabilities: Array) -> None:
    if len(label) != len(probabilities):
        raise ValueError(f"{len(label)} labels for {len(probabilities)} rows of probabilities")
    if label.min() < 0 or label.max() >= probabilities.shape[1]:
        raise ValueError(f"labels {label.min()} to {label.max()} for {probabilities.shape[1]} classes")


def _ranked(label: Whole, probabilities: Array, resamples: Resamples, curves: bool = True) -> tuple[Estimate, Curves]:
    """macro_auc, and the curves of each class against the rest."""
    values, drawn = [], []
    found: Curves = {}
    for at in range(probabilities.shape[1]):
        member = (label == at).astype(float)
        if 0 < member.sum() < len(member):
            ordered = levels(np.ascontiguousarray(probabilities[:, at]))
            auc = auc_alone(member, ordered, resamples)
            values.append(auc.value)
            drawn.append(auc.drawn)
            if curves:
                found |= {(name, at): points for name, points in ranking_curves(member, ordered).items()}
    if not values:
        return Estimate(NAN, drawn=np.full(resamples.weights.shape[1], np.nan)), found
    return estimate(float(np.mean(values)), _mean(np.array(drawn), ~np.isnan(drawn))), found


def _of_probabilities(label: Whole, probabilities: Array, sets: Sets) -> tuple[dict[str, Estimate], Curves]:
    """log_loss, ece and the reliability curves of the classes."""
    own = np.take_along_axis(probabilities, label[:, None], axis=1)[:, 0]
    loss = -np.log(np.clip(own, LOWEST, 1 - LOWEST))
    losses = estimates(*({"log_loss": each.sums(loss) / each.sums(np.ones_like(loss))} for each in sets))
    curves: Curves = {
        ("reliability", at): reliability((label == at).astype(float), np.ascontiguousarray(probabilities[:, at]))
        for at in range(probabilities.shape[1])
    }
    return {**losses, "ece": Estimate(float(np.mean([calibration_error(each) for each in curves.values()])))}, curves


def _counts(label: Whole, called: Whole, classes: int, resamples: Resamples) -> tuple[Array, Array, Array]:
    """Rows of each class, called it, and called it rightly (classes down), in each resample (across)."""
    members, flagged = resamples.sums_by(label, classes), resamples.sums_by(called, classes)
    return members, flagged, resamples.sums_by(label, classes, (label == called).astype(float))


def _mean(values: Array, counted: NDArray[np.bool_]) -> Array:
    """Over the rows counted, by column; NaN if none is."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counted, values, 0).sum(axis=0) / counted.sum(axis=0))
