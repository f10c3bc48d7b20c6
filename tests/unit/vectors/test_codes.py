"""Columns of several codes a row, as zeros and ones."""

from __future__ import annotations

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.vectors.codes import multi_hot


def codes(spark: SparkSession, *rows: list[str | None] | None) -> DataFrame:
    return spark.createDataFrame([(row,) for row in rows], "codes ARRAY<STRING>").coalesce(1)


def test_a_place_for_each_code_of_enough_training_rows(spark):
    training = codes(spark, ["0400", "0344"], ["0344", "0344", "1822"], ["1822", None], ["0400"], None)
    stages, vectors = multi_hot(training, ["codes"], 2)
    assert vectors == ["codes_codes"]
    assert stages[1].vocabulary == ["0344", "0400", "1822"]
    scored = PipelineModel(stages).transform(codes(spark, ["1822", "0344", "1822"], ["new", None], [], None))
    results = [row[0] for row in scored.select(vector_to_array(F.col(vectors[0]))).collect()]
    assert results == [[1, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_a_code_twice_in_one_row_is_of_one_row(spark):
    stages, _ = multi_hot(codes(spark, ["0344", "0344"], ["0400"], ["0400"]), ["codes"], 2)
    assert stages[1].vocabulary == ["0400"]


def test_a_column_without_frequent_codes_has_no_vector(spark):
    assert multi_hot(codes(spark, ["0344"], None), ["codes"], 2) == ([], [])
