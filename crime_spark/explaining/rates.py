"""Metrics by group of rows as ratios of sums, with intervals over resampled blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimate

# Smaller groups are not shown, because their rates are chance.
FEWEST = 20
TOO_FEW = f"fewer than {FEWEST}"
NOT_RECORDED = "none recorded"

# Metric to the terms of numerator and denominator, which are summed over the rows of a group.
Ratios = Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True)
class Groups:
    """Groups of rows.

    Attributes:
        names: names of the groups.
        place: index of the group of each row.
    """

    names: tuple[str, ...]
    place: Whole

    @classmethod
    def of_column(cls, column: pa.ChunkedArray | Sequence[str | None]) -> Groups:
        """The groups of a column, sorted by name; NULL is NOT_RECORDED."""
        values = pa.array(column, pa.string()) if isinstance(column, Sequence) else column.combine_chunks()
        coded = pc.fill_null(values, NOT_RECORDED).dictionary_encode()
        places = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        names, order = np.unique(coded.dictionary.to_pylist(), return_inverse=True)
        return cls(tuple(map(str, names)), order[places] if len(places) else places)

    @property
    def sizes(self) -> Whole:
        """The number of rows of each group."""
        return np.bincount(self.place, minlength=len(self.names))

    def subset(self, chosen: Whole) -> Groups:
        """The same groups for some of the rows."""
        return Groups(self.names, self.place[chosen])

    def is_in(self, name: str) -> NDArray[np.bool_]:
        """Whether each row is in the group."""
        return np.asarray(self.place == self.names.index(name))


@dataclass(frozen=True)
class OfGroup:
    """The metrics of a group and its number of rows, n."""

    group: str
    metrics: Mapping[str, Estimate]
    n: int


def binary_ratios(label: Array, probability: Array, threshold: float) -> Ratios:
    """base_rate, mean_prediction, calibration_gap (mean_prediction - base_rate), fpr and fnr.

    Rows are flagged from the threshold on. fpr is the share of flagged rows with label 0, fnr the share of rows with
    label 1 that are not flagged.
    """
    ones, flagged = np.ones_like(label), (probability >= threshold).astype(float)
    return {
        "base_rate": (label, ones),
        "mean_prediction": (probability, ones),
        "calibration_gap": (probability - label, ones),
        "fpr": (flagged * (1 - label), 1 - label),
        "fnr": ((1 - flagged) * label, label),
    }


def class_ratios(label: Whole, probabilities: Array) -> Ratios:
    """error_rate of the most probable class, and base_rate_<index> and calibration_gap_<index> of each class."""
    ones = np.ones(len(label))
    ratios = {"error_rate": ((probabilities.argmax(axis=1) != label).astype(float), ones)}
    for index in range(probabilities.shape[1]):
        member = (label == index).astype(float)
        ratios[f"base_rate_{index}"] = (member, ones)
        ratios[f"calibration_gap_{index}"] = (probabilities[:, index] - member, ones)
    return ratios


def number_ratios(label: Array, prediction: Array) -> Ratios:
    """mean_label, mean_prediction, calibration_gap (mean_prediction - mean_label) and mae, in the unit of the label."""
    ones = np.ones_like(label)
    return {
        "mean_label": (label, ones),
        "mean_prediction": (prediction, ones),
        "calibration_gap": (prediction - label, ones),
        "mae": (np.abs(prediction - label), ones),
    }


def by_group(ratios: Ratios, groups: Groups, drawn: Resamples) -> list[OfGroup]:
    """The ratios of each group with at least FEWEST rows.

    An entry TOO_FEW has the number of smaller groups (`groups`), and their rows as n. A ratio with denominator 0 is
    NaN; its interval ignores such resamples.
    """
    sizes = groups.sizes
    shown = np.flatnonzero(sizes >= FEWEST)
    row = np.full(len(sizes), -1)
    row[shown] = np.arange(len(shown))
    inside = np.flatnonzero(row[groups.place] >= 0)
    group_of_row = row[groups.place[inside]]
    metrics_by_group: list[dict[str, Estimate]] = [{} for _ in shown]
    resamples = (all_rows(len(inside)), drawn.subset(inside))
    for metric, terms in ratios.items():
        above, below = (term[inside] for term in terms)
        exact, sampled = (_ratio(sample, group_of_row, len(shown), above, below) for sample in resamples)
        for index in range(len(shown)):
            metrics_by_group[index][metric] = estimate(float(exact[index, 0]), sampled[index])
    entries = [OfGroup(groups.names[index], metrics_by_group[row[index]], int(sizes[index])) for index in shown]
    return [*entries, *_too_few(sizes)]


def _ratio(resamples: Resamples, group_of_row: Whole, groups: int, above: Array, below: Array) -> Array:
    """The ratios, groups x resamples."""
    if not groups:
        return np.empty((0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return resamples.sums_by(group_of_row, groups, above) / resamples.sums_by(group_of_row, groups, below)


def shares(parts: Mapping[str, Array], groups: Groups, drawn: Resamples) -> list[OfGroup]:
    """The share of each group in the total of each part, and for the first two parts a and b the difference `a_less_b`.

    Small groups are treated as in `by_group`. Totals include all rows.
    """
    sizes, every = groups.sizes, len(groups.names)
    shares_by_sample: list[dict[str, Array]] = []
    for resamples in (all_rows(len(groups.place)), drawn):
        sums = {name: resamples.sums_by(groups.place, every, term) for name, term in parts.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            shares_by_sample.append({name: sampled / sampled.sum(axis=0) for name, sampled in sums.items()})
    first, second = list(parts)[:2]
    for sampled in shares_by_sample:
        sampled[f"{first}_less_{second}"] = sampled[first] - sampled[second]
    exact, sampled = shares_by_sample
    entries = [
        OfGroup(
            groups.names[index],
            {metric: estimate(float(values[index, 0]), sampled[metric][index]) for metric, values in exact.items()},
            int(sizes[index]),
        )
        for index in np.flatnonzero(sizes >= FEWEST)
    ]
    return [*entries, *_too_few(sizes)]


def _too_few(sizes: Whole) -> list[OfGroup]:
    small = sizes[(sizes > 0) & (sizes < FEWEST)]
    return [OfGroup(TOO_FEW, {"groups": Estimate(float(len(small)))}, int(small.sum()))] if len(small) else []
