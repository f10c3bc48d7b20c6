"""Models that are not MLlib's own: fitted in one task, scored in Arrow batches, saved through Spark's writers."""

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
# Of a batch of rows, structs of what the model asks for: a row of probabilities, or a number, for each.
Scorer = Callable[[pa.StructArray], Numbers]

# A file of the payload holds so much: a cell of a table of more than 2 GB cannot be read.
_PART_BYTES = 2**26
_PARTITION = "_partition"


def unwrapped(column: str = "features") -> Column:
    """The vector as Arrow can carry it: struct<type, size, indices, values>, see `sparse` and `dense`."""
    return F.unwrap_udt(column).alias(column)


def sparse(vectors: pa.StructArray) -> Any:
    """Unwrapped vectors to a scipy CSR matrix, a row each; MLlib's vectors of one column are sparse or dense by row."""
    from scipy.sparse import csr_matrix

    values = vectors.field("values")
    counts = pc.list_value_length(values).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(counts)])
    places = np.arange(ends[-1]) - np.repeat(ends[:-1], counts)  # of a dense row: one after the other
    is_sparse = vectors.field("type").to_numpy(zero_copy_only=False) == 0
    # What dense rows have as their indices is NULL, and flattened away.
    places[np.repeat(is_sparse, counts)] = vectors.field("indices").flatten().to_numpy(zero_copy_only=False)
    return csr_matrix((values.flatten().to_numpy(), places, ends), shape=(len(vectors), _width(vectors, counts)))


def dense(vectors: pa.StructArray, kind: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
    """Unwrapped vectors to a matrix, a row each; a 0 that a sparse row leaves out is 0."""
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
    """What work makes of all rows, in a single task: one core, so that others fit something else at the same time.

    work is given what take makes of each batch (the batch itself without take), in the order of the partitions, the
    same in every run. Rows are not shuffled. Of a batch nothing stays in memory but what take has copied.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"payload": pa.array([work(in_order(batches, take))], pa.binary())})

    # A single partition has those of its rows in the order of where they are kept, which is another in the next run.
    numbered = rows.withColumn(_PARTITION, F.spark_partition_id())
    made = numbered.coalesce(1).mapInArrow(run, "payload BINARY").collect()
    return bytes(made[0]["payload"])


def in_order(batches: Iterable[pa.RecordBatch], take: Callable[[pa.RecordBatch], Any] | None = None) -> list[Any]:
    """What take makes of each batch, or of the parts of one that has rows of several partitions, in their order."""
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
    """How many threads a task may start."""
    return int(spark.sparkContext.getConf().get("spark.task.cpus", "1"))


def places(spark: SparkSession) -> int:
    """How many tasks can run at the same time; 0 while there are no executors yet."""
    context: Any = spark.sparkContext._jsc.sc()
    return int(context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile()))


class BatchModel(Model, MLWritable, MLReadable["BatchModel"]):
    """A model that scores in Python: payload is all that it has learned, facts (JSON) how to read it.

    A subclass says with `scorer` what a batch is scored as. It writes `probability`, a vector with a place for each
    class, or of a number `prediction` (DOUBLE), as facts["number"] says. Scored on every worker, which needs this
    package and what the scorer imports. Saved below the model's path: metadata, and payload as Parquet.
    """

    def __init__(self, payload: bytes = b"", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.payload = payload
        self.facts = dict(facts or {})

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """Made once a task; gives a row of probabilities, or a number, for each row of a batch."""
        raise NotImplementedError

    def batch(self, dataset: DataFrame) -> Column:
        """The struct that a row of a batch is."""
        return unwrapped()

    def _transform(self, dataset: DataFrame) -> DataFrame:
        payload, facts, made = self.payload, self.facts, type(self).scorer
        threads, number = cores_of_a_task(dataset.sparkSession), bool(self.facts.get("number"))

        # From these types Spark reads that batches come and go by an iterator.
        def scored(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
            score = made(payload, facts, threads)
            for batch in batches:
                found = score(batch)
                yield pa.array(found, pa.float64()) if number else _lists(found)

        declared: Any = arrow_udf  # its stubs know no types from which the kind is read
        found = declared(scored, "double" if number else "array<double>")(self.batch(dataset))
        if number:
            return dataset.withColumn("prediction", found)
        return dataset.withColumn("probability", array_to_vector(found))

    def write(self) -> MLWriter:
        """To a path of any file system that Spark writes."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """What `write` wrote."""
        return _Reader(cls)


class _Writer(MLWriter):
    def __init__(self, model: BatchModel) -> None:
        super().__init__()
        self.model = model

    def saveImpl(self, path: str) -> None:  # noqa: N802
        extra = {"facts": json.dumps(self.model.facts)}
        DefaultParamsWriter.saveMetadata(self.model, path, self.sparkSession, extraMetadata=extra)
        payload = self.model.payload
        parts = [(at, payload[at : at + _PART_BYTES]) for at in range(0, len(payload), _PART_BYTES)]
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


def _lists(found: Numbers) -> pa.Array:
    """A matrix as a list for each row."""
    rows, width = found.shape
    values = pa.array(np.ascontiguousarray(found, dtype=np.float64).ravel())
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), values)


def stacked(batches: Sequence[pa.RecordBatch], column: str) -> NDArray[Any]:
    """A column of numbers or truth values, of all batches."""
    return np.concatenate([batch.column(column).to_numpy(zero_copy_only=False) for batch in batches])
