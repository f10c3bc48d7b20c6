"""Baseline: the mean of the last four weeks, same weekday and time of day."""

from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.earlier import ValueOf
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.tasks.grain import Ranking, Regression


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """What the panel's past says of the last four weeks seen."""
    return ValueOf("same_weekday_4w")


TRAILING_MEAN = Learner(
    name="trailing_mean",
    build=build,
    wants="columns",
    kinds=(Regression, Ranking),
    needs=("same_weekday_4w",),
    baseline=True,
)
