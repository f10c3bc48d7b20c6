"""Shuffled columns: the same values, other rows, nothing else changed."""

from __future__ import annotations

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame

from crime_spark.explaining.permutation import AS_IT_IS, permuted

NAMES = ["kind", "number"]


@pytest.fixture(scope="module")
def rows(spark) -> DataFrame:
    built = [
        (f"{index:03}", index % 2 / 1.0, None if index == 7 else f"kind {index}", float(index)) for index in range(60)
    ]
    return spark.createDataFrame(built, "example_id STRING, label DOUBLE, kind STRING, number DOUBLE")


def test_each_feature_is_shuffled_alone(rows) -> None:
    stored = permuted(rows, NAMES, seed=1).toPandas().sort_values("example_id")
    whole = rows.toPandas()
    for name in (AS_IT_IS, *NAMES):
        copy = stored[stored["permuted"] == name].reset_index(drop=True)
        for column in rows.columns:
            custom, before = copy[column], whole[column]
            if column == name:
                assert sorted(map(str, custom)) == sorted(map(str, before))
                assert (custom.astype(str) != before.astype(str)).all()
            else:
                assert list(map(str, custom)) == list(map(str, before))


def test_the_partitions_do_not_matter_but_the_seed_does(rows) -> None:
    first, other = permuted(rows.repartition(5), NAMES, seed=1), permuted(rows.coalesce(1), NAMES, seed=1)
    assert_df_equality(first, other, ignore_row_order=True, ignore_nullable=True)
    shuffled = [
        {row["example_id"]: row["number"] for row in permuted(rows, NAMES, seed).where("permuted = 'number'").collect()}
        for seed in (1, 2)
    ]
    assert shuffled[0] != shuffled[1]


def test_two_rows_swap_their_values(rows) -> None:
    result = permuted(rows.where("example_id IN ('001', '002')"), NAMES, seed=1).where("permuted = 'number'")
    assert {row["example_id"]: row["number"] for row in result.collect()} == {"001": 2.0, "002": 1.0}


def test_a_series_is_shuffled_whole(spark) -> None:
    built = [(f"{index}", 1.0, None if index == 2 else [float(index), float(-index)]) for index in range(6)]
    rows = spark.createDataFrame(built, "example_id STRING, label DOUBLE, last_30 ARRAY<DOUBLE>")
    collected = permuted(rows, ["last_30"], seed=1).where("permuted = 'last_30'").collect()
    before = {row[0]: row[2] for row in built}
    assert sorted((row["last_30"] for row in collected), key=str) == sorted(before.values(), key=str)
    assert [row["example_id"] for row in collected if row["last_30"] == before[row["example_id"]]] == []
