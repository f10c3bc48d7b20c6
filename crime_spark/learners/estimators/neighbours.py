"""The nearest of a sample of the training rows: MLlib has no such learner."""

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

# Where there are so many times as many rows as are wanted, not all of them are put in order to draw some.
THINNED_FROM = 4
# Of a class at least so many are.
THINNED_TO = 1000


@dataclass(frozen=True)
class Nearness:
    """Which rows are near, and what they say.

    Of n_neighbors rows of the sample the mean is taken, weights "uniform" or "distance" (1 / distance). smoothing rows
    of the training mean are added, so that no class is impossible. Vectors of more than components places are turned
    into so many, the directions in which the sample lies furthest apart (truncated singular value decomposition).
    """

    kind: type[Kind]
    classes: int
    n_neighbors: int
    weights: str
    smoothing: float
    components: int
    seed: int

    def facts(self) -> dict[str, Any]:
        """What a model is scored by."""
        return {
            "number": self.kind is Regression,
            "classes": self.classes,
            "n_neighbors": self.n_neighbors,
            "weights": self.weights,
            "smoothing": self.smoothing,
        }


class NeighboursModel(BatchModel):
    """The sample: payload (npz) holds reference (rows x places), label, directions (empty, or as `_directions`)."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """Distances (Euclidean) to every row of the sample, a batch at a time."""
        predict = predictor(payload, facts, threads)
        return lambda batch: predict(sparse(batch))


def predictor(payload: bytes, facts: Mapping[str, Any], threads: int) -> Callable[[Any], Numbers]:
    """Scores a sparse matrix: probabilities of all classes, or a number, for each row."""
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
    """1 / distance, of each row together 1; where some are 0, these alone count."""
    same = distances == 0
    with np.errstate(divide="ignore"):
        weights = np.where(same.any(axis=1, keepdims=True), same, 1 / distances)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class Neighbours(Estimator[NeighboursModel]):
    """Fitted on features, label and weight, by keeping a sample of at most reference_rows of the rows they stand for.

    The sample is stratified: from each class its share of them, rounded up, and of numbers from the whole range of
    them alike. Within a class, rows come in the order of a hash of the seed: the same on any cluster.
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
    """features, label, copies (BIGINT, 1 or more): a systematic sample of wanted of the rows that these stand for.

    rows: features, label, weight, which is how many of stand_for rows one is. Of each class by itself every
    (stand_for / wanted)-th of them is taken, rounded up, in the order of a hash; by_class not, of all in the order of
    their labels. All are taken if there are no more than wanted. Of many more, only some are put in order: about twice
    as many as are wanted, drawn by the same hash.
    """
    drawn = rows.withColumn("_hash", F.expr(f"xxhash64(features, label, {seed}L)"))
    drawn = drawn.withColumn("_class", F.col("label") if by_class else F.lit(0.0))
    total = F.sum("weight").over(Window.partitionBy("_class"))
    step = max(stand_for / wanted, 1.0)
    all_of_them = drawn.withColumn("_wanted", F.ceil(total / F.lit(step)))
    drawn = _thinned(drawn, step) if step > THINNED_FROM else all_of_them
    order = Window.partitionBy("_class").orderBy("label", "_hash")
    upto = F.sum("weight").over(order.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    taken = "ceil(_upto * _wanted / _total) - ceil((_upto - weight) * _wanted / _total)"
    counted = drawn.withColumns({"_upto": upto, "_total": total}).withColumn("copies", F.expr(taken))
    return counted.where("copies > 0").select("features", "label", "copies")


def _thinned(drawn: DataFrame, step: float) -> DataFrame:
    """Of each class about twice as many rows as are wanted of it, or THINNED_TO; _wanted says how many those are."""
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
    """The payload of a model: each row of the sparse matrix as often as copies says."""
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
    """places x components; the sample's rows times it keep their distances as well as so few places can."""
    from sklearn.decomposition import TruncatedSVD

    return np.asarray(TruncatedSVD(nearness.components, random_state=nearness.seed).fit(rows).components_.T)
