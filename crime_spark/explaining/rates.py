"""Ratios of sums by group of rows, with intervals over resampled blocks: what gold/fairness is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimate

# Groups of fewer rows are not shown: their rates are chance.
FEWEST = 20
TOO_FEW = f"fewer than {FEWEST}"
NOT_RECORDED = "none recorded"

# Metric -> what is summed over the rows of a group, and what that is divided by.
Ratios = Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True)
class Groups:
    """The names of groups, and for each row the place of its own among them."""

    names: tuple[str, ...]
    place: Whole

    @classmethod
    def of_column(cls, column: pa.ChunkedArray | Sequence[str | None]) -> Groups:
        """Groups in the order of their names; NULL is NOT_RECORDED."""
        held = pa.array(column, pa.string()) if isinstance(column, Sequence) else column.combine_chunks()
        coded = pc.fill_null(held, NOT_RECORDED).dictionary_encode()
        places = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        names, order = np.unique(coded.dictionary.to_pylist(), return_inverse=True)
        return cls(tuple(map(str, names)), order[places] if len(places) else places)

    @property
    def sizes(self) -> Whole:
        """The number of rows of each."""
        return np.bincount(self.place, minlength=len(self.names))

    def of(self, chosen: Whole) -> Groups:
        """The same groups of the chosen rows alone."""
        return Groups(self.names, self.place[chosen])

    def is_in(self, name: str) -> NDArray[np.bool_]:
        """Whether each row is of the group of that name."""
        return np.asarray(self.place == self.names.index(name))


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


def by_group(ratios: Ratios, groups: Groups, drawn: Resamples) -> list[OfGroup]:
    """The ratios of each group of rows that has any.

    A group of fewer than FEWEST rows is left out; one entry TOO_FEW says how many (`groups`), and has all their rows
    as n. A ratio is NaN where nothing is divided by; such resamples are left out of its interval.
    """
    sizes = groups.sizes
    shown = np.flatnonzero(sizes >= FEWEST)
    row = np.full(len(sizes), -1)
    row[shown] = np.arange(len(shown))
    inside = np.flatnonzero(row[groups.place] >= 0)
    of = row[groups.place[inside]]
    found: list[dict[str, Estimate]] = [{} for _ in shown]
    resamples = (all_rows(len(inside)), drawn.subset(inside))
    for metric, terms in ratios.items():
        above, below = (term[inside] for term in terms)
        exact, each = (_ratio(some, of, len(shown), above, below) for some in resamples)
        for at in range(len(shown)):
            found[at][metric] = estimate(float(exact[at, 0]), each[at])
    entries = [OfGroup(groups.names[at], found[row[at]], int(sizes[at])) for at in shown]
    return [*entries, *_too_few(sizes)]


def _ratio(resamples: Resamples, of: Whole, groups: int, above: Array, below: Array) -> Array:
    """By group (row) and resample (column)."""
    if not groups:
        return np.empty((0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return resamples.sums_by(of, groups, above) / resamples.sums_by(of, groups, below)


def shares(parts: Mapping[str, Array], groups: Groups, drawn: Resamples) -> list[OfGroup]:
    """The share that each group has of the sum of each part, and for the first two parts, a and b, `a_less_b`.

    Groups are left out as in `by_group`; the sums are those of all rows.
    """
    sizes, every = groups.sizes, len(groups.names)
    found: list[dict[str, Array]] = []
    for resamples in (all_rows(len(groups.place)), drawn):
        sums = {name: resamples.sums_by(groups.place, every, term) for name, term in parts.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append({name: each / each.sum(axis=0) for name, each in sums.items()})
    one, other = list(parts)[:2]
    for each in found:
        each[f"{one}_less_{other}"] = each[one] - each[other]
    exact, each = found
    entries = [
        OfGroup(
            groups.names[at],
            {metric: estimate(float(values[at, 0]), each[metric][at]) for metric, values in exact.items()},
            int(sizes[at]),
        )
        for at in np.flatnonzero(sizes >= FEWEST)
    ]
    return [*entries, *_too_few(sizes)]


def _too_few(sizes: Whole) -> list[OfGroup]:
    small = sizes[(sizes > 0) & (sizes < FEWEST)]
    return [OfGroup(TOO_FEW, {"groups": Estimate(float(len(small)))}, int(small.sum()))] if len(small) else []
