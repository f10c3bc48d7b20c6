"""Nearest neighbours are scikit-learn's on the same rows, and the sample of them is what it is said to be."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.decomposition import TruncatedSVD
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Regression
from crime_spark.learners.estimators import neighbours
from crime_spark.learners.estimators.neighbours import sampled
from crime_spark.learners.knn import KNN
from crime_spark.learners.learner import Shape
from tests.unit.learners.trying import fitted, predicted_values, vectors

RNG = np.random.default_rng(11)
X = RNG.normal(size=(120, 5))
NEW = RNG.normal(size=(30, 5))
LABELS = {
    Binary: (X[:, 0] + RNG.normal(size=120) > 0).astype(float),
    MultiClass: np.digitize(X[:, 1], [-0.5, 0.5]).astype(float),
    Regression: X[:, 2] * 3 + RNG.normal(size=120),
}
W = RNG.integers(1, 4, size=120)
for_each_kind = pytest.mark.parametrize("kind", LABELS, ids=lambda kind: kind.__name__)


def frame(spark: SparkSession, x: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> DataFrame:
    return vectors(spark, list(zip(x.tolist(), labels.tolist(), weights.astype(float).tolist(), strict=True)))


def peer(kind: type, weights: str, k: int, x: np.ndarray = X) -> np.ndarray:
    """On each row as often as it weighs."""
    learner = KNeighborsRegressor if kind is Regression else KNeighborsClassifier
    near = learner(k, weights=weights, algorithm="kd_tree").fit(np.repeat(x, W, axis=0), np.repeat(LABELS[kind], W))
    return near.predict(NEW) if kind is Regression else near.predict_proba(NEW)


@for_each_kind
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_it_is_the_peer_on_the_same_rows(spark, kind, weights):
    training = frame(spark, X, LABELS[kind], W)
    settings = {"n_neighbors": 40, "weights": weights, "smoothing": 0.0}
    model = fitted(KNN, training, kind, 3 if kind is MultiClass else 2, int(W.sum()), **settings)
    result = np.array(predicted_values(model, frame(spark, NEW, np.zeros(30), np.ones(30)), kind))
    assert result == pytest.approx(peer(kind, weights, 40), abs=1e-6)


def test_a_row_of_the_sample_itself_says_what_it_is(spark):
    training = frame(spark, X, LABELS[Regression], np.ones(120))
    model = fitted(KNN, training, Regression, weights="distance", smoothing=0.0, n_neighbors=9)
    assert predicted_values(model, training, Regression) == pytest.approx(LABELS[Regression].tolist(), abs=1e-6)


@for_each_kind
def test_wide_vectors_are_turned_into_fewer_places(spark, kind):
    """Five places into the three that lie furthest apart, as the peer turns them."""
    training = frame(spark, X, LABELS[kind], W)
    settings = {"n_neighbors": 25, "smoothing": 0.0, "components": 3}
    model = fitted(KNN, training, kind, 3 if kind is MultiClass else 2, int(W.sum()), **settings)
    svd = TruncatedSVD(3, random_state=1).fit(X)
    learner = KNeighborsRegressor if kind is Regression else KNeighborsClassifier
    near = learner(25).fit(np.repeat(svd.transform(X), W, axis=0), np.repeat(LABELS[kind], W))
    expected = near.predict(svd.transform(NEW)) if kind is Regression else near.predict_proba(svd.transform(NEW))
    result = np.array(predicted_values(model, frame(spark, NEW, np.zeros(30), np.ones(30)), kind))
    assert result == pytest.approx(expected, abs=1e-6)


def test_a_few_rows_of_the_mean_are_added(spark):
    """Of ten neighbours and five rows of the mean: no class is impossible, but one that never occurs."""
    labels = np.repeat([0.0, 2.0], [100, 20])
    training = frame(spark, np.sort(X, axis=0), labels, np.ones(120))
    model = fitted(KNN, training, MultiClass, 4, n_neighbors=10, smoothing=5.0)
    first = predicted_values(model, frame(spark, np.sort(X, axis=0)[:1], np.zeros(1), np.ones(1)), MultiClass)[0]
    assert first == pytest.approx([(10 + 5 * 5 / 6) / 15, 0, (5 / 6) / 15, 0])


def drawn(rows: DataFrame, stand_for: int, wanted: int, seed: int = 1, by_class: bool = True) -> Counter[float]:
    collected = sampled(rows, stand_for, wanted, seed, by_class=by_class).collect()
    return Counter(
        {label: sum(r["copies"] for r in collected if r["label"] == label) for label in {r[1] for r in collected}}
    )


def test_each_class_has_its_share_of_the_sample_rounded_up(spark):
    labels = np.repeat([0.0, 1.0, 2.0], [80, 39, 1])
    rows = frame(spark, X, labels, np.ones(120))
    assert drawn(rows, 120, 40) == {0: 27, 1: 13, 2: 1}
    assert drawn(rows, 120, 40) == drawn(rows.repartition(7), 120, 40)
    weighing = frame(spark, X, labels, np.repeat([1, 10, 5], [80, 39, 1]))
    assert drawn(weighing, 475, 95) == {0: 16, 1: 78, 2: 1}
    assert drawn(weighing, 475, 1000) == {0: 80, 1: 390, 2: 5}


def test_the_sample_is_the_same_on_other_partitions_and_another_with_another_seed(spark):
    rows = frame(spark, X, LABELS[Binary], np.ones(120))

    def chosen(source: DataFrame, seed: int) -> set[str]:
        return {str(row["features"]) for row in sampled(source, 120, 30, seed, by_class=True).collect()}

    assert chosen(rows, 1) == chosen(rows.repartition(5), 1) != chosen(rows, 2)


def test_numbers_are_drawn_from_their_whole_range_alike(spark):
    rows = frame(spark, X, np.arange(120.0), np.ones(120))
    result = sorted(drawn(rows, 120, 12, by_class=False))
    assert result == [index * 10.0 for index in range(12)]


def test_of_many_rows_some_are_put_in_order_and_as_many_as_are_wanted_are_taken(spark, monkeypatch):
    monkeypatch.setattr(neighbours, "THINNED_TO", 10)
    x = np.random.default_rng(3).normal(size=(3000, 2))
    rows = frame(spark, x, np.repeat([0.0, 1.0, 2.0], [2000, 997, 3]), np.repeat([1, 2], [2000, 1000])).persist()
    for seed in (1, 2):
        assert drawn(rows, 4000, 200, seed) == {0: 100, 1: 100, 2: 1}
        assert drawn(rows, 4000, 200, seed) == drawn(rows.repartition(5), 4000, 200, seed)
    numbers = drawn(frame(spark, x, np.arange(3000.0), np.ones(3000)), 3000, 150, by_class=False)
    assert sum(numbers.values()) == 150
    tenths = Counter(int(label // 300) for label in numbers.elements())
    assert all(5 <= tenths[index] <= 25 for index in range(10))


def test_no_more_than_the_wanted_rows_are_kept(spark):
    model = fitted(KNN, frame(spark, X, LABELS[Regression], np.ones(120)), Regression, reference_rows=12, n_neighbors=5)
    result = predicted_values(model, frame(spark, NEW, np.zeros(30), np.ones(30)), Regression)
    assert len({round(number, 9) for number in result}) > 1
    assert min(LABELS[Regression]) < min(result) < max(result) < max(LABELS[Regression])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weights", "nearest", "'nearest'; it must be uniform or distance"),
        ("n_neighbors", 0, "0; it must be 1 or more"),
        ("reference_rows", -5, "-5; it must be 1 or more"),
        ("components", 0, "0; it must be 1 or more"),
        ("smoothing", -1.0, "-1.0; it must be 0 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, value, message):
    with pytest.raises(UsageError, match=rf"learner_settings\.knn\.{name} is {message}"):
        KNN.build(Shape(Binary, 3, 10), {**KNN.settings, name: value}, 1)
