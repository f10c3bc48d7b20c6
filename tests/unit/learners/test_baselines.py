"""Baselines equal the arithmetic that they stand for, and live through saving."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.kinds import Binary, Regression
from crime_spark.learners.area_premise_rate import AREA_PREMISE_RATE as RATE
from crime_spark.learners.class_prior import CLASS_PRIOR as PRIOR
from crime_spark.learners.estimators.rates import RateBy
from crime_spark.learners.learner import Shape
from crime_spark.learners.prior_counts import PRIOR_COUNTS
from crime_spark.learners.seasonal_naive import SEASONAL_NAIVE
from crime_spark.learners.slot_mean import SLOT_MEAN
from crime_spark.learners.trailing_mean import TRAILING_MEAN

SCHEMA = "area STRING, premise STRING, label DOUBLE, weight DOUBLE"
TRAINING = [
    *[("01", "STREET", 1.0)] * 5,
    *[("01", "STREET", 0.0)] * 1,
    *[("02", "STREET", 0.0)] * 3,
    ("01", None, 1.0),
    ("01", None, 0.0),
    ("01", "", 1.0),
    (None, None, 0.0),
]
SHARE = 7 / 13


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    """Equal rows as one with a weight, but for one of them."""
    once, *others = TRAINING
    weights = Counter(others)
    return spark.createDataFrame([(*once, 1.0), *((*row, float(n)) for row, n in weights.items())], SCHEMA).persist()


def fitted(training: DataFrame, learner=RATE, kind: type = Binary, **settings: float) -> PipelineModel:
    estimator = learner.build(Shape(kind, 0, 0), learner.with_settings(settings), 1)
    return Pipeline(stages=[estimator]).fit(training)


def probabilities(model: PipelineModel, rows: DataFrame) -> list[list[float]]:
    return [row[0] for row in model.transform(rows).select(vector_to_array(F.col("probability"))).collect()]


def smoothed(n: int, mean: float, weight: float = 20) -> float:
    return (n * mean + weight * SHARE) / (n + weight)


def test_class_prior_is_the_share_in_training(spark, training):
    rows = spark.createDataFrame([("01", "STREET", 0.0, 1.0), ("09", None, 1.0, 1.0)], SCHEMA)
    assert probabilities(fitted(training, PRIOR), rows) == [pytest.approx([1 - SHARE, SHARE])] * 2


@pytest.mark.parametrize("weight", [20.0, 3.0])
def test_area_premise_rate_is_smoothed_by_hand(spark, training, weight):
    expected = {
        ("01", "STREET"): smoothed(6, 5 / 6, weight),
        ("02", "STREET"): smoothed(3, 0, weight),
        ("01", None): smoothed(2, 1 / 2, weight),
        ("01", ""): smoothed(1, 1, weight),
        (None, None): smoothed(1, 0, weight),
        ("02", None): SHARE,
        ("99", "STREET"): SHARE,
        ("01", "MOON"): SHARE,
    }
    rows = spark.createDataFrame([(*group, 0.0, 1.0) for group in expected], SCHEMA)
    result = probabilities(fitted(training, smoothing=weight), rows)
    assert result == [pytest.approx([1 - rate, rate], abs=1e-12) for rate in expected.values()]


@pytest.mark.parametrize("learner", [PRIOR, RATE], ids=lambda learner: learner.name)
def test_saved_and_loaded_it_gives_the_same(spark, training, tmp_path, learner):
    model = fitted(training, learner)
    model.write().save(f"{tmp_path}/model")
    rows = spark.createDataFrame([(*row, 1.0) for row in (*TRAINING, ("99", "MOON", 0.0))], SCHEMA)
    assert probabilities(PipelineModel.load(f"{tmp_path}/model"), rows) == probabilities(model, rows)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_in_training(spark, label):
    training = spark.createDataFrame([("01", "STREET", label, 1.0)] * 3, SCHEMA)
    for learner in (PRIOR, RATE):
        assert probabilities(fitted(training, learner), training) == [[1 - label, label]] * 3


def test_groups_do_not_run_together(spark):
    """Values that hold the separator, and one column's NULL beside the other's."""
    pairs = [("a|b", "c"), ("a", "b|c"), (None, "a"), ("a", None)]
    rows = spark.createDataFrame([(*pair, float(index % 2), 1.0) for index, pair in enumerate(pairs)], SCHEMA)
    model = RateBy(("area", "premise"), smoothing=0.0).fit(rows)
    assert [p for _, p in probabilities(model, rows)] == [0, 1, 0, 1]


def test_a_column_of_which_nothing_is_known_is_left_out(spark, training):
    """A year without premises: its features are not usable, and the rate is that of the area."""
    model = fitted(training.drop("premise"), smoothing=0.0)
    rows = spark.createDataFrame([("01", "STREET", 0.0, 1.0), ("02", "MOON", 0.0, 1.0)], SCHEMA)
    assert [p for _, p in probabilities(model, rows)] == [pytest.approx(7 / 9), 0]


PAST = "same_weekday_1w DOUBLE, same_weekday_4w DOUBLE, count_365d DOUBLE"
PANEL = f"area STRING, weekday STRING, hour STRING, {PAST}, label DOUBLE, weight DOUBLE"
PERIODS = [
    ("01", "0", "8", 3.0, 2.5, 90.0, 2.0, 1.0),
    ("01", "0", "8", None, 1.0, 80.0, 6.0, 1.0),
    ("01", "0", "9", 1.0, None, 70.0, 8.0, 2.0),
    ("02", "1", "8", 0.0, 0.25, 0.0, 1.0, 4.0),
]
MEAN = (2 + 6 + 16 + 4) / 8


@pytest.fixture(scope="module")
def periods(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(PERIODS, PANEL).coalesce(1).persist()


def numbers(model: PipelineModel, rows: DataFrame) -> list[float]:
    return [row[0] for row in model.transform(rows).select("prediction").collect()]


@pytest.mark.parametrize(
    ("learner", "expected"),
    [
        (SEASONAL_NAIVE, [3, MEAN, 1, 0]),
        (TRAILING_MEAN, [2.5, 1, MEAN, 0.25]),
        (PRIOR_COUNTS, [90, 80, 70, 0]),
        (SLOT_MEAN, [4, 4, 8, 1]),
        (PRIOR, [MEAN] * 4),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_baselines_of_numbers_by_hand(periods, learner, expected):
    assert numbers(fitted(periods, learner, Regression), periods) == expected


def test_slots_never_seen_have_the_mean_of_all(spark, periods):
    new = spark.createDataFrame(
        [("03", "0", "8", None, None, None, 0.0, 1.0), ("01", None, "8", *[None] * 3, 0.0, 1.0)], PANEL
    )
    assert numbers(fitted(periods, SLOT_MEAN, Regression), new) == [MEAN, MEAN]


@pytest.mark.parametrize("smoothing", [0.0, 2.0])
def test_without_areas_and_hours_a_slot_is_a_weekday_and_may_be_smoothed(periods, smoothing):
    model = fitted(periods.drop("area", "hour"), SLOT_MEAN, Regression, smoothing=smoothing)
    first, last = (24 + smoothing * MEAN) / (4 + smoothing), (4 + smoothing * MEAN) / (4 + smoothing)
    assert numbers(model, periods) == pytest.approx([first] * 3 + [last])


def test_a_past_that_no_training_row_has_is_the_mean(periods):
    model = fitted(periods.drop("same_weekday_1w"), SEASONAL_NAIVE, Regression)
    assert numbers(model, periods) == [MEAN] * 4
