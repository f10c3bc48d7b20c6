"""Several classes: probabilities that sum to 1, are calibrated, and scikit-learn's where it has the learner."""

from __future__ import annotations

import random
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.linear_model import LogisticRegression

from crime_spark.kinds import Binary, MultiClass
from crime_spark.learners.class_prior import CLASS_PRIOR
from crime_spark.learners.estimators import multiclass
from crime_spark.learners.estimators.multiclass import FLOOR, HELD_OUT, OneVsRest
from crime_spark.learners.gbt import GBT
from crime_spark.learners.learner import Shape
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from tests.unit.learners.trying import fitted, predicted_values, vectors

# Of each kind of row, the shares of the classes; the fourth class never occurs.
SHARES = {0: (0.7, 0.2, 0.1), 1: (0.1, 0.8, 0.1), 2: (0.3, 0.3, 0.4)}
TREES = {"maxIterOfClass": 3, "maxDepth": 2, "minInstancesPerNode": 1}


def one_hot(kind: int) -> list[float]:
    return [float(kind == index) for index in range(3)]


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    """600 rows; a second number, of no meaning, makes them unlike, so that some are held out."""
    rng = random.Random(2)
    rows = [
        ((*one_hot(kind), rng.random()), float(label), 1.0)
        for kind, shares in SHARES.items()
        for label, share in enumerate(shares)
        for _ in range(round(200 * share))
    ]
    return vectors(spark, rows).persist()


@pytest.fixture(scope="module")
def each_kind(spark: SparkSession) -> DataFrame:
    return vectors(spark, [((*one_hot(kind), 0.5), 0.0, 1.0) for kind in SHARES])


def test_multinomial_logistic_regression_is_the_peer(spark):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(90, 2))
    y = np.argmax(x @ rng.normal(size=(2, 3)) + rng.gumbel(size=(90, 3)), axis=1)
    w = rng.integers(1, 4, size=90).astype(float)
    rows = vectors(
        spark, [(item.tolist(), float(label), source) for item, label, source in zip(x, y, w.tolist(), strict=True)]
    )
    model = fitted(LOGISTIC_REGRESSION, rows, MultiClass, 3, int(w.sum()), C=0.5, maxIter=300, tol=1e-12)
    peer = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(x, y, sample_weight=w)
    assert np.array(predicted_values(model, rows, MultiClass)) == pytest.approx(peer.predict_proba(x), abs=1e-5)


@pytest.mark.parametrize(
    ("learner", "settings"), [(GBT, TREES), (LOGISTIC_REGRESSION, {"maxIter": 50, "C": 10.0})], ids=["gbt", "lr"]
)
def test_probabilities_are_those_that_the_rows_have(training, each_kind, learner, settings):
    model = fitted(learner, training, MultiClass, 4, **settings)
    for result, shares in zip(predicted_values(model, each_kind, MultiClass), SHARES.values(), strict=True):
        assert len(result) == 4
        assert sum(result) == pytest.approx(1)
        assert 0 <= result[3] < 0.01
        assert result[:3] == pytest.approx(shares, abs=0.1)


def test_the_same_rows_give_the_same_trees_and_the_same_rows_are_held_out(training, each_kind):
    first, second = (fitted(GBT, training, MultiClass, 3, **TREES) for _ in range(2))
    assert predicted_values(first, each_kind, MultiClass) == predicted_values(second, each_kind, MultiClass)


def test_margins_are_calibrated_on_rows_that_the_trees_have_not_seen(spark, training):
    """The labels of the held-out rows alone say what a margin is worth: turned round, they turn the probability."""
    stored = f"pmod(xxhash64(features), {HELD_OUT}) = 0"
    assert 20 < training.where(stored).count() < 120
    turned = training.selectExpr("features", f"IF({stored}, (label + 1) % 3, label) AS label", "weight")
    rows = vectors(spark, [((*one_hot(kind), 0.5), 0.0, 1.0) for kind in (0, 1)])
    [[first, *_], [other, *_]] = predicted_values(fitted(GBT, turned, MultiClass, 3, **TREES), rows, MultiClass)
    [[straight, *_], [also, *_]] = predicted_values(fitted(GBT, training, MultiClass, 3, **TREES), rows, MultiClass)
    assert straight > also
    assert first < other


def test_a_class_that_no_row_has_is_almost_impossible_and_one_that_all_have_almost_sure(spark):
    rows = vectors(spark, [((float(x),), 1.0, 1.0) for x in range(3)])
    assert (
        predicted_values(fitted(GBT, rows, MultiClass, 3, **TREES), rows, MultiClass)
        == [pytest.approx([FLOOR, 1, FLOOR], rel=1e-6)] * 3
    )


def test_a_class_of_one_row_is_fitted_too(spark, training, each_kind):
    once = training.unionByName(vectors(spark, [((*one_hot(3), 0.5), 3.0, 1.0)]))
    result = predicted_values(fitted(GBT, once, MultiClass, 4, **TREES), each_kind, MultiClass)[0]
    assert sum(result) == pytest.approx(1)
    assert 0 < result[3] < 0.1


def test_the_prior_of_several_classes_is_their_weighted_shares(spark):
    rows = vectors(spark, [((0.0,), 0.0, 3.0), ((1.0,), 2.0, 1.0), ((2.0,), 2.0, 4.0)])
    assert predicted_values(fitted(CLASS_PRIOR, rows, MultiClass, 4), rows, MultiClass) == [[0.375, 0, 0.625, 0]] * 3


def test_two_classes_are_fitted_as_before(training):
    two = training.where("label < 2")
    model = fitted(GBT, two, Binary, maxIter=2, maxDepth=2)
    assert all(len(result) == 2 for result in predicted_values(model, two.limit(5), Binary))


def test_classes_fitted_side_by_side_are_those_fitted_one_after_the_other(training, each_kind, monkeypatch):
    together = predicted_values(fitted(GBT, training, MultiClass, 4, **TREES), each_kind, MultiClass)
    monkeypatch.setattr(multiclass, "MOST_TOGETHER", 1)
    assert predicted_values(fitted(GBT, training, MultiClass, 4, **TREES), each_kind, MultiClass) == together


def test_two_classes_are_fitted_at_the_same_time_and_each_is_reported(training, monkeypatch):
    both, reported = Barrier(2), []
    of_class = OneVsRest._of_class

    def meet(self: OneVsRest, rows: DataFrame, source: int, counts: Any) -> Any:
        if source < 2:
            both.wait(timeout=300)  # broken, unless the other class is begun before this one has ended
        return of_class(self, rows, source, counts)

    monkeypatch.setattr(OneVsRest, "_of_class", meet)
    estimator = GBT.build(Shape(MultiClass, 0, 600, 4), GBT.with_settings(TREES), 1)
    estimator.report = lambda done, source: reported.append((done, source))
    estimator.fit(training)
    assert sorted(reported) == [(done, 4) for done in (1, 2, 3, 4)]
