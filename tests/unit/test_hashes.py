"""Hashes that stored tables contain: the same input gives the same hash in every version."""

from __future__ import annotations

from pyspark.sql import functions as F

from crime_spark.hashes import row_hash, text_hash


def test_hash_of_a_text():
    assert text_hash("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_value_that_moves_to_another_column_changes_the_hash_of_a_row(spark):
    rows = spark.createDataFrame([("x", None), (None, "x"), ("x", None), (None, None)], "a STRING, b STRING")
    hashes = [row[0] for row in rows.select(row_hash([F.col("a"), F.col("b")])).collect()]
    assert hashes[0] == hashes[2]
    assert len(set(hashes)) == 3


def test_hash_of_a_row_is_spark_xxhash64_of_values_and_nulls(spark):
    rows = spark.createDataFrame([("x", 1), (None, 2)], "a STRING, b INT")
    columns = [row_hash(map(F.col, ("a", "b"))).alias("hashed"), F.expr("xxhash64(a, b, a IS NULL, b IS NULL)")]
    assert all(hashed == by_sql for hashed, by_sql in rows.select(*columns).collect())
