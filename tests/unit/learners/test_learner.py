"""What every learner declares: unfitted estimators, settings that may be changed and others that are refused."""

from __future__ import annotations

import pytest
from pyspark.ml import Estimator, Model, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import UsageError
from crime_spark.features.preparing import prepare, weighted
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner, Shape
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from tests.unit.training.tiny import AREA, GBT, LATITUDE, PREMISE, tiny_settings

each = pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.name)


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    rows = [(f"{at % 3}", f"{at % 2}", float(at), float(at % 7 < 3)) for at in range(40)]
    return spark.createDataFrame(rows, "area STRING, premise STRING, latitude DOUBLE, label DOUBLE").persist()


@each
def test_build_returns_an_unfitted_estimator(spark, learner):
    built = learner.build(Shape(7, 100), learner.with_settings({}), 1)
    assert isinstance(built, Estimator)
    assert not isinstance(built, Model)


@each
def test_a_fitted_learner_writes_probabilities_of_both_classes(training, learner):
    features = (AREA, PREMISE, LATITUDE)
    prepared = prepare(weighted(training, features), training.count(), learner.wants, features)
    settings = learner.with_settings(tiny_settings().learner_settings.get(learner.name, {}))
    model = learner.build(Shape(prepared.categories, training.count()), settings, 1).fit(prepared.rows)
    made = PipelineModel([*prepared.stages, model]).transform(training)
    probabilities = [row[0] for row in made.select(vector_to_array(F.col("probability"))).collect()]
    assert all(len(pair) == 2 and 0 <= pair[1] <= 1 and sum(pair) == pytest.approx(1) for pair in probabilities)


@each
def test_an_unknown_setting_is_refused_and_the_known_ones_are_named(learner):
    with pytest.raises(UsageError, match=f"learner {learner.name} has no setting 'maxItre'; known: "):
        learner.with_settings({"maxItre": 3})


@pytest.mark.parametrize("value", ["many", None, 2.5, True])
def test_a_value_of_another_kind_is_refused(value):
    with pytest.raises(UsageError, match=f"learner gbt: maxIter is {value!r}; expected a value such as 10"):
        GBT.with_settings({"maxIter": value})


def test_a_whole_number_will_do_for_a_float():
    assert GBT.with_settings({"stepSize": 1})["stepSize"] == 1


@pytest.mark.parametrize("c", [0, -1.0])
def test_a_penalty_without_a_limit_is_refused(c):
    settings = LOGISTIC_REGRESSION.with_settings({"C": c})
    with pytest.raises(UsageError, match="it must be greater than 0"):
        LOGISTIC_REGRESSION.build(Shape(3, 10), settings, 1)


def test_changes_are_laid_over_the_declared_settings():
    learner = Learner("x", GBT.build, "indices", settings={"a": 1, "b": 2})
    assert learner.with_settings({"b": 3}) == {"a": 1, "b": 3}
    assert learner.with_settings({}) == learner.settings == {"a": 1, "b": 2}


def test_a_learner_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="learner x can fit no kind of task"):
        Learner("x", GBT.build, "indices", kinds=())


@pytest.mark.parametrize(("categories", "bins"), [(5, 32), (1000, 1000)])
def test_bins_of_trees_are_raised_to_the_largest_number_of_categories(spark, categories, bins):
    assert GBT.build(Shape(categories, 100), GBT.with_settings({"maxBins": 32}), 1).getMaxBins() == bins


@pytest.mark.parametrize(("rows", "penalty"), [(50, 0.2), (5000, 0.002)])
def test_the_penalty_of_logistic_regression_falls_with_the_number_of_rows(spark, rows, penalty):
    settings = LOGISTIC_REGRESSION.with_settings({"C": 0.1})
    assert LOGISTIC_REGRESSION.build(Shape(3, rows), settings, 1).getRegParam() == pytest.approx(penalty)
