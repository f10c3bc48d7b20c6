"""The days before, one by one, of an area and of all areas together, to the day that is predicted."""

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
        UsageError: A setting is out of bounds.
    """
    return Windows(_network(settings, seed))


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same on the rows of a block in one task.

    Raises:
        UsageError: A setting is out of bounds.
    """
    return partial(windows, network=_network(settings, seed))


def _network(settings: Settings, seed: int) -> Network:
    """How the network is fitted.

    Raises:
        UsageError: layers are not whole numbers of 1 or more with commas between them, max_iter is less than 1, or
            alpha or learning_rate not greater than 0.
    """
    layers = settings["layers"].split(",")
    if not all(each.strip().isdecimal() and int(each) > 0 for each in layers):
        raise UsageError(f"learner_settings.sequence.layers is {settings['layers']!r}; write such as '64' or '64,32'")
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
