"""Vectors for learners, fitted on the training rows and no others."""

from __future__ import annotations

from math import exp, sqrt

import pytest
from chispa import assert_df_equality
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import UsageError
from crime_spark.features.calendar import HOUR, TREND
from crime_spark.features.feature import Feature
from crime_spark.features.place import AREA, LATITUDE, PREMISE, WARD
from crime_spark.vectors import preparation
from crime_spark.vectors.preparation import VECTOR, WEIGHT, Prepared, prepare, repeated, seen_by, usable, weighted

SCHEMA = "area STRING, premise STRING, latitude DOUBLE"
FEATURES = (AREA, PREMISE, LATITUDE)
PAIR = ("area", "premise")
CODES = Feature("codes", "codes", "split(mo_codes, ' ')", ("mo_codes",), "several codes a row")
EARLIER = Feature.of_the_past("earlier", "a count of earlier incidents")
SERIES = Feature.of_the_past("last_30", "the last days one by one", "series")


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    rows = [("a", "home", 40.0, 1.0), ("a", "shop", 42.0, 0.0), ("b", "shop", None, 0.0), ("a", "lot", 44.0, 1.0)]
    return spark.createDataFrame(rows, f"{SCHEMA}, label DOUBLE").persist()


def prepared(training: DataFrame, wants: str, features=FEATURES, crossed=PAIR) -> Prepared:
    return prepare(weighted(training, features), training.count(), wants, features, crossed)


def vectors(preparation: Prepared, spark: SparkSession, *rows: tuple, schema: str = SCHEMA) -> list[list[float]]:
    """The vector of each row."""
    built = PipelineModel(list(preparation.stages)).transform(spark.createDataFrame(rows, schema).coalesce(1))
    return [row[0] for row in built.select(vector_to_array(F.col(VECTOR))).collect()]


def test_unseen_and_unknown_categories_have_the_last_index_and_unknown_numbers_the_training_mean(spark, training):
    result = prepared(training, "indices")
    assert result.categories == 4
    assert vectors(result, spark, ("b", "home", 1.0), ("new", "shop", None), (None, None, None)) == [
        [1, 1, 1],
        [2, 0, 42],
        [2, 3, 42],
    ]


