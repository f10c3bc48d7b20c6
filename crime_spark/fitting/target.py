"""What the training rows alone say of a label: which classes there are, what a hotspot is, which units there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.kinds import OTHER, Kind, MultiClass, Ranking, Regression

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """The label of a cell.

    base_rate is the share of training rows that are 1, reach k, or are of the most frequent class, or else the mean
    label. classes are those that are told apart, k is what a hotspot reaches, units are those in which something
    happened in training: None where the kind of task has no such thing.
    """

    kind: Kind
    base_rate: float
    classes: tuple[str, ...] | None = None
    k: int | None = None
    units: frozenset[str] | None = None

    def labelled(self, examples: DataFrame) -> DataFrame:
        """Examples with the label that predictions have: an index into the cell's own classes, else as it is."""
        if self.classes is None:
            return examples
        index = F.element_at(F.array(*(F.lit(place) for place in self._places())), F.col("label").cast("int") + 1)
        return examples.withColumn("label", index.cast("double")).where("label IS NOT NULL")

    def labels(self, label: _Floats) -> _Floats:
        """`labelled` for labels of examples in memory; NaN where a row has no label."""
        if self.classes is None:
            return label
        places = np.array([np.nan if place is None else place for place in self._places()], np.float64)
        return np.asarray(places[label.astype(np.int64)])

    def labels_for_fitting(self, label: _Floats, kind: type[Kind]) -> _Floats:
        """`for_fitting` for labels in memory."""
        if self.k is None or kind is Regression:
            return label
        return (label >= self.k).astype(np.float64)

    def _places(self) -> list[int | None]:
        """The place among the cell's classes of each class of the task."""
        if not isinstance(self.kind, MultiClass) or self.classes is None:
            raise ValueError(f"Target: {self.kind} has no classes")
        places = {name: place for place, name in enumerate(self.classes)}
        return [places.get(name, places.get(OTHER)) for name in self.kind.classes]

    def for_fitting(self, rows: DataFrame, kind: type[Kind]) -> DataFrame:
        """Labelled rows with the label that a learner of that kind is given."""
        if self.k is None or kind is Regression:  # counts
            return rows
        return rows.withColumn("label", (F.col("label") >= F.lit(self.k)).cast("double"))

    def in_universe(self, rows: DataFrame) -> DataFrame:
        """The rows of units in which something happened in training."""
        return rows if self.units is None else rows.join(self._units(rows), on="unit", how="left_semi")

    def outside(self, rows: DataFrame) -> DataFrame:
        """The rows of other units; none where the kind of task has no units."""
        return rows.where("false") if self.units is None else rows.join(self._units(rows), on="unit", how="left_anti")

    def _units(self, rows: DataFrame) -> DataFrame:
        held = [(unit,) for unit in sorted(self.units or ())]
        return F.broadcast(rows.sparkSession.createDataFrame(held, "unit STRING"))


def target_of(training: DataFrame, kind: Kind, mean: float) -> Target:
    """From the examples of the training years alone, of whose labels the mean is known."""
    target = Target(kind, mean)
    if kind.is_ranked:
        sums = training.groupBy("unit").agg(F.sum("label").alias("happened")).where("happened > 0").collect()
        target = replace(target, units=frozenset(row["unit"] for row in sums))
    if isinstance(kind, MultiClass | Ranking):
        rows = target.in_universe(training).groupBy("label").count().collect()
        return _with_counts(target, kind, {int(row["label"]): row["count"] for row in rows})
    return target


def target_of_labels(label: _Floats, units: Sequence[str | None], kind: Kind) -> Target:
    """`target_of` for the labels of training rows in memory; units (of rankings) has the unit of each row."""
    target = Target(kind, float(label.mean()))
    if kind.is_ranked:
        happened = frozenset(np.asarray(units, dtype=object)[label > 0].tolist()) - {None}
        label = label[np.fromiter((name in happened for name in units), bool, len(units))]
        target = replace(target, units=happened)
    if isinstance(kind, MultiClass | Ranking):
        counts = zip(*np.unique(label, return_counts=True), strict=True)
        return _with_counts(target, kind, {int(value): int(rows) for value, rows in counts})
    return target


def _with_counts(target: Target, kind: MultiClass | Ranking, counts: Mapping[int, int]) -> Target:
    """The target with classes or k and its base rate; counts has the number of training rows of each label."""
    if isinstance(kind, MultiClass):
        rows = {kind.classes[label]: number for label, number in counts.items()}
        return replace(target, base_rate=max(rows.values()) / sum(rows.values()), classes=classes_apart(rows, kind))
    k = hotspot_count(counts, kind.top_share)
    reached = sum(number for count, number in counts.items() if count >= k)
    total = sum(counts.values())
    return replace(target, base_rate=reached / total if total else float("nan"), k=k)


def hotspot_count(rows: Mapping[int, int], top_share: float) -> int:
    """The smallest whole number, 1 or more, that at most top_share of rows (count -> how many have it) reach."""
    total, k = sum(rows.values()), 1
    while sum(number for count, number in rows.items() if count >= k) > top_share * total:
        k += 1
    return k


def classes_apart(rows: Mapping[str, int], kind: MultiClass) -> tuple[str, ...]:
    """The classes with rows, in the order of the task, those of too small a share folded into a last one, OTHER.

    OTHER is there as well if some class has no training rows at all: the year scored may have some.
    """
    least = kind.least_share * sum(rows.values())
    kept = tuple(name for name in kind.classes if rows.get(name, 0) >= max(least, 1) and name != OTHER)
    return kept if len(kept) == len(kind.classes) else (*kept, OTHER)
