"""Baseline: the training rows' share of label 1, the same for every row."""

from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.rates import RateBy


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """One rate for all."""
    return RateBy((), smoothing=0.0)


CLASS_PRIOR = Learner(name="class_prior", build=build, wants="columns", baseline=True)
