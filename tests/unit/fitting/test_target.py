"""What the label of a cell is, learned from its training rows alone."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from crime_spark.fitting.target import Target, classes_apart, hotspot_count, target_of
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression

KIND = MultiClass(("a", "b", "c", "d"), least_share=0.2)


def panel(spark: SparkSession, *rows: tuple[str, float]) -> DataFrame:
    return spark.createDataFrame(
        [(unit, f"{unit}{index}", label) for index, (unit, label) in enumerate(rows)],
        "unit STRING, example_id STRING, label DOUBLE",
    )


@pytest.mark.parametrize(
    ("rows", "k"),
    [
        ({0: 95, 1: 5}, 1),
        ({0: 94, 1: 6}, 2),
        ({0: 90, 1: 5, 2: 3, 7: 2}, 2),
        ({3: 94, 9: 6}, 10),
        ({0: 10}, 1),
    ],
)
def test_a_hotspot_is_the_smallest_count_that_few_enough_rows_reach(rows, k):
    assert hotspot_count(rows, 0.05) == k


def test_a_ranking_knows_the_units_in_which_something_happened(spark):
    rows = panel(spark, *[("x", 0.0)] * 18, ("x", 1.0), ("y", 3.0), ("z", 0.0))
    target = target_of(rows, Ranking(0.05), mean=0.2)
    # z never had anything: it is no unit, and does not count among the 20 rows of which one may reach k.
    assert (target.units, target.k, target.base_rate) == (frozenset("xy"), 2, 0.05)
    later = panel(spark, ("x", 0.0), ("z", 2.0), ("new", 1.0))
    assert [row["unit"] for row in target.in_universe(later).collect()] == ["x"]
    assert sorted(row["unit"] for row in target.outside(later).collect()) == ["new", "z"]


def test_other_kinds_have_no_units(spark):
    rows = panel(spark, ("x", 1.0))
    target = target_of(rows, Binary(), mean=1.0)
    assert (target.in_universe(rows).count(), target.outside(rows).count()) == (1, 0)


@pytest.mark.parametrize(
    ("rows", "classes"),
    [
        ({"a": 40, "b": 30, "c": 30, "d": 20}, ("a", "b", "c", "other")),
        ({"a": 25, "b": 25, "c": 25, "d": 25}, ("a", "b", "c", "d")),
        ({"d": 9, "b": 1}, ("d", "other")),
        ({"c": 5, "a": 5}, ("a", "c", "other")),
    ],
)
def test_rare_classes_and_those_not_seen_are_one(rows, classes):
    assert classes_apart(rows, KIND) == classes


def test_without_a_least_share_only_classes_not_seen_are_folded():
    kind = MultiClass(("a", "b", "c"), least_share=0.0)
    assert classes_apart({"a": 1, "b": 9999}, kind) == ("a", "b", "other")


def test_labels_of_several_classes_become_places_among_those_told_apart(spark):
    rows = panel(spark, *[("", 0.0)] * 5, *[("", 3.0)] * 4, ("", 1.0))
    target = target_of(rows, KIND, mean=0.0)
    assert (target.classes, target.base_rate) == (("a", "d", "other"), 0.5)
    later = panel(spark, *(("", float(index)) for index in range(4)))
    assert [row["label"] for row in target.labelled(later).orderBy("example_id").collect()] == [0.0, 2.0, 2.0, 1.0]


@pytest.mark.parametrize(("fitted", "labels"), [(Regression, [0.0, 2.0]), (Binary, [0.0, 1.0])])
def test_a_ranking_is_fitted_by_counts_or_by_whether_k_is_reached(spark, fitted, labels):
    target = Target(Ranking(), 0.1, k=2, units=frozenset("x"))
    rows = target.for_fitting(panel(spark, ("x", 0.0), ("x", 2.0)), fitted)
    assert [row["label"] for row in rows.orderBy("example_id").collect()] == labels
