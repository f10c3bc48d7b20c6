"""Baseline: units ranked by their number of incidents in the last 365 days."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Ranking
from crime_spark.learners.estimators.baselines_in_task import value_of
from crime_spark.learners.estimators.column_value import ValueOf
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The count of the last 365 days. Only its order is meaningful for a period."""
    return ValueOf("count_365d")


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    return partial(value_of, column="count_365d")


PRIOR_COUNTS = Learner(
    name="prior_counts",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Ranking,),
    needs=("count_365d",),
    baseline=True,
)
