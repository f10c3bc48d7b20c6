"""Treatments of rare classes: which rows they make, and that probabilities stay those of the rows as they were."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from chispa import assert_df_equality
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.linear_model import LogisticRegression

from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners import LEARNERS
from crime_spark.learners.estimators import class_balance
from crime_spark.learners.estimators.class_balance import (
    UNDERSAMPLED,
    WEIGHTED,
    ClassRows,
    Treatment,
    corrected,
    rows_by_class,
    treated,
    undersample,
    weigh_classes,
)
from crime_spark.learners.estimators.smote import SMOTE
from crime_spark.learners.gbt import GBT
from crime_spark.learners.learner import Learner
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from crime_spark.learners.logistic_regression_undersampled import LOGISTIC_REGRESSION_UNDERSAMPLED
from crime_spark.learners.logistic_regression_weighted import LOGISTIC_REGRESSION_WEIGHTED
from tests.unit.learners.trying import fitted, predicted_values, vectors

SURE = {"C": 1e6, "maxIter": 300, "tol": 1e-12}
RNG = np.random.default_rng(8)
X = RNG.normal(size=(800, 2))
Y = (X[:, 0] + RNG.logistic(size=800) > 2.5).astype(float)  # one in nine
W = RNG.integers(1, 3, size=800).astype(float)
TREATED = [learner for learner in LEARNERS if learner.treatment]


@pytest.fixture(scope="module")
def rare(spark: SparkSession) -> DataFrame:
    return vectors(spark, [(x.tolist(), float(y), float(w)) for x, y, w in zip(X, Y, W, strict=True)]).persist()


def test_each_treated_learner_stands_beside_the_one_that_it_is_without():
    names = {learner.name for learner in LEARNERS}
    assert TREATED
    for learner in TREATED:
        assert learner.name.removesuffix(f"_{learner.treatment}") in names
        assert not learner.default
        assert Regression not in learner.kinds
        assert learner.fits(Ranking) is Binary


def test_weights_of_classes_by_hand(spark):
    rows = vectors(spark, [((1.0,), 0.0, 6.0), ((2.0,), 0.0, 2.0), ((3.0,), 1.0, 2.0)])
    expected = vectors(spark, [((1.0,), 0.0, 3.75), ((2.0,), 0.0, 1.25), ((3.0,), 1.0, 5.0)])
    before = rows_by_class(rows)
    assert before == {0: ClassRows(2, 8.0), 1: ClassRows(1, 2.0)}
    assert_df_equality(weigh_classes(rows, before, {}, 1), expected, ignore_nullable=True)


def counts(rows: DataFrame) -> Counter[int]:
    return Counter({label: item.rows for label, item in rows_by_class(rows).items()})


@pytest.mark.parametrize("times", [1.0, 3.0])
def test_other_classes_are_drawn_down_to_so_many_times_the_rarest(spark, monkeypatch, times):
    monkeypatch.setattr(class_balance, "LEAST_DRAWN", 1)
    rows = vectors(spark, [((float(index),), float(min(index % 10, 2)), 1.0) for index in range(4000)]).persist()
    drawn = undersample(rows, rows_by_class(rows), {"timesRarest": times}, 1)
    result = counts(drawn)
    assert (result[0], result[1]) == (400, 400)
    assert result[2] == pytest.approx(min(400 * times, 3200), rel=0.15)
    assert drawn.join(rows, on=["features", "label", "weight"], how="left_anti").isEmpty()
    assert_df_equality(drawn, undersample(rows, rows_by_class(rows), {"timesRarest": times}, 1))
    assert drawn.exceptAll(undersample(rows, rows_by_class(rows), {"timesRarest": times}, 2)).count() > 0


def test_few_rows_are_not_drawn_down_to_nothing(rare):
    """88 of one class: 100 of the other are kept, about, not 88."""
    few = rare.where("label = 0").unionByName(rare.where("label = 1").limit(2))
    assert counts(undersample(few, rows_by_class(few), {"timesRarest": 1.0}, 1))[0] > 40


def righted(spark: SparkSession, before: list[float], after: list[float], p: list[float]) -> list[float]:
    sides = [{index: ClassRows(1, share) for index, share in enumerate(shares) if share} for shares in (before, after)]
    stages = corrected(sides[0], sides[1], len(p))
    frame = vectors(spark, [(p, 0.0, 1.0)]).withColumnRenamed("features", "probability")
    rows = PipelineModel(stages).transform(frame).select(vector_to_array(F.col("probability"))).collect()
    return list(rows[0][0])


@pytest.mark.parametrize("p", [0.001, 0.5, 0.9])
def test_of_two_classes_probabilities_are_put_right_as_elkan_does(spark, p):
    """Theorem 2: fitted where the base rate is b, wanted where it is c."""
    b, c = 0.5, 0.1
    expected = c * (p - p * b) / (b - p * b + c * p - b * c)
    assert righted(spark, [900, 100], [7, 7], [1 - p, p]) == pytest.approx([1 - expected, expected], abs=1e-12)


def test_of_several_classes_by_hand_and_one_without_rows_stays_as_it_is(spark):
    result = righted(spark, [60, 30, 10, 0], [1, 1, 1, 0], [0.2, 0.3, 0.4, 0.1])
    weighed = np.array([0.2 * 1.8, 0.3 * 0.9, 0.4 * 0.3, 0.1])
    assert result == pytest.approx(list(weighed / weighed.sum()))


def test_what_was_not_treated_is_not_corrected():
    shares = {0: ClassRows(3, 3.0), 1: ClassRows(2, 1.0)}
    assert corrected(shares, shares, 2) == []


def test_weighted_logistic_regression_is_the_peer_corrected(spark, rare):
    """scikit-learn's class_weight="balanced", its odds times the odds of the rows as they are."""
    model = fitted(LOGISTIC_REGRESSION_WEIGHTED, rare, Binary, rows=int(W.sum()), C=0.5, maxIter=300, tol=1e-12)
    base = np.average(Y, weights=W)
    balanced = W * np.where(Y == 1, 1 / base, 1 / (1 - base)) / 2
    peer = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(X, Y, sample_weight=balanced)
    odds = np.exp(peer.decision_function(X)) * base / (1 - base)
    results = [p for _, p in predicted_values(model, rare, Binary)]
    assert results == pytest.approx(list(odds / (1 + odds)), abs=1e-5)


