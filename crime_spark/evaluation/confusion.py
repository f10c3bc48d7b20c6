"""Metrics of called classes from three counts of each: its rows, the rows called it, and those called it rightly."""

from __future__ import annotations

import numpy as np

from crime_spark.evaluation.resampling import Array

AVERAGES = tuple(f"{mean}_{name}" for mean in ("macro", "weighted") for name in ("precision", "recall", "f1"))


def by_class(members: Array, called: Array, hits: Array) -> dict[str, Array]:
    """class_precision, class_recall, class_f1 and class_support; classes down, resamples across.

    NaN where not defined: precision of a class that is never called, recall of one without rows, F1 where both hold.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "class_precision": hits / called,
            "class_recall": hits / members,
            "class_f1": 2 * hits / (members + called),
            "class_support": members,
        }


def averages(members: Array, called: Array, hits: Array) -> dict[str, Array]:
    """macro_ and weighted_ precision, recall and f1 of each resample, what is not defined counting as 0.

    macro is the mean over the classes that any row is of or is called, weighted the mean over the rows' own classes.
    """
    met = members + called > 0
    result = {}
    for name, values in by_class(members, called, hits).items():
        if name != "class_support":
            plain = np.nan_to_num(values, nan=0.0)
            short = name.removeprefix("class_")
            with np.errstate(invalid="ignore"):
                result[f"macro_{short}"] = np.asarray((plain * met).sum(axis=0) / met.sum(axis=0))
                result[f"weighted_{short}"] = np.asarray((members * plain).sum(axis=0) / members.sum(axis=0))
    return result
