"""Baselines equal the arithmetic that they stand for, and live through saving."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.learners.learner import Shape
from crime_spark.learners.rates import RateBy
from tests.unit.training.tiny import PRIOR, RATE

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


def fitted(training: DataFrame, learner=RATE, **settings: float) -> PipelineModel:
    estimator = learner.build(Shape(0, 0), learner.with_settings(settings), 1)
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
    found = probabilities(fitted(training, smoothing=weight), rows)
    assert found == [pytest.approx([1 - rate, rate], abs=1e-12) for rate in expected.values()]


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
    rows = spark.createDataFrame([(*pair, float(at % 2), 1.0) for at, pair in enumerate(pairs)], SCHEMA)
    model = RateBy(("area", "premise"), smoothing=0.0).fit(rows)
    assert [p for _, p in probabilities(model, rows)] == [0, 1, 0, 1]


def test_a_column_of_which_nothing_is_known_is_left_out(spark, training):
    """A year without premises: its features are not usable, and the rate is that of the area."""
    model = fitted(training.drop("premise"), smoothing=0.0)
    rows = spark.createDataFrame([("01", "STREET", 0.0, 1.0), ("02", "MOON", 0.0, 1.0)], SCHEMA)
    assert [p for _, p in probabilities(model, rows)] == [pytest.approx(7 / 9), 0]
