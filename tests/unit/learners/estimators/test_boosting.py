"""XGBoost in one task is xgboost.train on the same matrix; held-out rows stop it and no tree is grown on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xgboost
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from sklearn.metrics import roc_auc_score

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Regression
from crime_spark.learners.estimators.batch_model import places
from crime_spark.learners.estimators.boosting import Boosted, Boosting, grown, joined, kinds_of_places
from crime_spark.learners.learner import Shape
from crime_spark.learners.xgboost import XGBOOST
from tests.unit.learners.trying import fitted, predicted_values, vectors

RNG = np.random.default_rng(7)
X = RNG.normal(size=(400, 3)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] * X[:, 2] + RNG.normal(size=400) / 2 > 0).astype(float)
W = RNG.integers(1, 4, size=400).astype(float)
HELD_OUT = RNG.random(400) < 0.2
NONE = np.zeros(400, dtype=bool)
PARAMS = {"tree_method": "hist", "max_depth": 3, "learning_rate": 0.3, "max_bin": 64}
PLAIN = Boosting(Binary, 2, rounds=20, patience=3, held_out=0.2, native=False, seed=1, params=PARAMS)
SETTINGS = {"n_estimators": 20, "max_depth": 3, "learning_rate": 0.3, "min_child_weight": 1.0, "held_out": 0.0}


def of_kind(kind: type) -> np.ndarray:
    return {Binary: Y, MultiClass: np.digitize(X[:, 0], [-0.5, 0.5]).astype(float), Regression: X[:, 0] * 3.5}[kind]


def frame(spark: SparkSession, labels: np.ndarray) -> DataFrame:
    rows = zip(X.astype(float).tolist(), labels.tolist(), W.tolist(), strict=True)
    return vectors(spark, rows).persist()


def trees(label: np.ndarray, held_out: np.ndarray, boosting: Boosting) -> bytes:
    """Of the rows in two parts."""
    parts = [(X[index], label[index], W[index], held_out[index]) for index in (slice(250), slice(250, None))]
    return grown(*joined(parts), boosting)


def loaded(payload: bytes) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(bytearray(payload))
    return booster


def test_parts_are_joined_with_the_held_rows_last():
    parts = [
        (X[index], Y[index], W[index], HELD_OUT[index]) for index in (slice(0, 100), slice(100, 101), slice(101, 400))
    ]
    features, label, weight, first = joined(parts)
    order = np.argsort(HELD_OUT, kind="stable")
    assert first == 400 - HELD_OUT.sum()
    for result, expected in ((features, X), (label, Y), (weight, W)):
        assert result.dtype == expected.dtype
        assert np.array_equal(result, expected[order])


def test_rows_that_are_held_out_are_in_no_tree():
    other = np.where(HELD_OUT, 1 - Y, Y)
    first, two = (loaded(trees(label, HELD_OUT, PLAIN)) for label in (Y, other))
    assert first.get_dump()[0] == two.get_dump()[0] != loaded(trees(Y, NONE, PLAIN)).get_dump()[0]


def test_trees_end_where_the_loss_of_the_held_out_rows_does():
    noise = RNG.integers(0, 2, size=400).astype(float)
    kept = loaded(trees(noise, HELD_OUT, replace(PLAIN, rounds=200))).num_boosted_rounds()
    assert kept < 20
    assert loaded(trees(noise, NONE, replace(PLAIN, rounds=200))).num_boosted_rounds() == 200


def test_all_rows_are_fitted_on_where_the_others_would_lack_a_class():
    only_held = (HELD_OUT & (X[:, 0] > 0)).astype(float)
    booster = loaded(trees(only_held, HELD_OUT, PLAIN))
    assert booster.num_boosted_rounds() == 20
    assert roc_auc_score(only_held, booster.inplace_predict(X)) > 0.8


@pytest.mark.parametrize(
    ("labels", "objective"),
    [
        (np.abs(np.round(X[:, 0] * 3)), "count:poisson"),
        (X[:, 0], "reg:squarederror"),
        (-np.abs(np.round(X[:, 0] * 3)), "reg:squarederror"),
    ],
    ids=["counts", "numbers", "negative"],
)
def test_counts_have_a_loss_of_their_own(labels, objective):
    booster = loaded(trees(labels.astype(float), NONE, replace(PLAIN, kind=Regression)))
    assert f'"{objective}"' in booster.save_config()


@pytest.mark.parametrize("kind", [Binary, MultiClass, Regression], ids=lambda kind: kind.__name__)
def test_in_one_task_it_is_the_peer(spark, kind):
    labels, training = of_kind(kind), frame(spark, of_kind(kind))
    objective = {Binary: "binary:logistic", MultiClass: "multi:softprob", Regression: "reg:squarederror"}[kind]
    params = {name: source for name, source in XGBOOST.with_settings(SETTINGS).items() if name in PEER} | {"seed": 1}
    params |= {"objective": objective, "tree_method": "hist", **({"num_class": 4} if kind is MultiClass else {})}
    rows = xgboost.QuantileDMatrix(X, labels, weight=W, max_bin=256)
    expected = xgboost.train(params, rows, 20).inplace_predict(X).astype(float)
    result = np.array(predicted_values(fitted(XGBOOST, training, kind, 4, **SETTINGS), training, kind))
    if kind is Binary:
        expected = np.column_stack([1 - expected, expected])
    assert result == pytest.approx(expected, abs=1e-6)


PEER = ("learning_rate", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "reg_lambda", "max_bin")


@pytest.mark.parametrize("rows_in_one_task", [1_000_000, 150], ids=["one task", "workers"])
def test_the_same_plan_and_seed_give_the_same_trees(spark, rows_in_one_task):
    training = frame(spark, Y)
    payloads = [
        fitted(XGBOOST, training, Binary, rows_in_one_task=rows_in_one_task, n_estimators=5).stages[0].payload
        for _ in range(2)
    ]
    assert payloads[0] == payloads[1]


def test_more_workers_than_there_are_places_are_not_asked_for(spark):
    """Of ten rows a worker it would be forty, which could never start together. Missing classes are known to them."""
    training = frame(spark, of_kind(MultiClass) + 1)
    assert places(spark) == 2
    model = fitted(XGBOOST, training, MultiClass, 5, rows_in_one_task=10, **{**SETTINGS, "held_out": 0.2})
    result = np.array(predicted_values(model, training, MultiClass))
    assert result.shape == (400, 5)
    assert (np.argmax(result, axis=1) == of_kind(MultiClass) + 1).mean() > 0.9


def test_categories_are_told_from_numbers_and_split_into_sets(spark):
    """Letters of which every other one is 1: in the order of their frequency no few splits tell them apart."""
    letters = [
        (letter, 1.0, float(index % 2), 1.0) for index, letter in enumerate("abcdefghij") for _ in range(20 + index)
    ]
    frame = spark.createDataFrame(letters, "letter STRING, x DOUBLE, label DOUBLE, weight DOUBLE").coalesce(1)
    indexed = StringIndexer(inputCol="letter", outputCol="place").fit(frame).transform(frame)
    training = VectorAssembler(inputCols=["place", "x"], outputCol="features").transform(indexed)
    assert kinds_of_places(training) == ["c", "q"]
    assert kinds_of_places(vectors(spark, [((1.0, 2.0), 0.0, 1.0)])) is None
    boosting = replace(PLAIN, rounds=1, held_out=0.0, params={**PARAMS, "max_depth": 1, "max_cat_to_onehot": 1})
    labels = [label for _, _, label, _ in letters]
    correct = []
    for native in (True, False):
        model = Boosted(replace(boosting, native=native), 245, 1000).fit(training)
        correct.append(np.mean((np.array(predicted_values(model, training, Binary))[:, 1] > 0.5) == labels))
    assert correct[0] == 1
    assert correct[1] < 0.7


def test_importance_is_the_share_of_all_gain(spark):
    """Only the first place says anything."""
    training = frame(spark, (X[:, 0] > 0).astype(float))
    result = fitted(XGBOOST, training, Binary, **SETTINGS, colsample_bytree=1.0).stages[0].featureImportances
    assert sum(result) == pytest.approx(1)
    assert result[0] > 0.99
    assert len(result) == 3
    nothing = fitted(XGBOOST, training, Binary, **{**SETTINGS, "min_child_weight": 1e9}).stages[0].featureImportances
    assert list(nothing) == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("held_out", 1.0, "must be from 0 to below 1"),
        ("held_out", -0.1, "must be from 0 to below 1"),
        ("n_estimators", 0, "must be 1 or more"),
        ("early_stopping_rounds", 0, "must be 1 or more"),
        ("rows_in_one_task", 0, "must be 1 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, value, message):
    with pytest.raises(UsageError, match=rf"learner_settings\.xgboost\.{name} is {value}; it {message}"):
        XGBOOST.build(Shape(Binary, 3, 10), {**XGBOOST.settings, name: value}, 1)
