"""Metrics of binary predictions with intervals over resampled blocks of rows."""

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

# Of log loss: a probability of 0 or 1 that is wrong would make it infinite.
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
    """Metrics of probabilities and of called rows, those by class, and every curve.

    On chosen_on the threshold is chosen, the one with the largest F1, and the probabilities' calibration. Without it
    the threshold is 0.5 and what is calibrated is NaN.

    Of probabilities: log_loss (in nats, probabilities cut to [1e-15, 1 - 1e-15]), brier, ece (calibration.py), and the
    three _calibrated. Of rows called positive from the threshold on: accuracy, precision, recall, f1, tp, fp, tn, fn,
    and by class and on average what confusion.py has; the first four _at_half with a threshold of 0.5. Curves are those
    of curves.py, reliability, and reliability_calibrated.
    """
    label, probability = rows.label, rows.predicted
    threshold, how = DEFAULT_THRESHOLD, None
    if rows.chosen_on is not None:
        threshold = best_threshold(rows.chosen_on[0], levels(rows.chosen_on[1]))
        how = calibration(*rows.chosen_on)
    after = how(probability) if how else None
    sets = (all_rows(len(label)), rows.drawn)
    metrics, curve = _of_probabilities(label, probability, sets)
    curves = {**ranking_curves(label, rows.ordered), "reliability": curve}
    if after is not None:
        calibrated, curves["reliability_calibrated"] = _of_probabilities(label, after, sets)
    else:
        calibrated = dict.fromkeys(OF_PROBABILITIES, Estimate(NAN))
    called = [_called(label, probability >= threshold, each) for each in sets]
    at_half = estimates(*(_counted(label, probability >= DEFAULT_THRESHOLD, each) for each in sets))
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
    """Estimates by name and class of what `by_class` gives of all rows and of resamples; support has no interval."""
    return {
        (name, at): Estimate(float(value[0])) if name == "class_support" else estimate(float(value[0]), drawn[name][at])
        for name, values in exact.items()
        for at, value in enumerate(values)
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
    for each in sets:
        rows = each.sums(np.ones_like(label))
        values.append({name: each.sums(loss) / rows for name, loss in losses.items()})
    return {**estimates(*values), "ece": Estimate(calibration_error(curve))}, curve


def _called(label: Array, flag: Flags, resamples: Resamples) -> tuple[dict[str, Array], dict[str, Array]]:
    """The metrics of called rows in each resample, and those by class."""
    found = _counted(label, flag, resamples)
    tp, fp, tn, fn = (found[name] for name in ("tp", "fp", "tn", "fn"))
    members, called, hits = np.stack([tn + fp, tp + fn]), np.stack([tn + fn, tp + fp]), np.stack([tn, tp])
    return {**found, **averages(members, called, hits)}, by_class(members, called, hits)


def _counted(label: Array, flag: Flags, resamples: Resamples) -> dict[str, Array]:
    """What is made of counts of rows, in each resample."""
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
