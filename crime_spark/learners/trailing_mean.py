"""Baseline: the mean of the last four weeks, same weekday and time of day."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Ranking, Regression
from crime_spark.learners.estimators.baselines_in_task import value_of
from crime_spark.learners.estimators.column_value import ValueOf
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The mean label of the last four visible weeks, at the same weekday and time of day."""
    return ValueOf("same_weekday_4w")


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    return partial(value_of, column="same_weekday_4w")


TRAILING_MEAN = Learner(
    name="trailing_mean",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Regression, Ranking),
    needs=("same_weekday_4w",),
    baseline=True,
)
