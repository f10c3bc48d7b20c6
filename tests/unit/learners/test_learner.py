"""What every learner declares: unfitted estimators, settings that may be changed and others that are refused."""

from __future__ import annotations

import pytest
from pyspark.ml import Estimator, Model

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners import LEARNERS
from crime_spark.learners.gbt import GBT
from crime_spark.learners.learner import Learner, Shape
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from crime_spark.learners.prior_counts import PRIOR_COUNTS

for_each_learner = pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.name)


@pytest.mark.parametrize(
    ("learner", "kind"),
    [(learner, kind) for learner in LEARNERS for kind in sorted({learner.fits(k) for k in learner.kinds}, key=str)],
    ids=lambda value: getattr(value, "name", None) or value.__name__,
)
def test_build_returns_an_unfitted_estimator(spark, learner, kind):
    built = learner.build(Shape(kind, 7, 100, 3), learner.with_settings({}), 1)
    assert isinstance(built, Estimator)
    assert not isinstance(built, Model)


@for_each_learner
def test_an_unknown_setting_is_refused_and_the_known_ones_are_named(learner):
    with pytest.raises(UsageError, match=f"learner {learner.name} has no setting 'maxItre'; known: "):
        learner.with_settings({"maxItre": 3})


@pytest.mark.parametrize("value", ["many", None, 2.5, True])
def test_a_value_of_another_kind_is_refused(value):
    with pytest.raises(
        UsageError, match=f"learner gbt: maxIter is {value!r}; expected a value such as {GBT.settings['maxIter']}"
    ):
        GBT.with_settings({"maxIter": value})


def test_a_whole_number_will_do_for_a_float():
    assert GBT.with_settings({"stepSize": 1})["stepSize"] == 1


@pytest.mark.parametrize("c", [0, -1.0])
def test_a_penalty_without_a_limit_is_refused(c):
    settings = LOGISTIC_REGRESSION.with_settings({"C": c})
    with pytest.raises(UsageError, match="it must be greater than 0"):
        LOGISTIC_REGRESSION.build(Shape(Binary, 3, 10), settings, 1)


def test_changes_are_laid_over_the_declared_settings():
    learner = Learner("x", GBT.build, "indices", settings={"a": 1, "b": 2})
    assert learner.with_settings({"b": 3}) == {"a": 1, "b": 3}
    assert learner.with_settings({}) == learner.settings == {"a": 1, "b": 2}


def test_a_learner_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="learner x must have at least one kind of task"):
        Learner("x", GBT.build, "indices", kinds=())


@for_each_learner
def test_what_a_learner_needs_installed_is_installed_with_the_project(learner):
    assert learner.missing == []


def test_a_module_that_is_not_there_is_missing_by_the_name_that_pip_knows():
    modules = {"pyspark": "pyspark-of-another-name", "no_such_module": "no-such-package"}
    learner = Learner("x", GBT.build, "indices", packages=modules)
    assert learner.missing == ["no-such-package"]


@for_each_learner
def test_what_a_tuner_may_try_can_be_set_and_built(spark, learner):
    """Both ends of every space, or each of its values."""
    ends = {
        name: getattr(source, "values", None) or (source.low, source.high) for name, source in learner.space.items()
    }
    for name, values in ends.items():
        for value in values:
            settings = learner.with_settings({name: value})
            assert isinstance(learner.build(Shape(Binary, 7, 100), settings, 1), Estimator)


@pytest.mark.parametrize(("categories", "bins"), [(5, 32), (1000, 1000)])
def test_bins_of_trees_are_raised_to_the_largest_number_of_categories(spark, categories, bins):
    assert GBT.build(Shape(Binary, categories, 100), GBT.with_settings({"maxBins": 32}), 1).getMaxBins() == bins


@pytest.mark.parametrize(("rows", "penalty"), [(50, 0.2), (5000, 0.002)])
def test_the_penalty_of_logistic_regression_falls_with_the_number_of_rows(spark, rows, penalty):
    settings = LOGISTIC_REGRESSION.with_settings({"C": 0.1})
    assert LOGISTIC_REGRESSION.build(Shape(Binary, 3, rows), settings, 1).getRegParam() == pytest.approx(penalty)


@pytest.mark.parametrize(
    ("learner", "kind", "fits"),
    [
        (GBT, Ranking, Regression),
        (LOGISTIC_REGRESSION, Ranking, Binary),
        (PRIOR_COUNTS, Ranking, Regression),
        (LOGISTIC_REGRESSION, MultiClass, MultiClass),
        (GBT, Binary, Binary),
    ],
)
def test_units_are_ranked_by_their_count_unless_a_learner_can_only_say_whether(learner, kind, fits):
    assert learner.fits(kind) is fits


def test_kinds_of_a_setting_that_is_not_there_are_refused():
    with pytest.raises(ValueError, match="learner x: space and of_kinds have unknown settings trees"):
        Learner("x", GBT.build, "indices", settings={"maxIter": 1}, of_kinds={"trees": (Binary,)})


@pytest.mark.parametrize("classes", [0, 1])
def test_shape_of_fewer_than_two_classes_is_refused(classes):
    with pytest.raises(ValueError, match=f"classes must be at least 2; got classes={classes}"):
        Shape(Binary, 0, 10, classes)
