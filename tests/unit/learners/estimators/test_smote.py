"""SMOTE makes rows of the rows that it is given and of no others; what is made of others before the split is caught."""

from __future__ import annotations

import numpy as np
import pytest
from imblearn import over_sampling
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.features.place import AREA, LATITUDE
from crime_spark.kinds import Binary
from crime_spark.learners.estimators import smote as smoting
from crime_spark.learners.estimators.class_balance import rows_by_class
from crime_spark.learners.estimators.smote import interpolated, smote
from crime_spark.learners.random_forest import RANDOM_FOREST
from crime_spark.learners.random_forest_smote import RANDOM_FOREST_SMOTE
from crime_spark.vectors.preparation import prepare, weighted
from tests.unit.learners.trying import fitted, predicted_values, vectors

SETTINGS = {"smoteRows": 1000, "smoteNeighbors": 3}
RNG = np.random.default_rng(6)
FOREST = {"numTrees": 10, "maxDepth": 4, "minInstancesPerNode": 2}


def between(new: np.ndarray, rows: np.ndarray) -> bool:
    """Whether each of new lies on a line from one of the rows to another."""
    for point in new:
        result = False
        for start in rows:
            way, gone = rows - start, point - start
            length = (way**2).sum(axis=1)
            share = np.divide((way * gone).sum(axis=1), length, out=np.zeros(len(rows)), where=length > 0)
            missed = np.abs(gone - share[:, None] * way).max(axis=1)
            result = result or bool(((missed < 1e-9) & (share > -1e-9) & (share < 1 + 1e-9)).any())
        if not result:
            return False
    return True


def rows_of(rows: DataFrame, label: int) -> np.ndarray:
    collected = rows.where(f"label = {label}").select(vector_to_array(F.col("features"))).collect()
    return np.array([row[0] for row in collected])


def numbers(spark: SparkSession, points: np.ndarray, labels: list[float]) -> DataFrame:
    return vectors(spark, [(x.tolist(), label, 1.0) for x, label in zip(points, labels, strict=True)]).persist()


@pytest.fixture(scope="module")
def rare(spark: SparkSession) -> DataFrame:
    """40 rows of class 0, 8 of class 1 and one of class 2."""
    return numbers(spark, RNG.normal(size=(49, 3)), [0.0] * 40 + [1.0] * 8 + [2.0])


def test_classes_become_as_many_by_rows_between_their_own(rare):
    done = smote(rare, rows_by_class(rare), SETTINGS, 1)
    assert {label: item.weight for label, item in rows_by_class(done).items()} == {0: 40, 1: 40, 2: 1}
    assert done.exceptAll(rare).count() == 32
    assert rare.exceptAll(done).count() == 0
    assert between(rows_of(done.exceptAll(rare), 1), rows_of(rare, 1))


def test_rows_made_of_others_too_are_not_between_the_training_rows(rare, spark):
    """The planted fault: rows interpolated before the split have something of the test rows in them."""
    test = numbers(spark, RNG.normal(size=(8, 3)) + 1, [1.0] * 8)
    both = rare.unionByName(test)
    unfolded = smote(both, rows_by_class(both), SETTINGS, 1).exceptAll(both)
    assert unfolded.count() == 24
    assert not between(rows_of(unfolded, 1), rows_of(rare, 1))


def test_rows_are_those_of_imbalanced_learn(rare):
    """On numbers divided by their deviation in the class."""
    custom, others = rows_of(rare, 1), rows_of(rare, 0)
    (result,) = interpolated(custom, others, 32, [], 3, 7)
    scale = custom.std(axis=0)
    peer = over_sampling.SMOTE(sampling_strategy={1: 40}, k_neighbors=3, random_state=7)
    both = np.vstack([custom, others]) / scale
    expected = peer.fit_resample(both, np.repeat([1, 0], [8, 40]))[0][len(both) :] * scale
    assert result == pytest.approx(expected)


