"""Ratios of sums by group of rows, with intervals over resampled blocks: what gold/fairness is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimate

# Groups of fewer rows are not shown: their rates are chance.
FEWEST = 20
TOO_FEW = f"fewer than {FEWEST}"
NOT_RECORDED = "none recorded"

# Metric -> what is summed over the rows of a group, and what that is divided by.
Ratios = Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True)
class OfGroup:
    """Metrics of the rows of one group, n of them."""

    group: str
    metrics: Mapping[str, Estimate]
    n: int


def binary_ratios(label: Array, probability: Array, threshold: float) -> Ratios:
    """base_rate, mean_prediction, calibration_gap (the latter less the former), fpr and fnr at the threshold.

    label is 1 or 0; a row is flagged if its probability reaches the threshold. fpr: flagged / rows of label 0; fnr: not
    flagged / rows of label 1.
    """
    one, flagged = np.ones_like(label), (probability >= threshold).astype(float)
    return {
        "base_rate": (label, one),
        "mean_prediction": (probability, one),
        "calibration_gap": (probability - label, one),
        "fpr": (flagged * (1 - label), 1 - label),
        "fnr": ((1 - flagged) * label, label),
    }


def class_ratios(label: Whole, probabilities: Array) -> Ratios:
    """error_rate of the most probable class, and base_rate_<at>, calibration_gap_<at> of each class by its place."""
    one = np.ones(len(label))
    found = {"error_rate": ((probabilities.argmax(axis=1) != label).astype(float), one)}
    for at in range(probabilities.shape[1]):
        member = (label == at).astype(float)
        found[f"base_rate_{at}"] = (member, one)
        found[f"calibration_gap_{at}"] = (probabilities[:, at] - member, one)
    return found


def number_ratios(label: Array, prediction: Array) -> Ratios:
    """mean_label, mean_prediction, calibration_gap (the latter less the former) and mae, in the unit of the label."""
    one = np.ones_like(label)
    return {
        "mean_label": (label, one),
        "mean_prediction": (prediction, one),
        "calibration_gap": (prediction - label, one),
        "mae": (np.abs(prediction - label), one),
    }


def by_group(ratios: Ratios, names: Sequence[str | None], drawn: Resamples) -> list[OfGroup]:
    """The ratios of each group of rows; names has the group of each row, None being NOT_RECORDED.

    A group of fewer than FEWEST rows is left out; one entry TOO_FEW says how many (`groups`), and has all their rows
    as n. A ratio is NaN where nothing is divided by; such resamples are left out of its interval.
    """
    held, group = np.unique([NOT_RECORDED if name is None else name for name in names], return_inverse=True)
    sizes = np.bincount(group)
    shown = np.flatnonzero(sizes >= FEWEST)
    place = np.full(len(held), -1)
    place[shown] = np.arange(len(shown))
    inside = np.flatnonzero(place[group] >= 0)
    of = place[group[inside]].astype(np.int64)
    found: list[dict[str, Estimate]] = [{} for _ in shown]
    resamples = (all_rows(len(inside)), drawn.of(inside))
    for metric, terms in ratios.items():
        above, below = (term[inside] for term in terms)
        exact, each = (_ratio(some, of, len(shown), above, below) for some in resamples)
        for at in range(len(shown)):
            found[at][metric] = estimate(float(exact[at, 0]), each[at])
    entries = [OfGroup(str(held[at]), found[row], int(sizes[at])) for row, at in enumerate(shown)]
    return [*entries, *_too_few(sizes)]


def _ratio(resamples: Resamples, of: Whole, groups: int, above: Array, below: Array) -> Array:
    """By group (row) and resample (column)."""
    if not groups:
        return np.empty((0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return resamples.sums_by(of, groups, above) / resamples.sums_by(of, groups, below)


def shares(parts: Mapping[str, Array], names: Sequence[str | None], drawn: Resamples) -> list[OfGroup]:
    """The share that each group has of the sum of each part, and for the first two parts, a and b, `a_less_b`.

    Groups are named and left out as in `by_group`; the sums are those of all rows.
    """
    held, group = np.unique([NOT_RECORDED if name is None else name for name in names], return_inverse=True)
    group = group.astype(np.int64)
    sizes = np.bincount(group)
    found: list[dict[str, Array]] = []
    for resamples in (all_rows(len(group)), drawn):
        sums = {name: resamples.sums_by(group, len(held), term) for name, term in parts.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append({name: each / each.sum(axis=0) for name, each in sums.items()})
    one, other = list(parts)[:2]
    for each in found:
        each[f"{one}_less_{other}"] = each[one] - each[other]
    entries = [
        OfGroup(
            str(name),
            {metric: estimate(float(values[at, 0]), found[1][metric][at]) for metric, values in found[0].items()},
            int(sizes[at]),
        )
        for at, name in enumerate(held)
        if sizes[at] >= FEWEST
    ]
    return [*entries, *_too_few(sizes)]


def _too_few(sizes: Whole) -> list[OfGroup]:
    small = sizes[sizes < FEWEST]
    return [OfGroup(TOO_FEW, {"groups": Estimate(float(len(small)))}, int(small.sum()))] if len(small) else []
