"""Baseline: the training rows' mean in the same area, on the same weekday, at the same hour."""

from typing import Any

from pyspark.ml import Estimator

from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.rates import RateBy
from crime_spark.tasks.grain import Regression


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """A mean for each; a panel without areas, or of days, has no such column, and it is left out."""
    return RateBy(("area", "weekday", "hour"), smoothing=float(settings["smoothing"]), number=True)


SLOT_MEAN = Learner(
    name="slot_mean",
    build=build,
    wants="columns",
    kinds=(Regression,),
    needs=("weekday",),
    settings={"smoothing": 0.0},
    baseline=True,
)
