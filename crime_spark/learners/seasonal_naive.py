"""Baseline: the value of a week ago."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Ranking, Regression
from crime_spark.learners.estimators.baselines_in_task import value_of
from crime_spark.learners.estimators.column_value import ValueOf
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The label in the last visible week, at the same weekday and time of day."""
    return ValueOf("same_weekday_1w")


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    return partial(value_of, column="same_weekday_1w")


SEASONAL_NAIVE = Learner(
    name="seasonal_naive",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Regression, Ranking),
    needs=("same_weekday_1w",),
    baseline=True,
    scales=True,
)