@pytest.mark.parametrize("learner", [LOGISTIC_REGRESSION_WEIGHTED, LOGISTIC_REGRESSION_UNDERSAMPLED])
def test_probabilities_are_those_of_the_rows_as_they_were(rare, learner):
    """Not corrected, they would be near one half."""
    results = [p for _, p in predicted_values(fitted(learner, rare, Binary, **SURE), rare, Binary)]
    plain = [p for _, p in predicted_values(fitted(LOGISTIC_REGRESSION, rare, Binary, **SURE), rare, Binary)]
    assert np.average(results, weights=W) == pytest.approx(np.average(Y, weights=W), abs=0.03)
    assert results == pytest.approx(plain, abs=0.15)
    assert results != pytest.approx(plain, abs=1e-6)


def test_several_classes_are_put_right_too(spark):
    rng = np.random.default_rng(4)
    labels = rng.choice(3, p=[0.8, 0.15, 0.05], size=600)
    rows = vectors(spark, [((float(rng.normal(label)),), float(label), 1.0) for label in labels]).persist()
    result = np.array(
        predicted_values(fitted(LOGISTIC_REGRESSION_WEIGHTED, rows, MultiClass, 4, **SURE), rows, MultiClass)
    )
    assert result.shape == (600, 4)
    assert result.sum(axis=1) == pytest.approx(np.ones(600))
    assert result.mean(axis=0)[:3] == pytest.approx(np.bincount(labels) / 600, abs=0.05)


def test_one_class_alone_is_left_as_it_is(spark):
    rows = vectors(spark, [((float(index),), 1.0, 1.0) for index in range(5)])
    for learner in (LOGISTIC_REGRESSION_WEIGHTED, LOGISTIC_REGRESSION_UNDERSAMPLED):
        assert predicted_values(fitted(learner, rows, Binary), rows, Binary) == [[0, 1]] * 5


def test_settings_and_spaces_of_both_stand_side_by_side():
    assert LOGISTIC_REGRESSION_UNDERSAMPLED.with_settings({"timesRarest": 2, "C": 1.0})["timesRarest"] == 2
    assert set(LOGISTIC_REGRESSION_WEIGHTED.settings) == set(LOGISTIC_REGRESSION.settings)


def test_a_treatment_that_cannot_handle_the_vectors_is_refused():
    with pytest.raises(
        ValueError, match="learner logistic_regression_smote: smote does not support the encoding onehot"
    ):
        treated(LOGISTIC_REGRESSION, SMOTE)


def test_two_settings_of_one_name_are_refused():
    with pytest.raises(
        ValueError, match="learner gbt_x: learner and treatment must have different settings; both have maxIter"
    ):
        treated(GBT, Treatment("x", weigh_classes, settings={"maxIter": 1}))


@pytest.mark.parametrize("change", [{"default": True}, {"kinds": (Binary, Regression)}])
def test_a_treated_learner_that_is_default_or_fits_numbers_is_refused(change):
    with pytest.raises(ValueError, match="weighted is for classes only, and must not be a default"):
        replace(treated(GBT, WEIGHTED), **change)


def test_kinds_are_those_of_the_learner_without_numbers():
    built: Learner = treated(GBT, UNDERSAMPLED)
    assert built.kinds == (Binary, MultiClass, Ranking)
    assert (built.name, built.treatment, built.wants) == ("gbt_undersampled", "undersampled", "indices")
