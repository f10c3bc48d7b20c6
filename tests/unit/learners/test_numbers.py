"""Learners of numbers give what scikit-learn gives, or what can be worked out by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.linear_model import LinearRegression, PoissonRegressor, Ridge
from sklearn.preprocessing import PolynomialFeatures

from crime_spark.errors import UsageError
from crime_spark.features.calendar import HOURS
from crime_spark.features.feature import Feature
from crime_spark.features.place import AREA
from crime_spark.kinds import Regression
from crime_spark.learners.gbt import GBT
from crime_spark.learners.learner import Shape
from crime_spark.learners.linear_regression import LINEAR_REGRESSION
from crime_spark.learners.poisson import HIGHEST, POISSON
from crime_spark.learners.polynomial_regression import POLYNOMIAL_REGRESSION
from crime_spark.vectors.preparation import prepare, weighted
from tests.unit.learners.trying import fitted, predicted_values, vectors

RNG = np.random.default_rng(5)
X = RNG.normal(size=(60, 2))
W = RNG.integers(1, 4, size=60).astype(float)
Y = 3 + 2 * X[:, 0] - X[:, 1] ** 2 + RNG.normal(size=60) / 5
COUNTS = RNG.poisson(np.exp(0.5 + 0.8 * X[:, 0] - 0.4 * X[:, 1])).astype(float)


def frame(spark: SparkSession, labels: np.ndarray) -> DataFrame:
    return vectors(spark, [(x.tolist(), float(y), float(w)) for x, y, w in zip(X, labels, W, strict=True)])


@pytest.mark.parametrize("c", [0.01, 1.0])
def test_linear_regression_is_ridge_regression(spark, c):
    """Rows of weight 2 stand for two: the deviation is theirs."""
    mean = np.average(Y, weights=W)
    alpha = 1 / (c * np.sqrt(np.average((Y - mean) ** 2, weights=W)))
    expected = Ridge(alpha=alpha).fit(X, Y, sample_weight=W).predict(X)
    training = frame(spark, Y)
    result = predicted_values(
        fitted(LINEAR_REGRESSION, training, Regression, rows=int(W.sum()), C=c), training, Regression
    )
    assert result == pytest.approx(list(expected), rel=1e-6)


def test_polynomial_regression_is_least_squares_on_powers_and_products(spark):
    powers = PolynomialFeatures(3).fit_transform(X)
    expected = LinearRegression().fit(powers, Y, sample_weight=W).predict(powers)
    training = frame(spark, Y)
    result = predicted_values(fitted(POLYNOMIAL_REGRESSION, training, Regression, C=1e8), training, Regression)
    assert result == pytest.approx(list(expected), rel=1e-4)


def test_a_polynomial_of_the_first_degree_is_a_line(spark):
    training = frame(spark, Y)
    line = predicted_values(fitted(LINEAR_REGRESSION, training, Regression), training, Regression)
    assert predicted_values(fitted(POLYNOMIAL_REGRESSION, training, Regression, degree=1), training, Regression) == line


@pytest.mark.parametrize("first", [2014, 2013], ids=["one year", "two years"])
def test_a_polynomial_of_the_hours_of_the_last_years_holds_in_the_next(spark, first):
    """Fewer every year, most in July, lowest at three, highest at six in the evening."""
    numbers = [feature for feature in HOURS if feature.kind == "number"]
    hours = "explode(sequence(TIMESTAMP_NTZ'2013-01-01 00:00', TIMESTAMP_NTZ'2015-12-31 23:00', INTERVAL 1 HOUR))"
    turns = "7 * cos(2 * pi() * (hour - 17) / 24) + 2 * cos(4 * pi() * (hour - 18.5) / 24)"
    rows = (
        spark.range(1)
        .selectExpr(f"{hours} AS occurred_at")
        .withColumns({feature.name: F.expr(feature.sql) for feature in numbers})
        .withColumn("hour", F.expr("hour(occurred_at)"))
        .withColumn("label", F.expr(f"20 - 0.5 * (trend - 13) - 3 * year_cos + {turns} + 4 * randn(1)"))
        .persist()
    )
    training, following = rows.where(F.year("occurred_at").between(first, 2014)), rows.where("year(occurred_at) = 2015")
    count = training.count()
    prepared = prepare(weighted(training, numbers), count, "numbers", numbers)
    model = PipelineModel([*prepared.stages, fitted(POLYNOMIAL_REGRESSION, prepared.rows, Regression, rows=count)])
    error = F.avg(F.abs(F.col("prediction") - F.col("label")))
    by_hour = model.transform(following).groupBy("hour").agg(F.avg("prediction").alias("mean"), error.alias("error"))
    results = {row["hour"]: row for row in by_hour.collect()}
    assert max(row["error"] for row in results.values()) < 4.2  # chance alone is 3.2, powers of the trend 4.7 and more
    assert min(results, key=lambda hour: results[hour]["mean"]) in range(3, 7)
    assert max(results, key=lambda hour: results[hour]["mean"]) in range(17, 22)


@pytest.mark.parametrize("degree", [0, -1])
def test_a_polynomial_of_no_degree_is_refused(degree):
    settings = POLYNOMIAL_REGRESSION.with_settings({"degree": degree})
    with pytest.raises(UsageError, match=r"polynomial_regression\.degree is .*; it must be 1 or more"):
        POLYNOMIAL_REGRESSION.build(Shape(Regression, 0, 9), settings, 1)


@pytest.mark.parametrize("c", [0.1, 10.0])
@pytest.mark.parametrize("times", [1, 1000])
def test_poisson_is_poisson_regression_with_the_penalty_in_the_units_of_the_label(spark, c, times):
    labels = COUNTS * times
    alpha = float(np.average(COUNTS, weights=W) / (c * W.sum()))
    peer = PoissonRegressor(alpha=alpha, tol=1e-10, max_iter=10_000).fit(X, COUNTS, sample_weight=W)
    training = frame(spark, labels)
    result = predicted_values(fitted(POISSON, training, Regression, rows=int(W.sum()), C=c), training, Regression)
    assert result == pytest.approx(list(peer.predict(X) * times), rel=1e-4)


def test_poisson_of_nothing_but_zeros_is_zero(spark):
    training = frame(spark, Y * 0)
    assert predicted_values(fitted(POISSON, training, Regression), training, Regression) == [0] * 60


def test_poisson_neither_diverges_on_thousands_nor_on_units_where_nothing_happens(spark):
    """Units with rates from nothing to thousands, beside their own count of earlier incidents."""
    rng = random.Random(4)
    rates = {"none": 0, "also none": 0, "few": 0.02, "some": 3, "many": 300, "thousands": 5000}
    rows = [
        (unit, rate * rng.uniform(300, 400), float(round(rng.gauss(rate, rate**0.5))) if rate else 0.0)
        for unit, rate in rates.items()
        for _ in range(40)
    ]
    features = (AREA, Feature.of_the_past("earlier", "a count of earlier incidents"))
    training = spark.createDataFrame(
        [(*row[:2], max(row[2], 0.0)) for row in rows], "area STRING, earlier DOUBLE, label DOUBLE"
    )
    prepared = prepare(weighted(training, features), len(rows), "log", features)
    model = fitted(POISSON, prepared.rows, Regression, rows=len(rows))

    def predicted(*rows: tuple[str | None, float | None]) -> list[float]:
        scored = spark.createDataFrame(rows, "area STRING, earlier DOUBLE").coalesce(1)
        for stage in prepared.stages:
            scored = stage.transform(scored)
        return predicted_values(model, scored, Regression)

    result = predicted(*((unit, rate * 350.0) for unit, rate in rates.items()))
    assert result[:2] == pytest.approx([0, 0], abs=0.5)
    assert result[3:] == pytest.approx([3, 300, 5000], rel=0.2)
    largest = max(row[2] for row in rows)
    assert all(0 <= item <= HIGHEST * largest for item in predicted(("new", 1e300), ("none", 1e9), (None, None)))


def test_no_prediction_of_poisson_is_far_above_the_largest_label(spark):
    training = vectors(spark, [((float(x),), float(2**x), 1.0) for x in range(8)])
    model = fitted(POISSON, training, Regression, C=1e9)
    far = vectors(spark, [((x,), 0.0, 1.0) for x in (3.0, 100.0, 1e6)])
    assert predicted_values(model, far, Regression) == pytest.approx([8, HIGHEST * 128, HIGHEST * 128], rel=1e-3)


def test_one_tree_of_one_split_gives_the_means_of_both_sides(spark):
    rows = [((0.0,), 2.0, 1.0), ((0.0,), 4.0, 3.0), ((1.0,), 10.0, 1.0), ((1.0,), 20.0, 1.0)]
    training = vectors(spark, rows)
    model = fitted(GBT, training, Regression, maxIter=1, maxDepth=1, minInstancesPerNode=1)
    assert predicted_values(model, training, Regression) == pytest.approx([3.5, 3.5, 15, 15])


@pytest.mark.parametrize("learner", [LINEAR_REGRESSION, POLYNOMIAL_REGRESSION, POISSON], ids=lambda item: item.name)
def test_a_penalty_without_a_limit_is_refused(learner):
    with pytest.raises(UsageError, match=f"learner_settings.{learner.name}.C is 0; it must be greater than 0"):
        learner.build(Shape(Regression, 3, 10), {**learner.settings, "C": 0}, 1)
