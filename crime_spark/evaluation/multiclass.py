"""Metrics of predictions of one class among several, with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.binary import LOWEST, of_classes_of
from crime_spark.evaluation.calibration import calibrated_classes, calibration_error, reliability
from crime_spark.evaluation.confusion import AVERAGES, averages, by_class
from crime_spark.evaluation.curves import ranking_curves
from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.formulas import Formulas, Rows
from crime_spark.evaluation.ranking import auc_estimate, levels
from crime_spark.evaluation.resampling import (
    NAN,
    Array,
    Estimate,
    Resamples,
    Whole,
    all_rows,
    estimate,
    estimates,
)

OF_PROBABILITIES = ("log_loss", "ece")
FORMULAS = Formulas()
Sets = tuple[Resamples, Resamples]
Curves = dict[tuple[str, int | None], Points]


@FORMULAS.computes("macro_auc")
def _macro_auc(rows: Rows) -> Findings:
    """The mean of each class's AUC against the rest, over the classes that some of the rows are of and some not.

    Curves are those of curves.py, of each class against the rest.

    Raises:
        ValueError: see `_check`.
    """
    _check(rows)
    values, drawn = [], []
    curves: Curves = {}
    for at in range(rows.predicted.shape[1]):
        member = (rows.label == at).astype(float)
        if 0 < member.sum() < len(member):
            ordered = levels(np.ascontiguousarray(rows.predicted[:, at]))
            auc = auc_estimate(member, ordered, rows.drawn)
            values.append(auc.value)
            drawn.append(auc.drawn)
            curves |= {(name, at): points for name, points in ranking_curves(member, ordered).items()}
    if not values:
        return Findings({"macro_auc": Estimate(NAN, drawn=np.full(rows.drawn.weights.shape[1], np.nan))})
    macro_auc = estimate(float(np.mean(values)), _mean(np.array(drawn), ~np.isnan(drawn)))
    return Findings({"macro_auc": macro_auc}, curves=curves)


@FORMULAS.computes(
    *("accuracy", *AVERAGES, *OF_PROBABILITIES, *(f"{name}_calibrated" for name in OF_PROBABILITIES)),
    *("rows", "validation_rows"),
)
def _others(rows: Rows) -> Findings:
    """Metrics of probabilities and of called rows, those by class, and the reliability curves.

    The class called is the most probable one, the first of equals. On chosen_on the calibration is chosen; without it
    what is calibrated is NaN. In a resample all is said of its own rows.

    ece is the mean of the classes' expected calibration errors against the rest (Kull et al. 2019, "Beyond temperature
    scaling"); log_loss is in nats, probabilities cut to [1e-15, 1 - 1e-15]; both also _calibrated. accuracy, and by
    class and on average what confusion.py has. Curves are reliability, and reliability_calibrated, of each class
    against the rest.

    Raises:
        ValueError: see `_check`.
    """
    _check(rows)
    label, probabilities = rows.label, rows.predicted
    classes, sets = probabilities.shape[1], (all_rows(len(label)), rows.drawn)
    metrics, curves = _of_probabilities(label, probabilities, sets)
    if rows.chosen_on is None:
        calibrated = dict.fromkeys(metrics, Estimate(NAN))
    else:
        after = calibrated_classes(rows.chosen_on[0].astype(np.int64), rows.chosen_on[1], probabilities)
        calibrated, bent = _of_probabilities(label, after, sets)
        curves |= {(f"{name}_calibrated", at): points for (name, at), points in bent.items()}
    called = probabilities.argmax(axis=1)
    counts = [_counts(label, called, classes, each) for each in sets]
    return Findings(
        {
            **estimates(*({"accuracy": each[2].sum(axis=0) / each[0].sum(axis=0)} for each in counts)),
            **estimates(*(averages(*each) for each in counts)),
            **metrics,
            **{f"{name}_calibrated": estimate for name, estimate in calibrated.items()},
            **rows.counts,
        },
        of_classes_of(*(by_class(*each) for each in counts)),
        curves,
        np.bincount(label * classes + called, minlength=classes**2).reshape(classes, -1),
    )


def _check(rows: Rows) -> None:
    """Raise ValueError if a label is no column of the probabilities, or there are not as many labels as rows."""
    label, classes = rows.label, rows.predicted.shape[1]
    if len(label) != len(rows.predicted):
        raise ValueError(f"{len(label)} labels for {len(rows.predicted)} rows of probabilities")
    if label.min() < 0 or label.max() >= classes:
        raise ValueError(f"labels {label.min()} to {label.max()} for {classes} classes")


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
