"""Vectors as Arrow carries them to matrices, and models that are saved through Spark's writers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from crime_spark.learners.estimators import batch_model
from crime_spark.learners.estimators.batch_model import (
    BatchModel,
    Numbers,
    Scorer,
    dense,
    in_one_task,
    in_order,
    sparse,
    stacked,
    unwrapped,
)

UNWRAPPED = pa.struct(
    {"type": pa.int8(), "size": pa.int32(), "indices": pa.list_(pa.int32()), "values": pa.list_(pa.float64())}
)
FULL = {"type": 1, "size": None, "indices": None, "values": [1.0, 0.0, -2.0]}
THIN = {"type": 0, "size": 3, "indices": [2], "values": [5.0]}
NOTHING = {"type": 0, "size": 3, "indices": [], "values": []}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([FULL, FULL], [[1, 0, -2], [1, 0, -2]]),
        ([THIN, NOTHING], [[0, 0, 5], [0, 0, 0]]),
        ([NOTHING, FULL, THIN, FULL, NOTHING], [[0, 0, 0], [1, 0, -2], [0, 0, 5], [1, 0, -2], [0, 0, 0]]),
    ],
    ids=["dense", "sparse", "both"],
)
def test_vectors_of_either_form_are_rows_of_one_matrix(rows, expected):
    built = pa.array(rows, UNWRAPPED)
    assert sparse(built).toarray().tolist() == expected
    assert dense(built).tolist() == expected
    assert dense(built, np.float32).dtype == np.float32


def test_a_part_of_a_batch_is_its_own_rows_and_no_others():
    part = pa.array([THIN, FULL, NOTHING, THIN], UNWRAPPED)[1:3]
    assert dense(part).tolist() == sparse(part).toarray().tolist() == [[1, 0, -2], [0, 0, 0]]


class Sums(BatchModel):
    """The sum of the places, and what the payload holds."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        def score(batch: pa.StructArray) -> Numbers:
            sums = dense(batch).sum(axis=1) + float(payload) + facts["more"]
            return np.asarray(sums if facts["number"] else np.column_stack([1 - sums, sums]))

        return score


@pytest.fixture(scope="module")
def rows(spark):
    built = [(Vectors.dense([0.25, 0.0]),), (Vectors.sparse(2, {1: 0.125}),), (Vectors.sparse(2, {}),)]
    return spark.createDataFrame(built, StructType([StructField("features", VectorUDT())])).coalesce(1)


@pytest.mark.parametrize("number", [True, False])
def test_a_model_is_saved_in_parts_and_loaded_as_it_was(spark, tmp_path, monkeypatch, rows, number):
    monkeypatch.setattr(batch_model, "_PART_BYTES", 2)
    model = PipelineModel([Sums(b"0.50000", {"number": number, "more": 0.125})])
    model.write().save(f"{tmp_path}/model")
    loaded = PipelineModel.load(f"{tmp_path}/model")
    assert (loaded.stages[0].payload, loaded.stages[0].facts) == (model.stages[0].payload, model.stages[0].facts)
    column = F.col("prediction") if number else vector_to_array(F.col("probability"))[1]
    for item in (model, loaded):
        assert [row[0] for row in item.transform(rows).select(column).collect()] == [0.875, 0.75, 0.625]


def test_a_task_sees_all_rows_in_the_order_of_their_partitions(spark):
    frame = spark.range(0, 40, 1, 4).select(F.col("id").alias("label"))
    assert (
        in_one_task(frame, lambda stored: repr(stacked(stored, "label").tolist()).encode())
        == repr([*range(40)]).encode()
    )


def test_batches_that_come_in_another_order_are_put_into_that_of_the_partitions():
    came = [([2, 2, 0], [6, 7, 1]), ([0, 3], [2, 8]), ([], []), ([1, 1], [3, 4]), ([1], [5])]
    columns = ({"_partition": pa.array(source, pa.int32()), "label": pa.array(labels)} for source, labels in came)
    result = in_order(map(pa.RecordBatch.from_pydict, columns))
    assert [part.schema.names for part in result] == [["label"]] * 6
    assert stacked(result, "label").tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    columns = ({"_partition": pa.array(source, pa.int32()), "label": pa.array(labels)} for source, labels in came)
    assert in_order(map(pa.RecordBatch.from_pydict, columns), len) == [1, 1, 2, 1, 2, 1]


def test_what_a_task_fails_on_is_said(spark, rows):
    with pytest.raises(Exception, match=r"KeyError.*label"):
        in_one_task(rows.select(unwrapped()), lambda stored: stacked(stored, "label").tobytes())
