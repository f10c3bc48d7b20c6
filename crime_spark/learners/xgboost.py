"""XGBoost's gradient-boosted trees."""

from functools import partial
from typing import Any

from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners.estimators.boosting import Boosted, Boosting
from crime_spark.learners.estimators.boosting_in_task import boosted
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Choice, Real, Whole

_OURS = ("n_estimators", "early_stopping_rounds", "held_out", "native_categories", "rows_in_one_task")


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Boosted trees by histograms, on indices. Counts are fitted by Poisson deviance, other numbers by squared error.

    Raises:
        UsageError: a setting is out of range.
    """
    return Boosted(_boosting(shape, settings, seed), shape.rows, settings["rows_in_one_task"])


def in_task(shape: Shape, settings: Settings, seed: int) -> TaskFit:
    """The same learner in one task.

    Raises:
        UsageError: a setting is out of range.
    """
    return partial(boosted, boosting=_boosting(shape, settings, seed))


def _boosting(shape: Shape, settings: Settings, seed: int) -> Boosting:
    """The settings of the trees.

    Raises:
        UsageError: held_out is not a share; or n_estimators, early_stopping_rounds or rows_in_one_task is less than
            1.
    """
    if not 0 <= settings["held_out"] < 1:
        raise UsageError(f"learner_settings.xgboost.held_out is {settings['held_out']}; it must be from 0 to below 1")
    for name in ("n_estimators", "early_stopping_rounds", "rows_in_one_task"):
        if settings[name] < 1:
            raise UsageError(f"learner_settings.xgboost.{name} is {settings[name]}; it must be 1 or more")
    return Boosting(
        kind=shape.kind,
        classes=shape.classes,
        rounds=settings["n_estimators"],
        patience=settings["early_stopping_rounds"],
        held_out=settings["held_out"],
        native=settings["native_categories"],
        seed=seed % 2**31,
        params={"tree_method": "hist", **{name: value for name, value in settings.items() if name not in _OURS}},
    )


# The names are XGBoost's. Early stopping on held-out rows sets the number of trees, so it is not tuned.
XGBOOST = Learner(
    name="xgboost",
    build=build,
    in_task=in_task,
    wants="indices",
    kinds=(Binary, MultiClass, Regression, Ranking),
    settings={
        "n_estimators": 400,
        "learning_rate": 0.1,
        "max_depth": 6,
        "min_child_weight": 20.0,  # sum of row weights, times p (1 - p) for a logistic loss
        "subsample": 0.8,
        "colsample_bytree": 0.6,
        "reg_lambda": 1.0,
        "max_bin": 256,
        "native_categories": True,
        "held_out": 0.1,
        "early_stopping_rounds": 20,
        "rows_in_one_task": 1_000_000,
    },
    space={
        "learning_rate": Real(0.02, 0.3, log=True),
        "max_depth": Whole(3, 10),
        "min_child_weight": Real(1.0, 200.0, log=True),
        "subsample": Real(0.5, 1.0, simpler=None),
        "colsample_bytree": Real(0.3, 1.0, simpler=None),
        "reg_lambda": Real(0.1, 100.0, log=True),
        "native_categories": Choice((False, True)),
    },
    packages={"xgboost": "xgboost-cpu"},
    default=False,
)
