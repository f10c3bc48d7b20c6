"""Baseline: the class shares or the mean of the training rows, the same for all rows."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Binary, MultiClass, Regression
from crime_spark.learners.estimators.baselines_in_task import rates, shares
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.rates import ClassShares, RateBy
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The share of each class, or the mean of numbers."""
    if shape.kind is MultiClass:
        return ClassShares(shape.classes)
    return RateBy((), smoothing=0.0, number=shape.kind is Regression)


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    if shape.kind is MultiClass:
        return partial(shares, classes=shape.classes)
    return partial(rates, columns=(), smoothing=0.0, number=shape.kind is Regression)


CLASS_PRIOR = Learner(
    name="class_prior",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Binary, MultiClass, Regression),
    baseline=True,
)
