"""Vectors for learners, fitted on the training rows and no others."""

from __future__ import annotations

import pytest
from chispa import assert_df_equality
from pyspark.ml import Pipeline
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features import preparing
from crime_spark.features.preparing import VECTOR, Preparation, prepare, usable
from tests.unit.training.tiny import AREA, HOUR, LATITUDE, PREMISE, WARD

SCHEMA = "incident_id STRING, area STRING, premise STRING, latitude DOUBLE"
FEATURES = (AREA, PREMISE, LATITUDE)


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    rows = [("1", "a", "home", 40.0), ("2", "a", "shop", 42.0), ("3", "b", "shop", None), ("4", "a", "lot", 44.0)]
    return spark.createDataFrame(rows, SCHEMA)


@pytest.fixture(scope="module")
def prepared(training: DataFrame) -> Preparation:
    return prepare(training, FEATURES)


def vectors(preparation: Preparation, wants: str, training: DataFrame, rows: DataFrame) -> list[list[float]]:
    """The vectors of rows, by the order of their keys, from stages fitted on training."""
    stages = Pipeline(stages=preparation.vector_stages(wants)).fit(preparation.model.transform(training))
    made = stages.transform(preparation.model.transform(rows)).select("incident_id", vector_to_array(F.col(VECTOR)))
    return [row[1] for row in sorted(made.collect())]


def test_unseen_and_unknown_categories_have_the_last_index_and_unknown_numbers_the_training_mean(spark, prepared):
    assert (prepared.indices, prepared.numbers) == (("area_index", "premise_index"), ("latitude_filled",))
    assert prepared.categories == 4
    test = [("5", "b", "home", 1.0), ("6", "new", "shop", None), ("7", None, None, None)]
    actual = prepared.model.transform(spark.createDataFrame(test, SCHEMA))
    expected = [
        (*test[0], 1.0, 1.0, 1.0),
        (*test[1], 2.0, 0.0, 42.0),
        (*test[2], 2.0, 3.0, 42.0),
    ]
    schema = f"{SCHEMA}, area_index DOUBLE, premise_index DOUBLE, latitude_filled DOUBLE"
    assert_df_equality(actual, spark.createDataFrame(expected, schema), ignore_nullable=True, ignore_metadata=True)


def test_vectors_of_indices(spark, prepared, training):
    test = spark.createDataFrame([("5", "b", "home", 1.0), ("6", "new", None, None)], SCHEMA)
    assert vectors(prepared, "indices", training, test) == [[1, 1, 1], [2, 3, 42]]


def test_vectors_of_one_hot_categories_and_scaled_numbers(spark, prepared, training):
    """Training latitudes are 40, 42, 42 (filled), 44: mean 42, standard deviation (8/3)^(1/2)."""
    test = spark.createDataFrame([("5", "a", "shop", 42.0), ("6", "b", "home", 42 + 2 * (8 / 3) ** 0.5)], SCHEMA)
    first, second = vectors(prepared, "onehot", training, test)
    assert first == pytest.approx([1, 0, 0, 1, 0, 0, 0, 0])
    assert second == pytest.approx([0, 1, 0, 0, 1, 0, 0, 2])


def test_a_category_of_the_test_rows_alone_is_as_an_unknown_one(spark, prepared, training):
    test = spark.createDataFrame([("5", "new", "home", 42.0), ("6", None, "home", 42.0)], SCHEMA)
    assert vectors(prepared, "indices", training, test) == [[2, 1, 42]] * 2
    assert vectors(prepared, "onehot", training, test) == [[0, 0, 1, 0, 1, 0, 0, 0]] * 2


@pytest.mark.parametrize(
    ("at_least", "rows_each", "indices"), [(2, 9, [0, 0, 1, 2]), (1, 2, [0, 0, 1, 2]), (1, 9, [0, 0, 1, 1])]
)
def test_only_so_many_categories_are_kept_apart_and_the_most_frequent(spark, monkeypatch, at_least, rows_each, indices):
    monkeypatch.setattr(preparing, "MOST_CATEGORIES_AT_LEAST", at_least)
    monkeypatch.setattr(preparing, "ROWS_PER_CATEGORY", rows_each)
    rows = spark.createDataFrame([("1", "a"), ("2", "a"), ("3", "b"), ("4", "c")], "incident_id STRING, area STRING")
    found = prepare(rows, (AREA,))
    assert vectors(found, "indices", rows, rows) == [[index] for index in indices]
    assert found.categories == max(indices) + 1


def test_features_without_a_value_in_training_are_left_out():
    recorded = {"hour": 12, "area": 1, "ward": 0}
    assert usable((HOUR, AREA, WARD, LATITUDE), recorded) == [HOUR, AREA]


@pytest.mark.parametrize(
    ("feature", "categories", "first", "onehot"), [(AREA, 3, [0], [1, 0, 0]), (LATITUDE, 0, [40], [-((3 / 2) ** 0.5)])]
)
def test_categories_or_numbers_alone(training, feature, categories, first, onehot):
    preparation = prepare(training, (feature,))
    assert preparation.categories == categories
    assert vectors(preparation, "indices", training, training)[0] == first
    assert vectors(preparation, "onehot", training, training)[0] == pytest.approx(onehot)
