"""The target of a cell, determined by its training rows: classes, the count of a hotspot, and units."""

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

    Attributes:
        kind: the kind of the task.
        base_rate: the share of training rows with label 1, with at least k, or of the most frequent class; the mean
            label of a regression.
        classes: the classes of the cell; None without classes.
        k: the least count of a hotspot; None except for rankings.
        units: units with incidents in training; None except for rankings.
    """

    kind: Kind
    base_rate: float
    classes: tuple[str, ...] | None = None
    k: int | None = None
    units: frozenset[str] | None = None

    def labelled(self, examples: DataFrame) -> DataFrame:
        """Replace the label of examples by the index of the cell's class; without classes, they do not change."""
        if self.classes is None:
            return examples
        index = F.element_at(F.array(*(F.lit(place) for place in self._places())), F.col("label").cast("int") + 1)
        return examples.withColumn("label", index.cast("double")).where("label IS NOT NULL")

    def labels(self, label: _Floats) -> _Floats:
        """`labelled` for labels in memory; NaN for rows without a label."""
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
        """The index in the classes of the cell, for each class of the task."""
        if not isinstance(self.kind, MultiClass) or self.classes is None:
            raise ValueError(f"Target: {self.kind} has no classes")
        places = {name: place for place, name in enumerate(self.classes)}
        return [places.get(name, places.get(OTHER)) for name in self.kind.classes]

    def for_fitting(self, rows: DataFrame, kind: type[Kind]) -> DataFrame:
        """Labelled rows with the label for a learner that fits this kind."""
        if self.k is None or kind is Regression:  # counts
            return rows
        return rows.withColumn("label", (F.col("label") >= F.lit(self.k)).cast("double"))

    def in_universe(self, rows: DataFrame) -> DataFrame:
        """The rows of units with incidents in training."""
        return rows if self.units is None else rows.join(self._units(rows), on="unit", how="left_semi")

    def outside(self, rows: DataFrame) -> DataFrame:
        """The rows of other units; empty if the target has no units."""
        return rows.where("false") if self.units is None else rows.join(self._units(rows), on="unit", how="left_anti")

    def _units(self, rows: DataFrame) -> DataFrame:
        rows_of_units = [(unit,) for unit in sorted(self.units or ())]
        return F.broadcast(rows.sparkSession.createDataFrame(rows_of_units, "unit STRING"))


def target_of(training: DataFrame, kind: Kind, mean: float) -> Target:
    """The target of training rows, whose mean label is given."""
    target = Target(kind, mean)
    if kind.is_ranked:
        sums = training.groupBy("unit").agg(F.sum("label").alias("incidents")).where("incidents > 0").collect()
        target = replace(target, units=frozenset(row["unit"] for row in sums))
    if isinstance(kind, MultiClass | Ranking):
        rows = target.in_universe(training).groupBy("label").count().collect()
        return _with_counts(target, kind, {int(row["label"]): row["count"] for row in rows})
    return target


def target_of_labels(label: _Floats, units: Sequence[str | None], kind: Kind) -> Target:
    """`target_of` for labels of training rows in memory; for rankings, `units` has the unit of each row."""
    target = Target(kind, float(label.mean()))
    if kind.is_ranked:
        active_units = frozenset(np.asarray(units, dtype=object)[label > 0].tolist()) - {None}
        label = label[np.fromiter((name in active_units for name in units), bool, len(units))]
        target = replace(target, units=active_units)
    if isinstance(kind, MultiClass | Ranking):
        counts = zip(*np.unique(label, return_counts=True), strict=True)
        return _with_counts(target, kind, {int(value): int(rows) for value, rows in counts})
    return target


def _with_counts(target: Target, kind: MultiClass | Ranking, counts: Mapping[int, int]) -> Target:
    """The target with classes or k and its base rate, from the number of training rows by label."""
    if isinstance(kind, MultiClass):
        rows = {kind.classes[label]: number for label, number in counts.items()}
        return replace(target, base_rate=max(rows.values()) / sum(rows.values()), classes=classes_apart(rows, kind))
    k = hotspot_count(counts, kind.top_share)
    reached = sum(number for count, number in counts.items() if count >= k)
    total = sum(counts.values())
    return replace(target, base_rate=reached / total if total else float("nan"), k=k)


def hotspot_count(rows: Mapping[int, int], top_share: float) -> int:
    """The smallest positive whole number that at most `top_share` of rows reach, from the number of rows by count."""
    total, k = sum(rows.values()), 1
    while sum(number for count, number in rows.items() if count >= k) > top_share * total:
        k += 1
    return k


def classes_apart(rows: Mapping[str, int], kind: MultiClass) -> tuple[str, ...]:
    """The classes with enough training rows in the order of the task, then OTHER if a class is missing.

    OTHER is also needed for classes without training rows, because the test year can have them.
    """
    least = kind.least_share * sum(rows.values())
    kept = tuple(name for name in kind.classes if rows.get(name, 0) >= max(least, 1) and name != OTHER)
    return kept if len(kept) == len(kind.classes) else (*kept, OTHER)
