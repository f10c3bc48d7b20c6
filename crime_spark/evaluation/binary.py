"""Metrics of binary predictions, with intervals over resampled blocks of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.calibration import calibration, calibration_error, reliability
from crime_spark.evaluation.confusion import AVERAGES, averages, by_class
from crime_spark.evaluation.curves import ranking_curves
from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.formulas import Formulas, Rows
from crime_spark.evaluation.ranking import auc_estimate, average_precision_estimate, levels
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
from crime_spark.evaluation.validation import DEFAULT_THRESHOLD, best_threshold

# Probabilities are clipped for the log loss, because a wrong probability of 0 or 1 would make it infinite.
LOWEST = 1e-15
Flags = NDArray[np.bool_]

OF_PROBABILITIES = ("log_loss", "brier", "ece")
CALLED = ("accuracy", "precision", "recall", "f1")
FORMULAS = Formulas()


@FORMULAS.computes("auc")
def _auc(rows: Rows) -> Findings:
    return Findings({"auc": auc_estimate(rows.label, rows.ordered, rows.drawn)})


@FORMULAS.computes("pr_auc")
def _pr_auc(rows: Rows) -> Findings:
    return Findings({"pr_auc": average_precision_estimate(rows.label, rows.ordered, rows.drawn)})


@FORMULAS.computes(
    *(*OF_PROBABILITIES, *(f"{name}_calibrated" for name in OF_PROBABILITIES)),
    *("threshold", *CALLED, *(f"{name}_at_half" for name in CALLED), *AVERAGES, "tp", "fp", "tn", "fn"),
    "validation_rows",
)
def _others(rows: Rows) -> Findings:
    """Metrics of probabilities and of classified rows, metrics by class, and all curves.

    The threshold (with the largest F1) and the calibration are chosen on `rows.chosen_on`. Without these rows the
    threshold is 0.5 and calibrated metrics are NaN.

    Metrics of probabilities: log_loss (in nats, probabilities clipped to [1e-15, 1 - 1e-15]), brier and ece (see
    calibration.py), and the three with the suffix _calibrated. Metrics of rows classified as positive from the
    threshold on: accuracy, precision, recall, f1, tp, fp, tn, fn, and the metrics of confusion.py. The first four have
    the suffix _at_half for a threshold of 0.5. Curves: those of curves.py, reliability, and reliability_calibrated.
    """
    label, probability = rows.label, rows.predicted
    threshold, calibrate = DEFAULT_THRESHOLD, None
    if rows.chosen_on is not None:
        threshold = best_threshold(rows.chosen_on[0], levels(rows.chosen_on[1]))
        calibrate = calibration(*rows.chosen_on)
    calibrated_probability = calibrate(probability) if calibrate else None
    sets = (all_rows(len(label)), rows.drawn)
    metrics, curve = _of_probabilities(label, probability, sets)
    curves = {**ranking_curves(label, rows.ordered), "reliability": curve}
    if calibrated_probability is not None:
        calibrated, curves["reliability_calibrated"] = _of_probabilities(label, calibrated_probability, sets)
    else:
        calibrated = dict.fromkeys(OF_PROBABILITIES, Estimate(NAN))
    called = [_called(label, probability >= threshold, sample) for sample in sets]
    at_half = estimates(*(_counted(label, probability >= DEFAULT_THRESHOLD, sample) for sample in sets))
    return Findings(
        {
            **metrics,
            **{f"{name}_calibrated": estimate for name, estimate in calibrated.items()},
            **estimates(called[0][0], called[1][0]),
            **{f"{name}_at_half": estimate for name, estimate in at_half.items()},
            "threshold": Estimate(threshold),
            **rows.counts,
        },
        of_classes_of(called[0][1], called[1][1]),
        {(name, None): points for name, points in curves.items()},
        _confusion(called[0][0]),
    )


def of_classes_of(exact: dict[str, Array], drawn: dict[str, Array]) -> dict[tuple[str, int], Estimate]:
    """Estimates of metrics by name and class, from the results of `by_class`; class_support has no interval.

    Args:
        exact: metric to values over all rows, classes x 1.
        drawn: metric to values over the resamples, classes x resamples.
    """
    return {
        (name, index): Estimate(float(value[0]))
        if name == "class_support"
        else estimate(float(value[0]), drawn[name][index])
        for name, values in exact.items()
        for index, value in enumerate(values)
    }


def _of_probabilities(
    label: Array, probability: Array, sets: tuple[Resamples, Resamples]
) -> tuple[dict[str, Estimate], Points]:
    """log_loss, brier, ece and the reliability curve."""
    curve, cut = reliability(label, probability), np.clip(probability, LOWEST, 1 - LOWEST)
    losses = {
        "log_loss": -(label * np.log(cut) + (1 - label) * np.log1p(-cut)),
        "brier": (label - probability) ** 2,
    }
    values = []
    for sample in sets:
        rows = sample.sums(np.ones_like(label))
        values.append({name: sample.sums(loss) / rows for name, loss in losses.items()})
    return {**estimates(*values), "ece": Estimate(calibration_error(curve))}, curve


def _called(label: Array, flag: Flags, resamples: Resamples) -> tuple[dict[str, Array], dict[str, Array]]:
    """The metrics of classified rows in each resample, and the metrics by class."""
    counts = _counted(label, flag, resamples)
    tp, fp, tn, fn = (counts[name] for name in ("tp", "fp", "tn", "fn"))
    members, called, hits = np.stack([tn + fp, tp + fn]), np.stack([tn + fn, tp + fp]), np.stack([tn, tp])
    return {**counts, **averages(members, called, hits)}, by_class(members, called, hits)


def _counted(label: Array, flag: Flags, resamples: Resamples) -> dict[str, Array]:
    """Counts of rows, and the metrics computed from them, in each resample."""
    flagged = flag.astype(float)
    tp, fp = resamples.sums(flagged * label), resamples.sums(flagged * (1 - label))
    tn, fn = resamples.sums((1 - flagged) * (1 - label)), resamples.sums((1 - flagged) * label)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "accuracy": (tp + tn) / (tp + fp + tn + fn),
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            **{"tp": tp, "fp": fp, "tn": tn, "fn": fn},
        }


def _confusion(counted: dict[str, Array]) -> Whole:
    tn, fp, fn, tp = (int(counted[name][0]) for name in ("tn", "fp", "fn", "tp"))
    return np.array([[tn, fp], [fn, tp]])
