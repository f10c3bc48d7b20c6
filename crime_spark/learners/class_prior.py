"""Baseline: what the training rows hold, the same for every row."""

from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.rates import ClassShares, RateBy
from crime_spark.tasks.grain import Binary, MultiClass, Regression


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The share of each class; of numbers, their mean."""
    if shape.kind is MultiClass:
        return ClassShares(shape.classes)
    return RateBy((), smoothing=0.0, number=shape.kind is Regression)


CLASS_PRIOR = Learner(
    name="class_prior", build=build, wants="columns", kinds=(Binary, MultiClass, Regression), baseline=True
)