def test_one_hot_categories_and_pairs_in_the_order_of_their_names_and_scaled_numbers(spark, training):
    """Training latitudes are 40, 42, 42 (filled), 44: mean 42, standard deviation (8/3)^(1/2)."""
    result = prepared(training, "onehot")
    words = ["area=a", "area=b", "area|premise=a|home", "area|premise=a|lot", "area|premise=a|shop"]
    words += ["area|premise=b|shop", "premise=home", "premise=lot", "premise=shop"]
    assert result.stages[1].vocabulary == words
    first, second = vectors(result, spark, ("a", "shop", 42.0), ("b", "home", 42 + sqrt(8 / 3)))
    assert first == pytest.approx([1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    assert second == pytest.approx([0, 1, 0, 0, 0, 0, 1, 0, 0, 1])


def test_unknown_is_a_category_of_one_hot_vectors_and_unseen_is_none(spark):
    rows = [("a", None, 1.0), ("a", None, 0.0), ("b", "home", 0.0)]
    training = spark.createDataFrame(rows, "area STRING, premise STRING, label DOUBLE")
    result = prepared(training, "onehot", (AREA, PREMISE))
    assert result.stages[1].vocabulary == [
        *("area=a", "area=b", "area|premise is unknown", "area|premise=b|home", "premise is unknown", "premise=home"),
    ]
    assert vectors(result, spark, ("a", None, None), ("a", "new", None), (None, None, None)) == [
        [1, 0, 1, 0, 1, 0],
        [1, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 1, 0],
    ]


def test_a_word_of_too_few_rows_has_no_place(spark, monkeypatch):
    monkeypatch.setattr(preparation, "ROWS_PER_WORD", 2)
    rows = [("a", 0.0), ("a", 1.0), ("b", 1.0)]
    training = spark.createDataFrame(rows, "area STRING, label DOUBLE")
    assert prepared(training, "onehot", (AREA,)).stages[1].vocabulary == ["area=a"]


@pytest.mark.parametrize(
    ("at_least", "rows_each", "indices"), [(2, 9, [0, 1, 2]), (1, 2, [0, 1, 2]), (1, 9, [0, 1, 1])]
)
def test_only_so_many_categories_are_kept_apart_and_the_most_frequent(spark, monkeypatch, at_least, rows_each, indices):
    monkeypatch.setattr(preparation, "MOST_CATEGORIES_AT_LEAST", at_least)
    monkeypatch.setattr(preparation, "ROWS_PER_CATEGORY", rows_each)
    rows = [("a", 0.0), ("a", 1.0), ("b", 0.0), ("c", 0.0)]
    result = prepared(spark.createDataFrame(rows, "area STRING, label DOUBLE"), "indices", (AREA,))
    assert vectors(result, spark, *((area, None, None) for area in "abc")) == [[index] for index in indices]
    assert result.categories == max(indices) + 1


def test_equal_rows_are_one_row_that_weighs_as_many(spark):
    rows = [("a", None, 1.0), ("a", None, 1.0), ("a", None, 0.0), ("a", "home", 1.0)]
    training = spark.createDataFrame(rows, "area STRING, premise STRING, label DOUBLE")
    wanted = [(1.0, "a", None, 2.0), (0.0, "a", None, 1.0), (1.0, "a", "home", 1.0)]
    expected = spark.createDataFrame(wanted, f"label DOUBLE, area STRING, premise STRING, {WEIGHT} DOUBLE")
    result = weighted(training, (AREA, PREMISE))
    assert_df_equality(result, expected, ignore_row_order=True, ignore_nullable=True)


def test_rows_with_numbers_each_weigh_one(training):
    assert weighted(training, FEATURES).count() == 4
    assert weighted(training, FEATURES).where(f"{WEIGHT} <> 1").count() == 0


@pytest.mark.parametrize("wants", ["indices", "onehot", "log", "dense", "words", "numbers"])
def test_the_rows_to_fit_on_are_as_the_stages_leave_them(training, wants):
    result = prepared(training, wants)
    again = PipelineModel(list(result.stages)).transform(weighted(training, FEATURES))
    assert_df_equality(result.rows, again.select(*result.rows.columns), ignore_row_order=True, ignore_nullable=True)


def test_features_without_a_value_in_training_are_left_out():
    recorded = {"hour": 12, "area": 1, "ward": 0}
    assert usable((HOUR, AREA, WARD, LATITUDE), recorded) == [HOUR, AREA]


@pytest.mark.parametrize(
    ("feature", "categories", "first", "onehot"), [(AREA, 3, [0], [1, 0]), (LATITUDE, 0, [40], [-sqrt(3 / 2)])]
)
def test_categories_or_numbers_alone(spark, training, feature, categories, first, onehot):
    result = prepared(training, "indices", (feature,))
    assert result.categories == categories
    assert vectors(result, spark, ("a", "home", 40.0)) == [first]
    assert vectors(prepared(training, "onehot", (feature,)), spark, ("a", "home", 40.0))[0] == pytest.approx(onehot)


def test_only_crossed_categories_stand_in_pairs(training):
    result = prepared(training, "onehot", crossed=("premise", "hour"))
    assert [word for word in result.stages[1].vocabulary if "|" in word] == []
    assert "area|premise=a|home" in prepared(training, "onehot").stages[1].vocabulary


@pytest.mark.parametrize(("latitude", "scaled"), [(None, 0), (50.0, sqrt(3 / 2)), (-1e300, -sqrt(3 / 2))])
def test_numbers_are_held_to_the_range_that_they_have_in_training(spark, training, latitude, scaled):
    result = vectors(prepared(training, "onehot", (LATITUDE,)), spark, ("a", "home", latitude))
    assert result == [[pytest.approx(scaled)]]


def test_logarithms_of_numbers_on_both_sides_of_zero(spark):
    """ln(1 + |x|) with the sign of x: -2, 0 and 2 here, so that the mean is 0 and the deviation 2."""
    numbers = [-(exp(2) - 1), 0.0, exp(2) - 1]
    training = spark.createDataFrame([(x, 1.0) for x in numbers], "latitude DOUBLE, label DOUBLE")
    result = prepared(training, "log", (LATITUDE,))
    rows = [(None, None, x) for x in (*numbers, exp(1) - 1, None, 1e9)]
    assert vectors(result, spark, *rows) == [[pytest.approx(x, abs=1e-12)] for x in (-1, 0, 1, 0.5, 0, 1)]


def test_logarithms_stand_beside_one_hot_categories(spark, training):
    result = prepared(training, "log", crossed=())
    assert len(vectors(result, spark, ("a", "home", 40.0))[0]) == 2 + 3 + 1


def test_neither_the_past_nor_a_trend_is_among_the_numbers(spark):
    rows = [(40.0, 5.0, 13.0, 1.0), (42.0, 6.0, 14.0, 0.0), (44.0, 9.0, 15.0, 0.0)]
    given = "latitude DOUBLE, earlier DOUBLE, trend DOUBLE"
    result = prepared(spark.createDataFrame(rows, f"{given}, label DOUBLE"), "numbers", (LATITUDE, EARLIER, TREND))
    assert vectors(result, spark, (43.0, 5.0, 16.0), schema=given) == [[pytest.approx(0.5)]]


def test_without_a_number_of_its_own_a_task_has_none_to_give(training):
    with pytest.raises(
        UsageError, match="needs a number that is not about the past and not a trend; the task has none"
    ):
        prepared(training.withColumns({"earlier": F.lit(1.0), "trend": F.lit(1.0)}), "numbers", (AREA, EARLIER, TREND))


@pytest.mark.parametrize(
    ("wants", "seen"),
    [
        ("numbers", [LATITUDE]),
        ("columns", [AREA, LATITUDE, EARLIER, TREND, SERIES]),
        *((wants, [AREA, LATITUDE, EARLIER, TREND]) for wants in ("indices", "onehot", "log", "dense", "words")),
    ],
)
def test_what_a_learner_sees_goes_by_what_it_wants(wants, seen):
    """A series is seen by who reads columns alone."""
    assert seen_by(wants, (AREA, LATITUDE, EARLIER, TREND, SERIES)) == seen


@pytest.mark.parametrize("wants", ["indices", "onehot", "log"])
def test_codes_stand_last_or_before_scaled_numbers_and_rare_ones_nowhere(spark, monkeypatch, wants):
    """Codes x and y are in two rows, z in one; latitude is scaled to -1 and 1 by sqrt(2) / 2, or its logarithm is."""
    monkeypatch.setattr(preparation, "ROWS_PER_WORD", 2)
    monkeypatch.setattr(preparation, "ROWS_PER_CATEGORY", 2)
    rows = [(["x", "y"], 40.0, 1.0), (["y", "x", "z", "x"], 42.0, 0.0)]
    training = spark.createDataFrame(rows, "codes ARRAY<STRING>, latitude DOUBLE, label DOUBLE")
    result = prepared(training, wants, (CODES, LATITUDE))
    new = [(["y", "z", "new"], 42.0), (None, None)]
    built = vectors(result, spark, *new, schema="codes ARRAY<STRING>, latitude DOUBLE")
    expected = [[42, 0, 1], [41, 0, 0]] if wants == "indices" else [[0, 1, sqrt(1 / 2)], [0, 0, 0]]
    assert built == [pytest.approx(row, abs=1e-12) for row in expected]


def test_words_of_numbers_are_the_ranges_of_equally_many_rows(spark, monkeypatch):
    """Twenty rows of 0 to 19 in four ranges; an unknown number is a word, one below all of them too."""
    monkeypatch.setattr(preparation, "RANGES", 4)
    training = spark.createDataFrame(
        [(float(position), 1.0) for position in range(20)], "latitude DOUBLE, label DOUBLE"
    )
    result = prepared(training, "words", (LATITUDE,))
    assert result.stages[1].vocabulary == [
        *("latitude below all", "latitude from 14.25", "latitude from 4.75", "latitude from 9.5")
    ]
    built = vectors(result, spark, *((None, None, x) for x in (-1e9, 4.7, 4.8, 9.5, 14.0, 1e300, None)))
    assert [row.index(1) if any(row) else None for row in built] == [0, 0, 2, 3, 3, 1, None]


def test_many_equal_numbers_are_one_range_and_what_is_unknown_is_a_word(spark, monkeypatch):
    monkeypatch.setattr(preparation, "ROWS_PER_WORD", 1)
    rows = [(0.0,)] * 19 + [(5.0,), (None,)]
    training = spark.createDataFrame([(*row, 1.0) for row in rows], "latitude DOUBLE, label DOUBLE")
    result = prepared(training, "words", (LATITUDE,))
    assert result.stages[1].vocabulary == ["latitude from 0.0", "latitude is unknown"]


def test_ranges_are_cut_by_some_of_the_rows_where_there_are_many(spark, monkeypatch):
    """The same ones whatever the partitions."""
    monkeypatch.setattr(preparation, "ROWS_FOR_RANGES", 50)
    training = spark.createDataFrame([(float(index), 1.0) for index in range(200)], "latitude DOUBLE, label DOUBLE")
    results = [
        prepared(rows, "words", (LATITUDE,)).stages[1].vocabulary for rows in (training, training.repartition(3))
    ]
    assert results[0] == results[1]
    assert len(results[0]) == 10
    assert results[0] != prepared(training.limit(50), "words", (LATITUDE,)).stages[1].vocabulary


def test_words_are_never_negative_and_stand_for_categories_numbers_and_codes(spark, monkeypatch):
    monkeypatch.setattr(preparation, "ROWS_PER_WORD", 1)
    rows = [(["x"], "a", -40.0, 1.0), (["x", "y"], "b", -42.0, 0.0)]
    training = spark.createDataFrame(rows, "codes ARRAY<STRING>, area STRING, latitude DOUBLE, label DOUBLE")
    result = prepared(training, "words", (CODES, AREA, LATITUDE))
    built = vectors(
        result, spark, *(row[:3] for row in rows), schema="codes ARRAY<STRING>, area STRING, latitude DOUBLE"
    )
    assert {value for row in built for value in row} == {0, 1}
    assert [sum(row) for row in built] == [3, 4]


def test_dense_vectors_have_no_pairs_and_only_categories_of_many_rows(spark, monkeypatch):
    monkeypatch.setattr(preparation, "ROWS_TO_A_DENSE_WORD", 4)
    monkeypatch.setattr(preparation, "ROWS_PER_WORD", 1)
    rows = [*[("a", "home", 1.0, 1.0)] * 5, *[("b", "shop", 3.0, 0.0)] * 3, ("c", "home", 1.0, 1.0)]
    training = spark.createDataFrame(rows, f"{SCHEMA}, label DOUBLE")
    result = prepared(training, "dense")
    assert result.stages[1].vocabulary == ["area=a", "area=b", "premise=home", "premise=shop"]
    assert len(vectors(result, spark, ("c", "home", 2.0))[0]) == 5


def test_rows_that_weigh_two_are_two_rows_and_those_of_next_to_nothing_are_none(spark):
    rows = spark.createDataFrame([("a", 1.6), ("b", 1.0), ("c", 0.4), ("d", 0.0)], f"area STRING, {WEIGHT} DOUBLE")
    expected = spark.createDataFrame([("a", 1.0), ("a", 1.0), ("b", 1.0)], rows.schema)
    assert_df_equality(repeated(rows), expected, ignore_nullable=True)
