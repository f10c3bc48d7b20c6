"""What the training rows alone say of a label: which classes there are, what a hotspot is, which units there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.tasks.grain import OTHER, Kind, MultiClass, Ranking, Regression

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
        if not isinstance(self.kind, MultiClass) or self.classes is None:
            return examples
        index = F.element_at(F.array(*(F.lit(place) for place in self._places())), F.col("label").cast("int") + 1)
        return examples.withColumn("label", index.cast("double")).where("label IS NOT NULL")

    def labels(self, label: _Floats) -> _Floats:
        """`labelled` for labels of examples in memory; NaN where a row has no label."""
        if not isinstance(self.kind, MultiClass) or self.classes is None:
            return label
        places = np.array([np.nan if place is None else place for place in self._places()], np.float64)
        return np.asarray(places[label.astype(np.int64)])

    def labels_for_fitting(self, label: _Floats, kind: type) -> _Floats:
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

    def for_fitting(self, rows: DataFrame, kind: type) -> DataFrame:
        """Labelled rows with the label that a learner of that kind is given."""
        if not isinstance(self.kind, Ranking) or kind is Regression:  # counts
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
    if isinstance(kind, Ranking):
        sums = training.groupBy("unit").agg(F.sum("label").alias("happened")).where("happened > 0").collect()
        units = frozenset(row["unit"] for row in sums)
        within = Target(kind, 0.0, units=units).in_universe(training)
        counts = {int(row["label"]): row["count"] for row in within.groupBy("label").count().collect()}
        k = hotspot_count(counts, kind.top_share)
        reached = sum(rows for count, rows in counts.items() if count >= k)
        return Target(kind, reached / sum(counts.values()), k=k, units=units)
    if isinstance(kind, MultiClass):
        rows = {kind.classes[int(r["label"])]: r["count"] for r in training.groupBy("label").count().collect()}
        classes = classes_apart(rows, kind)
        return Target(kind, max(rows.values()) / sum(rows.values()), classes=classes)
    return Target(kind, mean)


def target_of_labels(label: _Floats, units: Sequence[str | None], kind: Kind) -> Target:
    """`target_of` for the labels of training rows in memory; units (of rankings) has the unit of each row."""
    if isinstance(kind, Ranking):
        unit = np.asarray(units, dtype=object)
        happened = frozenset(unit[label > 0].tolist()) - {None}
        within = label[np.fromiter((name in happened for name in unit), bool, len(unit))]
        counts = {int(value): int(rows) for value, rows in zip(*np.unique(within, return_counts=True), strict=True)}
        k = hotspot_count(counts, kind.top_share)
        return Target(kind, float((within >= k).mean()), k=k, units=happened)
    if isinstance(kind, MultiClass):
        numbers = np.bincount(label.astype(np.int64), minlength=len(kind.classes)).tolist()
        rows = {name: number for name, number in zip(kind.classes, numbers, strict=True) if number}
        return Target(kind, max(rows.values()) / sum(rows.values()), classes=classes_apart(rows, kind))
    return Target(kind, float(label.mean()))


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
