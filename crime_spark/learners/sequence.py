"""A neural network on the last days of an area and of all areas together."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.features.recent_periods import SERIES
from crime_spark.kinds import Regression
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.estimators.windows import Network, Windows, windows
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Choice, Real


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """A network of layers such as "64" or "64,32" neurons, fitted in one task by scikit-learn.

    Raises:
        UsageError: a setting is out of range.
    """
    return Windows(_network(settings, seed))


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same learner in one task.

    Raises:
        UsageError: a setting is out of range.
    """
    return partial(windows, network=_network(settings, seed))


def _network(settings: Settings, seed: int) -> Network:
    """The settings of the network.

    Raises:
        UsageError: layers is not a list of positive whole numbers with commas; or max_iter, alpha or learning_rate
            is not positive.
    """
    layers = settings["layers"].split(",")
    if not all(layer.strip().isdecimal() and int(layer) > 0 for layer in layers):
        raise UsageError(
            f"learner_settings.sequence.layers is {settings['layers']!r}; write for example '64' or '64,32'"
        )
    for name in ("alpha", "learning_rate", "max_iter"):
        if settings[name] <= 0:
            raise UsageError(f"learner_settings.sequence.{name} is {settings[name]}; it must be greater than 0")
    return Network(
        tuple(map(int, layers)),
        settings["alpha"],
        settings["learning_rate"],
        settings["max_iter"],
        seed % 2**31,
    )


SEQUENCE = Learner(
    name="sequence",
    build=build,
    in_task=in_task,
    wants="columns",
    kinds=(Regression,),
    needs=tuple(SERIES),
    settings={"layers": "64", "alpha": 0.01, "learning_rate": 0.001, "max_iter": 200},
    space={
        "layers": Choice(("16", "32", "64", "64,32")),
        "alpha": Real(0.0001, 10.0, log=True),
        "learning_rate": Real(0.0003, 0.01, log=True),
    },
    packages={"sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"},
    default=False,
)
