"""k nearest neighbors in a sample of the training rows, which MLlib does not have."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml import Estimator
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.kinds import Kind, Regression
from crime_spark.learners.estimators.batch_model import (
    BatchModel,
    Numbers,
    Scorer,
    cores_of_a_task,
    in_one_task,
    sparse,
    stacked,
    unwrapped,
)
from crime_spark.sampling import in_parts, parts_of

# If rows exceed the sample by this factor, only some of them are sorted for sampling.
THINNED_FROM = 4
# The least number of rows of a class that are sorted.
THINNED_TO = 1000


@dataclass(frozen=True)
class Nearness:
    """Settings of the neighbors.

    Attributes:
        kind: Binary, MultiClass or Regression.
        classes: the number of classes.
        n_neighbors: the number of neighbors whose mean is the prediction.
        weights: "uniform" or "distance" (1 / distance).
        smoothing: this number of rows with the mean of the training rows is added, so that no class is impossible.
        components: longer vectors are reduced to this length by a truncated singular value decomposition.
        seed: seed of the random numbers.
    """

    kind: type[Kind]
    classes: int
    n_neighbors: int
    weights: str
    smoothing: float
    components: int
    seed: int

    def facts(self) -> dict[str, Any]:
        """The facts that a model needs for scoring."""
        return {
            "number": self.kind is Regression,
            "classes": self.classes,
            "n_neighbors": self.n_neighbors,
            "weights": self.weights,
            "smoothing": self.smoothing,
        }


class NeighboursModel(BatchModel):
    """The sample. The payload (npz) has reference (rows x positions), label, and directions (see `_directions`)."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer by Euclidean distances to all rows of the sample."""
        predict = predictor(payload, facts, threads)
        return lambda batch: predict(sparse(batch))


def predictor(payload: bytes, facts: Mapping[str, Any], threads: int) -> Callable[[Any], Numbers]:
    """A function from a sparse matrix to probabilities of all classes, or a number, for each row."""
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    sample = np.load(io.BytesIO(payload), allow_pickle=False)
    label, smoothing, classes = sample["label"], facts["smoothing"], facts["classes"]
    k = min(facts["n_neighbors"], len(label))
    prior = label.mean() if facts["number"] else np.bincount(label, minlength=classes) / len(label)
    directions = sample["directions"]
    near = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(sample["reference"])

    def predict(rows: Any) -> Numbers:
        with threadpool_limits(threads):
            distances, places = near.kneighbors(rows @ directions if directions.size else rows.toarray())
        weights = _weights(distances) if facts["weights"] == "distance" else np.full(places.shape, 1 / k)
        if facts["number"]:
            means = (weights * label[places]).sum(axis=1)
        else:
            cells = np.arange(len(places))[:, None] * classes + label[places]
            votes = np.bincount(cells.ravel(), weights.ravel(), minlength=len(places) * classes)
            means = votes.reshape(len(places), classes)
        return np.asarray((k * means + smoothing * prior) / (k + smoothing))

    return predict


def _weights(distances: Numbers) -> Numbers:
    """1 / distance with the sum 1 in each row. If distances are 0, only these count."""
    same = distances == 0
    with np.errstate(divide="ignore"):
        weights = np.where(same.any(axis=1, keepdims=True), same, 1 / distances)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class Neighbours(Estimator[NeighboursModel]):
    """k nearest neighbors on the columns features, label and weight, in a sample of about reference_rows training rows.

    The sample is stratified by class, rounded up, or evenly spread over the range of numbers. Within a class, rows are
    chosen by a hash with the seed, so that the sample is the same on any cluster.
    """

    def __init__(self, nearness: Nearness, rows: int, reference_rows: int) -> None:
        super().__init__()
        self.nearness = nearness
        self.rows = rows
        self.reference_rows = reference_rows

    def _fit(self, dataset: DataFrame) -> NeighboursModel:
        nearness = self.nearness
        by_class = nearness.kind is not Regression
        drawn = sampled(dataset, self.rows, self.reference_rows, nearness.seed, by_class=by_class)
        work = partial(_kept, nearness=nearness, threads=cores_of_a_task(dataset.sparkSession))
        payload = in_one_task(drawn.select(unwrapped(), "label", "copies"), work)
        return NeighboursModel(payload, nearness.facts())