def test_categories_are_those_of_neighbours_and_numbers_lie_between():
    """In three far-off places each category stands for one place: no row that is made mixes them."""
    places = RNG.integers(3, size=30)
    custom = np.column_stack([places, places * 100 + RNG.random(30), RNG.integers(2, size=30)]).astype(float)
    (result,) = interpolated(custom, custom[:1], 500, [0], 3, 1)
    assert len(result) == 500
    assert set(result[:, 0]) == {0.0, 1.0, 2.0}
    assert np.array_equal(result[:, 1] // 100, result[:, 0])
    assert set(result[:, 2]) == {0.0, 1.0}
    assert len(np.unique(result[:, 1])) > 100


def test_categories_alone():
    custom = RNG.integers(4, size=(30, 3)).astype(float)
    (result,) = interpolated(custom, RNG.integers(4, size=(40, 3)).astype(float), 50, [0, 1, 2], 3, 1)
    assert result.shape == (50, 3)
    assert set(np.unique(result)) <= set(range(4))


def test_more_than_can_be_made_together_is_made_in_parts(monkeypatch):
    monkeypatch.setattr(smoting, "TOGETHER", 10)
    custom = RNG.normal(size=(25, 2))
    result = list(interpolated(custom, custom[:1] + 5, 47, [], 5, 1))
    assert [len(item) for item in result] == [9, 9, 10, 9, 10]
    assert between(np.vstack(result), custom)
    assert len(np.unique(np.vstack(result), axis=0)) == 47


def test_every_corner_of_the_class_has_new_rows_even_of_one_part(monkeypatch):
    """160 rows in four far-off places, in their order; of four parts one is enough for forty new rows."""
    monkeypatch.setattr(smoting, "TOGETHER", 40)
    corners = np.repeat(np.arange(4), 40)
    custom = np.column_stack([corners * 1000 + np.arange(160), np.arange(160) % 7]).astype(float)
    (result,) = interpolated(custom, custom[:1] - 9, 40, [], 1, 1)
    assert set(result[:, 0] // 1000) == {0, 1, 2, 3}
    assert between(result, custom)


def test_of_two_rows_there_is_one_neighbour():
    custom = np.array([[0.0, 0.0], [3.0, 1.0]])
    (result,) = interpolated(custom, custom + 9, 5, [], 5, 1)
    assert between(result, custom)


def test_more_rows_than_are_allowed_stand_for_several(rare):
    done = smote(rare, rows_by_class(rare), {**SETTINGS, "smoteRows": 4}, 1)
    new = done.exceptAll(rare)
    assert [(row["count"], row["weight"]) for row in new.groupBy("weight").count().collect()] == [(4, 8.0)]
    assert rows_by_class(done)[1].weight == 40


def test_the_same_rows_in_other_partitions_give_the_same(rare):
    first = smote(rare, rows_by_class(rare), SETTINGS, 1)
    again = smote(rare.repartition(4), rows_by_class(rare), SETTINGS, 1)
    other = smote(rare, rows_by_class(rare), SETTINGS, 2)
    assert first.exceptAll(again).count() == 0
    assert first.exceptAll(other).count() > 0


def test_classes_as_many_as_each_other_are_left_as_they_are(spark):
    rows = vectors(spark, [((1.0, 2.0), 0.0, 2.0), ((3.0, 4.0), 1.0, 2.0)])
    assert smote(rows, rows_by_class(rows), SETTINGS, 1) is rows


def test_trees_are_still_told_which_places_are_categories(spark):
    rows = [(f"{index % 3}", float(index), float(index % 4 == 0)) for index in range(40)]
    training = spark.createDataFrame(rows, "area STRING, latitude DOUBLE, label DOUBLE").coalesce(1)
    features: tuple[Feature, ...] = (AREA, LATITUDE)
    prepared = prepare(weighted(training, features), 40, "indices", features)
    done = smote(prepared.rows, rows_by_class(prepared.rows), SETTINGS, 1)
    assert done.schema["features"].metadata == prepared.rows.schema["features"].metadata
    new = rows_of(done.exceptAll(prepared.rows), 1)
    assert len(new) == 20
    assert set(new[:, 0]) <= {0.0, 1.0, 2.0}


def test_the_forest_is_saved_and_its_probabilities_are_those_of_the_rows(spark, tmp_path):
    x = RNG.normal(size=(400, 3))
    y = (x[:, 0] + RNG.logistic(size=400) > 2.5).astype(float)
    rows = numbers(spark, x, y.tolist())
    model = fitted(RANDOM_FOREST_SMOTE, rows, Binary, **FOREST)
    result = predicted_values(model, rows, Binary)
    assert np.mean(result, axis=0)[1] == pytest.approx(y.mean(), abs=0.05)
    assert result != predicted_values(fitted(RANDOM_FOREST, rows, Binary, **FOREST), rows, Binary)
    model.write().save(f"{tmp_path}/model")
    assert predicted_values(PipelineModel.load(f"{tmp_path}/model"), rows, Binary) == result
