"""SMOTE (Chawla et al. 2002): interpolation between neighboring rows of rare classes, in one task for each cell."""

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

# Neighbors are searched among this number of rows of a class, and at most this number is created together, because
# imbalanced-learn keeps all categories of all neighbors of all new rows in memory.
TOGETHER = 2000

Matrix = NDArray[np.float64]


def smote(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """Add rows between neighbors to each class until all classes have the weight of the largest.

    At most smoteRows rows are created for a class, with a weight if more are missing, from about this number of its
    rows, sampled by hash. A number is between those of two neighbors, a category is the most frequent of all neighbors.
    A class with a single row is not changed.
    """
    most = max(rows_of_class.weight for rows_of_class in before.values())
    new_rows: dict[int, tuple[int, float]] = {}
    for label, rows_of_class in before.items():
        missing = round(most - rows_of_class.weight)
        count = min(missing, settings["smoteRows"])
        if count > 0 and rows_of_class.rows > 1:
            new_rows[label] = (count, missing / count)
    if not new_rows:
        return rows
    kept = drawn({label: settings["smoteRows"] / rows_of_class.rows for label, rows_of_class in before.items()}, seed)
    sampled = rows.where(kept).select("label", vector_to_array(F.col(VECTOR)).alias("x"))
    # The order must not depend on partitions.
    in_order = sampled.repartition(1).sortWithinPartitions("label", "x")
    make_rows = partial(
        _batches,
        new_rows=new_rows,
        nominal=_categories(rows),
        neighbours=settings["smoteNeighbors"],
        seed=seed,
    )
    new = in_order.mapInArrow(make_rows, f"label DOUBLE, x ARRAY<DOUBLE>, {WEIGHT} DOUBLE")
    both = rows.unionByName(new.select("label", array_to_vector(F.col("x")).alias(VECTOR), WEIGHT))
    # Trees read from the metadata which positions are categories.
    return both.withMetadata(VECTOR, rows.schema[VECTOR].metadata)


def _categories(rows: DataFrame) -> list[int]:
    """The positions of the vectors with indices of categories."""
    attributes: Mapping[str, Any] = rows.schema[VECTOR].metadata.get("ml_attr", {}).get("attrs", {})
    return [attribute["idx"] for attribute in attributes.get("nominal", ())]


def _batches(
    batches: Iterator[pa.RecordBatch],
    new_rows: Mapping[int, tuple[int, float]],
    nominal: Sequence[int],
    neighbours: int,
    seed: int,
) -> Iterator[pa.RecordBatch]:
    if not (batch_list := list(batches)):
        return
    table = pa.Table.from_batches(batch_list)
    labels = table["label"].to_numpy()
    rows = table["x"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(len(labels), -1)
    for label, (count, weight) in new_rows.items():
        of_class = labels == label
        if of_class.sum() < 2:
            continue
        for new in interpolated(rows[of_class], rows[~of_class], count, nominal, neighbours, seed):
            offsets = pa.array(np.arange(len(new) + 1, dtype=np.int32) * new.shape[1])
            vectors = pa.ListArray.from_arrays(offsets, pa.array(new.ravel()))
            columns = [np.full(len(new), float(label)), vectors, np.full(len(new), weight)]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], names=["label", "x", WEIGHT])


def interpolated(
    rows: Matrix, others: Matrix, count: int, nominal: Sequence[int], neighbours: int, seed: int
) -> Iterator[Matrix]:
    """Create rows between those of a class, at most TOGETHER at a time.

    Distances are computed from numbers divided by their deviation in the class. If all positions are categories, they
    are computed from the association of categories with classes.

    Args:
        rows: rows of the class.
        others: rows of other classes.
        count: the number of rows to create.
        nominal: positions of categories. Positions with at most two values are added to them.
        neighbours: the number of neighbors.
        seed: seed of the random numbers.
    """
    scale = rows.std(axis=0)
    nominal_places = {position for position in range(rows.shape[1]) if len(np.unique(rows[:, position])) <= 2} | set(
        nominal
    )
    places = sorted(nominal_places)
    scale[places] = 1.0
    # Rows are sorted and some parts may not be used, so each part is spread over the class.
    parts_count = ceil(len(rows) / TOGETHER)
    parts = [rows[first::parts_count] for first in range(parts_count)]
    calls = ceil(count / TOGETHER)
    for call in range(calls):
        part = parts[call % len(parts)]
        # imbalanced-learn needs one row of another class, or as many if distances depend on classes.
        contrast = others[: len(part) if len(places) == rows.shape[1] else 1]
        x = np.vstack([part, contrast]) / scale
        y = np.repeat([1, 0], [len(part), len(contrast)])
        wanted = count * (call + 1) // calls - count * call // calls
        sampler = _sampler(places, rows.shape[1], len(part) + wanted, min(neighbours, len(part) - 1), seed + call)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "the class is now larger than the others"
            yield sampler.fit_resample(x, y)[0][len(x) :] * scale


def _sampler(nominal: Sequence[int], width: int, wanted: int, neighbours: int, seed: int) -> Any:
    from imblearn import over_sampling

    options = {"sampling_strategy": {1: wanted}, "k_neighbors": neighbours, "random_state": seed}
    if len(nominal) == width:
        return over_sampling.SMOTEN(**options)
    if nominal:
        return over_sampling.SMOTENC(categorical_features=list(nominal), **options)
    return over_sampling.SMOTE(**options)


SMOTE = Treatment(
    "smote",
    smote,
    settings={"smoteRows": 10_000, "smoteNeighbors": 5},
    space={"smoteNeighbors": Whole(3, 10)},
    wants=("indices",),
    packages={"imblearn": "imbalanced-learn"},
)
