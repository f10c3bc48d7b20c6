"""Baseline: the mean of training rows with the same area, weekday and hour."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Regression
from crime_spark.learners.estimators.baselines_in_task import rates
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.rates import RateBy
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """A mean by area, weekday and hour. Columns that the panel does not have are omitted."""
    return RateBy(("area", "weekday", "hour"), smoothing=float(settings["smoothing"]), number=True)


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same baseline in one task."""
    smoothing = float(settings["smoothing"])
    return partial(rates, columns=("area", "weekday", "hour"), smoothing=smoothing, number=True)


SLOT_MEAN = Learner(
    name="slot_mean",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Regression,),
    needs=("weekday",),
    settings={"smoothing": 0.0},
    baseline=True,
)
