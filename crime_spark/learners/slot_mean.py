"""Baseline: the training rows' mean in the same area, on the same weekday, at the same hour."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.kinds import Regression
from crime_spark.learners.estimators.baselines_in_task import rates
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.rates import RateBy
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """A mean for each; a panel without areas, or of days, has no such column, and it is left out."""
    return RateBy(("area", "weekday", "hour"), smoothing=float(settings["smoothing"]), number=True)


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same in one task."""
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
