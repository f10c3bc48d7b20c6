"""k nearest neighbors."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Regression
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.neighbours import Nearness, Neighbours
from crime_spark.learners.estimators.neighbours_in_task import nearest
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Choice, Whole


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """The mean of the nearest rows in a stratified sample of the training rows.

    Raises:
        UsageError: a setting is out of range.
    """
    return Neighbours(_nearness(shape, settings, seed), shape.rows, settings["reference_rows"])


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same learner in one task.

    Raises:
        UsageError: a setting is out of range.
    """
    return partial(nearest, nearness=_nearness(shape, settings, seed), reference_rows=settings["reference_rows"])


def _nearness(shape: Shape, settings: Settings, seed: int) -> Nearness:
    """The settings of the search.

    Raises:
        UsageError: weights is neither uniform nor distance; n_neighbors, reference_rows or components is less than
            1; or smoothing is negative.
    """
    if settings["weights"] not in ("uniform", "distance"):
        raise UsageError(f"learner_settings.knn.weights is {settings['weights']!r}; it must be uniform or distance")
    for name in ("n_neighbors", "reference_rows", "components"):
        if settings[name] < 1:
            raise UsageError(f"learner_settings.knn.{name} is {settings[name]}; it must be 1 or more")
    if settings["smoothing"] < 0:
        raise UsageError(f"learner_settings.knn.smoothing is {settings['smoothing']}; it must be 0 or more")
    return Nearness(
        kind=shape.kind,
        classes=shape.classes,
        n_neighbors=settings["n_neighbors"],
        weights=settings["weights"],
        smoothing=float(settings["smoothing"]),
        components=settings["components"],
        seed=seed % 2**31,
    )


KNN = Learner(
    name="knn",
    build=build,
    in_task=in_task,
    wants="log",
    kinds=(Binary, MultiClass, Regression),
    settings={
        "n_neighbors": 100,
        "weights": "uniform",
        "smoothing": 1.0,
        "reference_rows": 50_000,
        "components": 32,
    },
    space={"n_neighbors": Whole(10, 500, log=True, simpler="high"), "weights": Choice(("uniform", "distance"))},
    packages={"sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"},
    default=False,
)
