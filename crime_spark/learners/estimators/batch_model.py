"""Models that MLlib does not have: fitted in one task, scored in Arrow batches, saved by Spark's writers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.ml import Model
from pyspark.ml.functions import array_to_vector
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

Numbers = NDArray[np.float64]
# From a batch of structs with the model's inputs to a row of probabilities, or a number, for each.
Scorer = Callable[[pa.StructArray], Numbers]

# Size of a part of the payload, because a value of more than 2 GB cannot be read.
_PART_BYTES = 2**26
_PARTITION = "_partition"


def unwrapped(column: str = "features") -> Column:
    """The vector as a struct<type, size, indices, values> for Arrow; see `sparse` and `dense`."""
    return F.unwrap_udt(column).alias(column)


def sparse(vectors: pa.StructArray) -> Any:
    """A scipy CSR matrix from unwrapped vectors. Vectors of a column can be sparse or dense."""
    from scipy.sparse import csr_matrix

    values = vectors.field("values")
    counts = pc.list_value_length(values).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(counts)])
    places = np.arange(ends[-1]) - np.repeat(ends[:-1], counts)  # for dense rows: consecutive
    is_sparse = vectors.field("type").to_numpy(zero_copy_only=False) == 0
    # The indices of dense rows are NULL, so flatten() skips them.
    places[np.repeat(is_sparse, counts)] = vectors.field("indices").flatten().to_numpy(zero_copy_only=False)
    return csr_matrix((values.flatten().to_numpy(), places, ends), shape=(len(vectors), _width(vectors, counts)))


def dense(vectors: pa.StructArray, kind: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
    """A dense matrix from unwrapped vectors."""
    if pc.all(pc.equal(vectors.field("type"), 1)).as_py():
        values = vectors.field("values").flatten().to_numpy().astype(kind)
        return np.asarray(values.reshape(len(vectors), -1))
    return np.asarray(sparse(vectors).astype(kind).toarray())


def _width(vectors: pa.StructArray, counts: NDArray[np.int64]) -> int:
    sizes = pc.fill_null(vectors.field("size"), 0).to_numpy(zero_copy_only=False)
    return int(sizes.max(initial=0)) or int(counts.max(initial=0))


def in_one_task(
    rows: DataFrame, work: Callable[[list[Any]], bytes], take: Callable[[pa.RecordBatch], Any] | None = None
) -> bytes:
    """Run a function over all rows in a single task, so that other cores can fit other cells.

    Rows are not shuffled.

    Args:
        rows: the rows.
        work: gets the results of `take` in the order of the partitions, which is the same in every run.
        take: converts a batch, so that the batch itself is not kept in memory; by default the batch is kept.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"payload": pa.array([work(in_order(batches, take))], pa.binary())})

    # coalesce orders partitions by their location, which differs between runs.
    numbered = rows.withColumn(_PARTITION, F.spark_partition_id())
    collected = numbered.coalesce(1).mapInArrow(run, "payload BINARY").collect()
    return bytes(collected[0]["payload"])


def in_order(batches: Iterable[pa.RecordBatch], take: Callable[[pa.RecordBatch], Any] | None = None) -> list[Any]:
    """The results of `take` for each batch in the order of partitions; a batch over several partitions is divided."""
    parts: list[tuple[int, Any]] = []
    for batch in batches:
        numbers = batch.column(_PARTITION).to_numpy(zero_copy_only=False)
        starts = [0, *(1 + np.flatnonzero(np.diff(numbers))).tolist()] if len(numbers) else []
        for start, end in pairwise([*starts, len(numbers)]):
            part = batch.slice(start, end - start).drop_columns(_PARTITION)
            parts.append((int(numbers[start]), take(part) if take else part))
    parts.sort(key=itemgetter(0))
    return [part for _, part in parts]


def cores_of_a_task(spark: SparkSession) -> int:
    """The number of threads that a task may start."""
    return int(spark.sparkContext.getConf().get("spark.task.cpus", "1"))


def places(spark: SparkSession) -> int:
    """The number of tasks that can run at the same time; 0 without executors."""
    context: Any = spark.sparkContext._jsc.sc()
    return int(context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile()))


class BatchModel(Model, MLWritable, MLReadable["BatchModel"]):
    """A model that scores in Python; a subclass implements `scorer`.

    It writes `prediction` (DOUBLE) if facts["number"] is true, else a vector `probability` with a position for each
    class. Workers need this package and the imports of the scorer. It is saved as metadata and Parquet.

    Args:
        payload: the fitted parameters.
        facts: values for JSON that describe the payload.
    """

    def __init__(self, payload: bytes = b"", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.payload = payload
        self.facts = dict(facts or {})

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A function from a batch to a row of probabilities, or a number, for each row; called once in a task."""
        raise NotImplementedError

    def batch(self, dataset: DataFrame) -> Column:
        """The column of structs that batches consist of."""
        return unwrapped()

    def _transform(self, dataset: DataFrame) -> DataFrame:
        payload, facts, scorer = self.payload, self.facts, type(self).scorer
        threads, number = cores_of_a_task(dataset.sparkSession), bool(self.facts.get("number"))

        # From these types Spark infers that the function works on an iterator of batches.
        def scored(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
            score = scorer(payload, facts, threads)
            for batch in batches:
                scores = score(batch)
                yield pa.array(scores, pa.float64()) if number else _lists(scores)

        declared: Any = arrow_udf  # its stubs do not support inference from type hints
        scores = declared(scored, "double" if number else "array<double>")(self.batch(dataset))
        if number:
            return dataset.withColumn("prediction", scores)
        return dataset.withColumn("probability", array_to_vector(scores))

    def write(self) -> MLWriter:
        """A writer for any file system that Spark supports."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """A reader of models that `write` wrote."""
        return _Reader(cls)


class _Writer(MLWriter):
    def __init__(self, model: BatchModel) -> None:
        super().__init__()
        self.model = model

    def saveImpl(self, path: str) -> None:  # noqa: N802
        extra = {"facts": json.dumps(self.model.facts)}
        DefaultParamsWriter.saveMetadata(self.model, path, self.sparkSession, extraMetadata=extra)
        payload = self.model.payload
        parts = [(start, payload[start : start + _PART_BYTES]) for start in range(0, len(payload), _PART_BYTES)]
        frame = self.sparkSession.createDataFrame(parts, "at BIGINT, content BINARY").coalesce(1)
        frame.write.parquet(os.path.join(path, "payload"))


class _Reader(MLReader[Any]):
    def __init__(self, cls: type[BatchModel]) -> None:
        super().__init__()
        self.cls = cls

    def load(self, path: str) -> BatchModel:
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        parts = self.sparkSession.read.parquet(os.path.join(path, "payload")).orderBy("at").collect()
        model = self.cls(b"".join(bytes(part["content"]) for part in parts), json.loads(metadata["facts"]))
        model._resetUid(metadata["uid"])
        return model


def _lists(matrix: Numbers) -> pa.Array:
    """The rows of a matrix as lists."""
    rows, width = matrix.shape
    values = pa.array(np.ascontiguousarray(matrix, dtype=np.float64).ravel())
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), values)


def stacked(batches: Sequence[pa.RecordBatch], column: str) -> NDArray[Any]:
    """A column of numbers or booleans, over all batches."""
    return np.concatenate([batch.column(column).to_numpy(zero_copy_only=False) for batch in batches])