def sampled(rows: DataFrame, stand_for: int, wanted: int, seed: int, *, by_class: bool) -> DataFrame:
    """Draw a systematic sample of training rows.

    Every (stand_for / wanted)-th row of each class, rounded up, is drawn in the order of a hash. If there are many more
    rows than wanted, about twice as many as wanted are preselected by the same hash, and only these are sorted.

    Args:
        rows: features, label, and weight, the number of training rows that a row represents.
        stand_for: the number of training rows.
        wanted: the size of the sample; all rows are drawn if there are not more.
        seed: seed of the hash.
        by_class: sample each class separately; otherwise rows are ordered by label.

    Returns:
        features, label, and copies (BIGINT, at least 1).
    """
    drawn = rows.withColumn("_hash", F.expr(f"xxhash64(features, label, {seed}L)"))
    drawn = drawn.withColumn("_class", F.col("label") if by_class else F.lit(0.0))
    total = F.sum("weight").over(Window.partitionBy("_class"))
    step = max(stand_for / wanted, 1.0)
    complete = drawn.withColumn("_wanted", F.ceil(total / F.lit(step)))
    drawn = _thinned(drawn, step) if step > THINNED_FROM else complete
    order = Window.partitionBy("_class").orderBy("label", "_hash")
    upto = F.sum("weight").over(order.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    copies_sql = "ceil(_upto * _wanted / _total) - ceil((_upto - weight) * _wanted / _total)"
    counted = drawn.withColumns({"_upto": upto, "_total": total}).withColumn("copies", F.expr(copies_sql))
    return counted.where("copies > 0").select("features", "label", "copies")


def _thinned(drawn: DataFrame, step: float) -> DataFrame:
    """About twice as many rows of each class as wanted, at least THINNED_TO; _wanted is the wanted number."""
    counted = drawn.groupBy("_class").agg(F.sum("weight").alias("weight"), F.count(F.lit(1)).alias("rows")).collect()
    within, wanted = F.lit(None), F.lit(None)
    for row in counted:
        count = ceil(row["weight"] / step)
        parts = parts_of(max(2 * count, THINNED_TO) / row["rows"])
        within, wanted = (
            F.when(F.col("_class") == row["_class"], F.lit(value)).otherwise(others)
            for value, others in ((parts, within), (count, wanted))
        )
    return drawn.where(in_parts(F.col("_hash"), within)).withColumn("_wanted", wanted)


def _kept(batches: Sequence[pa.RecordBatch], nearness: Nearness, threads: int) -> bytes:
    from scipy.sparse import vstack

    rows = vstack([sparse(batch.column("features")) for batch in batches]).tocsr()
    return sample_of(rows, stacked(batches, "label"), stacked(batches, "copies").astype(np.int64), nearness, threads)


def sample_of(rows: Any, label: Numbers, copies: NDArray[np.int64], nearness: Nearness, threads: int) -> bytes:
    """The payload of a model, from a sparse matrix and the number of copies of each row."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        directions = _directions(rows, nearness) if min(rows.shape) > nearness.components else np.empty((0, 0))
        reference = rows @ directions if directions.size else rows.toarray()
    label = np.repeat(label, copies)
    written = io.BytesIO()
    np.savez(
        written,
        reference=np.repeat(reference, copies, axis=0),
        label=label if nearness.kind is Regression else label.astype(np.int64),
        directions=directions,
    )
    return written.getvalue()


def _directions(rows: Any, nearness: Nearness) -> Numbers:
    """A matrix of positions x components that reduces the vectors and keeps distances as well as possible."""
    from sklearn.decomposition import TruncatedSVD

    return np.asarray(TruncatedSVD(nearness.components, random_state=nearness.seed).fit(rows).components_.T)
