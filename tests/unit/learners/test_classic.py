"""MLlib's learners are as good as scikit-learn's of the same settings, or the same where nothing is drawn."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Regression
from crime_spark.learners.estimators.multiclass import FLOOR, HELD_OUT
from crime_spark.learners.learner import Shape
from crime_spark.learners.linear_svm import LINEAR_SVM
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from crime_spark.learners.mlp import MLP
from crime_spark.learners.naive_bayes import NAIVE_BAYES
from crime_spark.learners.random_forest import RANDOM_FOREST
from tests.unit.learners.trying import fitted, predicted_values, vectors

RNG = np.random.default_rng(11)
ROWS, FITTED = 3000, 1500
X = RNG.normal(size=(ROWS, 5))
SIGNAL = 1.2 * X[:, 0] - 0.8 * X[:, 1] + 1.5 * X[:, 2] * (X[:, 0] > 0) + 0.5 * np.sin(2 * X[:, 3])
Y = (SIGNAL + RNG.logistic(size=ROWS) > 0).astype(float)
NUMBERS = SIGNAL + RNG.normal(size=ROWS) / 2


def parts(spark: SparkSession, labels: np.ndarray) -> tuple[DataFrame, DataFrame]:
    """Rows to fit on and rows to judge by."""
    rows = [(x.tolist(), float(y), 1.0) for x, y in zip(X, labels, strict=True)]
    return vectors(spark, rows[:FITTED]).persist(), vectors(spark, rows[FITTED:]).persist()


@pytest.fixture(scope="module")
def binary(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    return parts(spark, Y)


@pytest.fixture(scope="module")
def few(spark: SparkSession) -> DataFrame:
    """60 rows, of weights 1 to 3."""
    return vectors(
        spark,
        [(x.tolist(), float(y), float(1 + index % 3)) for index, (x, y) in enumerate(zip(X[:60], Y, strict=False))],
    ).persist()


def perceptron(seed: int) -> MLPClassifier:
    return MLPClassifier((6,), activation="logistic", solver="lbfgs", alpha=0.0, max_iter=40, random_state=seed)


# Perceptrons end where their start leads them: the peer is the mean of several.
PEERS = [
    (LOGISTIC_REGRESSION, {"C": 1.0, "maxIter": 50}, [LogisticRegression(C=1.0)]),
    (LINEAR_SVM, {"C": 0.05, "maxIter": 100, "tol": 1e-6}, [LinearSVC(C=0.05, loss="hinge", max_iter=100_000)]),
    (
        RANDOM_FOREST,
        {"numTrees": 40, "maxDepth": 6, "minInstancesPerNode": 10},
        [RandomForestClassifier(40, max_depth=6, min_samples_leaf=10, random_state=1)],
    ),
    (MLP, {"hiddenUnits": 6, "maxIter": 40, "tol": 1e-6}, [perceptron(seed) for seed in range(5)]),
]


def auc(peer: Any) -> float:
    peer.fit(X[:FITTED], Y[:FITTED])
    scores = peer.decision_function if isinstance(peer, LinearSVC) else lambda rows: peer.predict_proba(rows)[:, 1]
    return float(roc_auc_score(Y[FITTED:], scores(X[FITTED:])))


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize(("learner", "settings", "peers"), PEERS, ids=[learner.name for learner, _, _ in PEERS])
def test_auc_is_the_peers(binary, learner, settings, peers):
    training, test = binary
    results = [p for _, p in predicted_values(fitted(learner, training, Binary, **settings), test, Binary)]
    expected = np.mean([auc(peer) for peer in peers])
    assert expected > 0.75
    assert roc_auc_score(Y[FITTED:], results) == pytest.approx(expected, abs=0.01)
    # Each says as often that a label is 1 as it is.
    assert np.mean(results) == pytest.approx(Y[FITTED:].mean(), abs=0.04)


def test_a_forest_of_numbers_explains_as_much_as_the_peers(spark):
    training, test = parts(spark, NUMBERS)
    model = fitted(
        RANDOM_FOREST, training, Regression, numTrees=30, maxDepth=8, minInstancesPerNode=5, featureSubsetStrategy="all"
    )
    peer = RandomForestRegressor(30, max_depth=8, min_samples_leaf=5, random_state=1).fit(X[:FITTED], NUMBERS[:FITTED])
    expected = r2_score(NUMBERS[FITTED:], peer.predict(X[FITTED:]))
    assert expected > 0.7
    assert r2_score(NUMBERS[FITTED:], predicted_values(model, test, Regression)) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("mix", [1.0, 0.5])
def test_lasso_and_elastic_net_are_the_peers(binary, mix):
    """And what says nothing has a coefficient of 0."""
    training, test = binary
    model = fitted(LOGISTIC_REGRESSION, training, Binary, C=0.02, elasticNetParam=mix, maxIter=300, tol=1e-10)
    peer = LogisticRegression(C=0.02, l1_ratio=mix, solver="saga", tol=1e-8, max_iter=10_000).fit(
        X[:FITTED], Y[:FITTED]
    )
    results = [p for _, p in predicted_values(model, test, Binary)]
    assert results == pytest.approx(list(peer.predict_proba(X[FITTED:])[:, 1]), abs=1e-3)
    assert model.stages[0].coefficients[4] == pytest.approx(0, abs=1e-6)
    assert LOGISTIC_REGRESSION.settings["elasticNetParam"] == 0


def words(count: int) -> np.ndarray:
    """Rows of two features, of three and of two categories, which go with a class of three."""
    rng = np.random.default_rng(3)
    first, second = rng.integers(3, size=count), rng.integers(2, size=count)
    y = np.where(rng.random(count) < 0.6, first, rng.integers(3, size=count))
    return np.column_stack([np.eye(3)[first], np.eye(2)[second], y])


@pytest.mark.parametrize("smoothing", [1.0, 5.0])
def test_naive_bayes_is_the_peer_and_a_class_without_rows_is_in_its_place(spark, smoothing):
    rows = words(80)
    rows = rows[rows[:, 5] != 1]  # of three classes the one in the middle
    weights = 1.0 + np.arange(len(rows)) % 3
    training = vectors(spark, [(x[:5], x[5], w) for x, w in zip(rows.tolist(), weights.tolist(), strict=True)])
    result = np.array(
        predicted_values(fitted(NAIVE_BAYES, training, MultiClass, 3, smoothing=smoothing), training, MultiClass)
    )
    peer = MultinomialNB(alpha=smoothing).fit(rows[:, :5], rows[:, 5], sample_weight=weights)
    # MLlib draws the shares of the classes towards each other as well.
    both = np.array([weights[rows[:, 5] == index].sum() + smoothing for index in (0, 2)])
    odds = peer.predict_proba(rows[:, :5]) / np.exp(peer.class_log_prior_) * both
    assert result[:, [0, 2]] == pytest.approx(odds / odds.sum(axis=1, keepdims=True), abs=1e-6)
    assert result[:, 1] == pytest.approx(FLOOR)


@pytest.mark.parametrize(
    ("learner", "settings", "within"),
    [
        (LINEAR_SVM, {"C": 0.02, "maxIter": 50, "tol": 1e-9}, 0.01),
        (MLP, {"hiddenUnits": 2, "maxIter": 5}, 1e-9),
    ],
    ids=["linear_svm", "mlp"],
)
def test_a_row_that_weighs_three_is_three_rows(spark, few, learner, settings, within):
    """Whoever keeps rows to calibrate keeps the same ones. Hinge loss has corners: its optimum is only come near."""
    alone = few.selectExpr("features", "label", "1D AS weight", "explode(sequence(1, CAST(weight AS INT)))").drop("col")
    stand_for = sum(1 + index % 3 for index in range(60))
    plain = few.withColumn("weight", F.lit(1.0))
    first, other, unlike = (
        np.array(predicted_values(fitted(learner, rows, Binary, rows=stand_for, **settings), few, Binary))
        for rows in (few, alone, plain)
    )
    assert first == pytest.approx(other, abs=within)
    assert first != pytest.approx(unlike, abs=2 * within)


def test_a_leaf_of_a_forest_is_the_weighted_mean(spark):
    rows = vectors(
        spark, [((float(index),), *row) for index in range(2) for row in ((2.0, 1.0), (4.0 + 8 * index, 3.0))] * 40
    )
    settings = {"numTrees": 40, "minInstancesPerNode": 1}
    result = sorted(set(predicted_values(fitted(RANDOM_FOREST, rows, Regression, **settings), rows, Regression)))
    assert result == pytest.approx([3.5, 9.5], abs=0.2)


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("learner", [LINEAR_SVM, NAIVE_BAYES, RANDOM_FOREST, MLP], ids=lambda learner: learner.name)
def test_one_class_alone_in_training_is_almost_sure(spark, learner, label):
    training = vectors(spark, [((float(x), 1.0), label, 1.0) for x in range(6)])
    quick = {name: 20 for name in ("maxIter", "numTrees") if name in learner.settings}
    for result in predicted_values(fitted(learner, training, Binary, **quick), training, Binary):
        assert len(result) == 2
        assert result[int(label)] == pytest.approx(1, abs=0.02)


def test_a_margin_that_parts_a_few_rows_is_not_sure_of_everything(spark):
    """Platt's targets: of n rows of a class, all on one side, the next is of it by (n + 1) / (n + 2)."""
    rows = vectors(spark, [((float(index % 2), index / 100), float(index % 2), 1.0) for index in range(100)])
    stored = Counter(row["label"] for row in rows.where(f"pmod(xxhash64(features), {HELD_OUT}) = 0").collect())
    assert len(stored) == 2
    results = [p for _, p in predicted_values(fitted(LINEAR_SVM, rows, Binary, C=0.01), rows, Binary)]
    assert max(results[1::2]) == pytest.approx((stored[1] + 1) / (stored[1] + 2), abs=0.1)
    assert max(results) < 0.99
    assert min(results) > 0.01


