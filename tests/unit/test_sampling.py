"""Rows that are drawn by a hash."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crime_spark.sampling import PARTS, in_parts, in_share, parts_of


@pytest.mark.parametrize(
    ("share", "parts", "drawn"), [(0.25, 1000, 250), (0.0, 10, 0), (1.5, 10, 10), (1 / 3, 100, 33)]
)
def test_parts_of_a_share(share, parts, drawn):
    assert parts_of(share, parts) == drawn


def test_share_is_drawn_by_the_hash_of_the_column_on_any_partitioning(spark):
    rows = spark.range(10_000).select(F.col("id").cast("string").alias("example_id"))
    drawn = {row[0] for row in rows.where(in_share(0.2, "example_id", "test")).collect()}
    again = {row[0] for row in rows.repartition(3).where(in_share(0.2, "example_id", "test")).collect()}
    by_sql = f"pmod(xxhash64('test', example_id), {PARTS}) < {PARTS // 5}"
    assert drawn == again == {row[0] for row in rows.where(by_sql).collect()}
    assert 1800 < len(drawn) < 2200


def test_draws_with_different_names_are_independent(spark):
    rows = spark.range(10_000).withColumn("example_id", F.col("id").cast("string"))
    both = rows.where(in_share(0.2, "example_id", "test") & in_share(0.2, "example_id", "kept")).count()
    assert 300 < both < 500


def test_rows_are_drawn_from_the_first_of_equal_parts(spark):
    rows = spark.range(-6, 6).select(in_parts(F.col("id"), 2, 4).alias("drawn")).collect()
    assert [row["drawn"] for row in rows] == [False, False, True, True] * 3
