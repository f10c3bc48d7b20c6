"""Baseline: the value one week before."""

from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.earlier import ValueOf
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.tasks.grain import Ranking, Regression


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """What the panel's past says of the last week seen, same weekday and time of day."""
    return ValueOf("same_weekday_1w")


SEASONAL_NAIVE = Learner(
    name="seasonal_naive",
    build=build,
    wants="columns",
    kinds=(Regression, Ranking),
    needs=("same_weekday_1w",),
    baseline=True,
    scales=True,
)