def test_a_perceptron_is_as_wide_as_the_vectors_and_the_classes(binary):
    training, _ = binary
    model = fitted(MLP, training, MultiClass, 3, hiddenUnits=4, hiddenLayers=2, maxIter=2)
    assert model.stages[0].getLayers() == [5, 4, 4, 3]


@pytest.mark.parametrize("name", ["hiddenUnits", "hiddenLayers"])
def test_a_perceptron_of_nothing_is_refused(name):
    with pytest.raises(UsageError, match=f"learner_settings.mlp.{name} is 0; it must be 1 or more"):
        MLP.build(Shape(Binary, 0, 10), MLP.with_settings({name: 0}), 1)


def test_a_penalty_without_a_limit_is_refused():
    with pytest.raises(UsageError, match=r"learner_settings.linear_svm.C is 0; it must be greater than 0"):
        LINEAR_SVM.build(Shape(Binary, 0, 10), {**LINEAR_SVM.settings, "C": 0}, 1)


@pytest.mark.parametrize(("categories", "bins"), [(5, 64), (1000, 1000)])
@pytest.mark.parametrize("kind", [Regression, Binary])
def test_bins_of_a_forest_are_raised_to_the_largest_number_of_categories(spark, categories, bins, kind):
    built = RANDOM_FOREST.build(Shape(kind, categories, 100), RANDOM_FOREST.with_settings({}), 1)
    assert getattr(built, "estimator", built).getMaxBins() == bins
