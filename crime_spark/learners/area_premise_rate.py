"""Baseline: the share of label 1 among training rows with the same area and premise."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.estimators.baselines_in_task import rates
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.rates import RateBy
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """A smoothed rate by area and premise."""
    return RateBy(("area", "premise"), smoothing=float(settings["smoothing"]))


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    smoothing = float(settings["smoothing"])
    return partial(rates, columns=("area", "premise"), smoothing=smoothing, number=False)


AREA_PREMISE_RATE = Learner(
    name="area_premise_rate",
    build=build,
    in_task=in_task,
    wants="columns",
    needs=("area", "premise"),
    settings={"smoothing": 20.0},
    baseline=True,
)
