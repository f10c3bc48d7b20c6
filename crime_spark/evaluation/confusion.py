"""Metrics of predicted classes from three counts: rows of the class, rows predicted as it, and correct ones."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.resampling import Array

AVERAGES = tuple(f"{mean}_{name}" for mean in ("macro", "weighted") for name in ("precision", "recall", "f1"))


def by_class(members: Array, called: Array, hits: Array) -> dict[str, Array]:
    """class_precision, class_recall, class_f1 and class_support, each classes x resamples.

    NaN if not defined: precision of a class that is never predicted, recall of a class without rows, F1 if both apply.

    Args:
        members: rows of each class, classes x resamples.
        called: rows predicted as each class.
        hits: rows of each class that are predicted as it.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "class_precision": hits / called,
            "class_recall": hits / members,
            "class_f1": 2 * hits / (members + called),
            "class_support": members,
        }


def averages(members: Array, called: Array, hits: Array) -> dict[str, Array]:
    """macro_ and weighted_ precision, recall and f1 of each resample; undefined values count as 0.

    macro is the mean over classes with actual or predicted rows, weighted is the mean over classes weighted by their
    rows. Arguments are those of `by_class`.
    """
    present = members + called > 0
    result = {}
    for name, values in by_class(members, called, hits).items():
        if name != "class_support":
            defined = np.nan_to_num(values, nan=0.0)
            short = name.removeprefix("class_")
            with np.errstate(invalid="ignore"):
                result[f"macro_{short}"] = np.asarray((defined * present).sum(axis=0) / present.sum(axis=0))
                result[f"weighted_{short}"] = np.asarray((members * defined).sum(axis=0) / members.sum(axis=0))
    return result
