"""Metrics of multiclass predictions, with intervals over resampled blocks of rows."""

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
    """The mean AUC of each class against the rest, over the classes with rows and other rows, and their curves.

    Raises:
        ValueError: see `_check`.
    """
    _check(rows)
    values, drawn = [], []
    curves: Curves = {}
    for index in range(rows.predicted.shape[1]):
        member = (rows.label == index).astype(float)
        if 0 < member.sum() < len(member):
            ordered = levels(np.ascontiguousarray(rows.predicted[:, index]))
            auc = auc_estimate(member, ordered, rows.drawn)
            values.append(auc.value)
            drawn.append(auc.drawn)
            curves |= {(name, index): points for name, points in ranking_curves(member, ordered).items()}
    if not values:
        return Findings({"macro_auc": Estimate(NAN, drawn=np.full(rows.drawn.weights.shape[1], np.nan))})
    macro_auc = estimate(float(np.mean(values)), _mean(np.array(drawn), ~np.isnan(drawn)))
    return Findings({"macro_auc": macro_auc}, curves=curves)


@FORMULAS.computes(
    *("accuracy", *AVERAGES, *OF_PROBABILITIES, *(f"{name}_calibrated" for name in OF_PROBABILITIES)),
    *("rows", "validation_rows"),
)
def _others(rows: Rows) -> Findings:
    """Metrics of probabilities and of predicted classes, metrics by class, and the reliability curves.

    The predicted class is the most probable one, the first if several are equal. The calibration is chosen on
    `rows.chosen_on`; without these rows calibrated metrics are NaN.

    ece is the mean over classes of the expected calibration error against the rest (Kull et al. 2019, "Beyond
    temperature scaling"). log_loss is in nats, with probabilities clipped to [1e-15, 1 - 1e-15]. Both also have the
    suffix _calibrated. The other metrics are accuracy and those of confusion.py. Curves: reliability and
    reliability_calibrated of each class against the rest.

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
        calibrated_probabilities = calibrated_classes(
            rows.chosen_on[0].astype(np.int64), rows.chosen_on[1], probabilities
        )
        calibrated, calibrated_curves = _of_probabilities(label, calibrated_probabilities, sets)
        curves |= {(f"{name}_calibrated", index): points for (name, index), points in calibrated_curves.items()}
    called = probabilities.argmax(axis=1)
    counts = [_counts(label, called, classes, sample) for sample in sets]
    return Findings(
        {
            **estimates(*({"accuracy": sample[2].sum(axis=0) / sample[0].sum(axis=0)} for sample in counts)),
            **estimates(*(averages(*sample) for sample in counts)),
            **metrics,
            **{f"{name}_calibrated": estimate for name, estimate in calibrated.items()},
            **rows.counts,
        },
        of_classes_of(*(by_class(*sample) for sample in counts)),
        curves,
        np.bincount(label * classes + called, minlength=classes**2).reshape(classes, -1),
    )


def _check(rows: Rows) -> None:
    """Raise ValueError if a label has no column of probabilities, or the numbers of labels and rows differ."""
    label, classes = rows.label, rows.predicted.shape[1]
    if len(label) != len(rows.predicted):
        raise ValueError(f"{len(label)} labels for {len(rows.predicted)} rows of probabilities")
    if label.min() < 0 or label.max() >= classes:
        raise ValueError(f"labels {label.min()} to {label.max()} for {classes} classes")


def _of_probabilities(label: Whole, probabilities: Array, sets: Sets) -> tuple[dict[str, Estimate], Curves]:
    """log_loss, ece and the reliability curves of the classes."""
    of_label = np.take_along_axis(probabilities, label[:, None], axis=1)[:, 0]
    loss = -np.log(np.clip(of_label, LOWEST, 1 - LOWEST))
    losses = estimates(*({"log_loss": sample.sums(loss) / sample.sums(np.ones_like(loss))} for sample in sets))
    curves: Curves = {
        ("reliability", index): reliability(
            (label == index).astype(float), np.ascontiguousarray(probabilities[:, index])
        )
        for index in range(probabilities.shape[1])
    }
    return {
        **losses,
        "ece": Estimate(float(np.mean([calibration_error(sample) for sample in curves.values()]))),
    }, curves


def _counts(label: Whole, called: Whole, classes: int, resamples: Resamples) -> tuple[Array, Array, Array]:
    """Rows of each class, rows predicted as it, and correct rows, each classes x resamples."""
    members, flagged = resamples.sums_by(label, classes), resamples.sums_by(called, classes)
    return members, flagged, resamples.sums_by(label, classes, (label == called).astype(float))


def _mean(values: Array, counted: NDArray[np.bool_]) -> Array:
    """The mean over counted rows, by column; NaN if no row is counted."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counted, values, 0).sum(axis=0) / counted.sum(axis=0))
