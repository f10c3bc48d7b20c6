"""SMOTE (Chawla et al. 2002): rows of rare classes interpolated between neighbours, in one task for each cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.learners.estimators.class_balance import Classes, Treatment, drawn
from crime_spark.learners.learner import Settings
from crime_spark.learners.space import Whole
from crime_spark.vectors.preparation import VECTOR, WEIGHT

# Neighbours are sought among so many rows of a class at a time, and as many are made of them at most: with categories,
# imbalanced-learn holds every category of every neighbour of every row that it makes.
TOGETHER = 2000

Matrix = NDArray[np.float64]


def smote(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """rows, and for each class but the largest rows between neighbours of it, until it weighs as much as that one.

    At most smoteRows are made of a class, each of which then stands for several, out of about as many of its rows,
    drawn by their hash. A number is between those of both neighbours, a category the most frequent of the neighbours'.
    A class of one row has no neighbours and stays alone.
    """
    most = max(each.weight for each in before.values())
    made: dict[int, tuple[int, float]] = {}
    for label, each in before.items():
        missing = round(most - each.weight)
        count = min(missing, settings["smoteRows"])
        if count > 0 and each.rows > 1:
            made[label] = (count, missing / count)
    if not made:
        return rows
    kept = drawn({label: settings["smoteRows"] / each.rows for label, each in before.items()}, seed)
    some = rows.where(kept).select("label", vector_to_array(F.col(VECTOR)).alias("x"))
    # The same rows in the same order, wherever they come from.
    alone = some.repartition(1).sortWithinPartitions("label", "x")
    making = partial(
        _batches,
        made=made,
        nominal=_categories(rows),
        neighbours=settings["smoteNeighbors"],
        seed=seed,
    )
    new = alone.mapInArrow(making, f"label DOUBLE, x ARRAY<DOUBLE>, {WEIGHT} DOUBLE")
    both = rows.unionByName(new.select("label", array_to_vector(F.col("x")).alias(VECTOR), WEIGHT))
    # Trees read from it which places are categories.
    return both.withMetadata(VECTOR, rows.schema[VECTOR].metadata)


def _categories(rows: DataFrame) -> list[int]:
    """The places of the vectors that hold indices of categories."""
    attributes: Mapping[str, Any] = rows.schema[VECTOR].metadata.get("ml_attr", {}).get("attrs", {})
    return [each["idx"] for each in attributes.get("nominal", ())]


def _batches(
    batches: Iterator[pa.RecordBatch],
    made: Mapping[int, tuple[int, float]],
    nominal: Sequence[int],
    neighbours: int,
    seed: int,
) -> Iterator[pa.RecordBatch]:
    if not (together := list(batches)):
        return
    table = pa.Table.from_batches(together)
    labels = table["label"].to_numpy()
    rows = table["x"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(len(labels), -1)
    for label, (count, weight) in made.items():
        own = labels == label
        if own.sum() < 2:
            continue
        for new in interpolated(rows[own], rows[~own], count, nominal, neighbours, seed):
            offsets = pa.array(np.arange(len(new) + 1, dtype=np.int32) * new.shape[1])
            vectors = pa.ListArray.from_arrays(offsets, pa.array(new.ravel()))
            columns = [np.full(len(new), float(label)), vectors, np.full(len(new), weight)]
            yield pa.RecordBatch.from_arrays([pa.array(each) for each in columns], names=["label", "x", WEIGHT])


def interpolated(
    rows: Matrix, others: Matrix, count: int, nominal: Sequence[int], neighbours: int, seed: int
) -> Iterator[Matrix]:
    """count rows between those of one class, TOGETHER at a time; others are of other classes.

    nominal are the places of categories, to which those are added that hold no more than two values. Distances are of
    numbers divided by their deviation in the class; where all are categories, of how they go with the classes.
    """
    scale = rows.std(axis=0)
    held = {at for at in range(rows.shape[1]) if len(np.unique(rows[:, at])) <= 2} | set(nominal)
    places = sorted(held)
    scale[places] = 1.0
    # Rows come sorted, and not all parts are taken: neighbouring rows together would be a corner of the class.
    apart = ceil(len(rows) / TOGETHER)
    parts = [rows[first::apart] for first in range(apart)]
    calls = ceil(count / TOGETHER)
    for call in range(calls):
        part = parts[call % len(parts)]
        # One that is not of the class is all that imbalanced-learn insists on, unless it goes by the classes.
        beside = others[: len(part) if len(places) == rows.shape[1] else 1]
        x = np.vstack([part, beside]) / scale
        y = np.repeat([1, 0], [len(part), len(beside)])
        wanted = count * (call + 1) // calls - count * call // calls
        sampler = _sampler(places, rows.shape[1], len(part) + wanted, min(neighbours, len(part) - 1), seed + call)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the class is now larger than the others
            yield sampler.fit_resample(x, y)[0][len(x) :] * scale


def _sampler(nominal: Sequence[int], width: int, wanted: int, neighbours: int, seed: int) -> Any:
    from imblearn import over_sampling

    chosen = {"sampling_strategy": {1: wanted}, "k_neighbors": neighbours, "random_state": seed}
    if len(nominal) == width:
        return over_sampling.SMOTEN(**chosen)
    if nominal:
        return over_sampling.SMOTENC(categorical_features=list(nominal), **chosen)
    return over_sampling.SMOTE(**chosen)


SMOTE = Treatment(
    "smote",
    smote,
    settings={"smoteRows": 10_000, "smoteNeighbors": 5},
    space={"smoteNeighbors": Whole(3, 10)},
    wants=("indices",),
    packages={"imblearn": "imbalanced-learn"},
)
