"""The declaration of a learner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, Kind, Regression
from crime_spark.learners.estimators.in_task import TaskFit
from crime_spark.learners.space import Space
from crime_spark.vectors.preparation import Wants

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What a builder needs to know about the prepared rows.

    Attributes:
        kind: Binary (label 1 or 0), MultiClass (label 0 to classes - 1) or Regression.
        categories: the largest number of categories of a feature.
        rows: the number of training rows that the prepared rows represent.
        classes: the number of classes; 2 if the kind has no classes.

    Raises:
        ValueError: there are fewer than two classes.
    """

    kind: type[Kind]
    categories: int
    rows: int
    classes: int = 2

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"Shape: classes must be at least 2; got classes={self.classes}")


@dataclass(frozen=True)
class Learner:
    """A way to fit a model.

    Attributes:
        name: its name in settings, tables and paths.
        build: returns an unfitted estimator. It reads `label`, `weight` (the number of training rows that a row
            represents) and, as `wants` says, a vector `features` or columns of the examples. Its model writes a vector
            `probability` with a position for each class (Binary, MultiClass) or `prediction` DOUBLE (Regression). It
            sets no rawPredictionCol, so that Spark copies one vector less for each row.
        wants: how examples become vectors (vectors/preparation.py), for example scaled, dense or as category indices.
        kinds: the kinds of task that it can fit.
        needs: columns of the examples without which it has nothing to predict from.
        settings: the estimator's default parameters; `learner_settings` in the configuration overrides them.
        space: the values of settings that the tuner may try.
        of_kinds: settings that have an effect for some kinds only, with these kinds.
        packages: modules needed on the driver and the executors beyond the requirements, with the name pip installs.
        treatment: how training rows of rare classes are treated (learners/estimators/class_balance.py).
        baseline: whether other learners are compared with it.
        default: whether it runs if no learner is named.
        scales: whether its mean absolute error is the unit of MASE.
        in_task: returns a function that fits the same model within one Spark task.

    Raises:
        ValueError: no kinds; a space or kinds of an unknown setting; or a treatment of classes by a learner that runs
            by default or that fits numbers.
    """

    name: str
    build: Callable[[Shape, Settings, int], Estimator[Any]]
    wants: Wants
    kinds: tuple[type[Kind], ...] = (Binary,)
    needs: tuple[str, ...] = ()
    settings: Settings = field(default_factory=dict, hash=False)
    space: Mapping[str, Space] = field(default_factory=dict, hash=False)
    of_kinds: Mapping[str, tuple[type[Kind], ...]] = field(default_factory=dict, hash=False)
    packages: Mapping[str, str] = field(default_factory=dict, hash=False)
    treatment: str | None = None
    baseline: bool = False
    default: bool = True
    scales: bool = False
    in_task: Callable[[Shape, Settings, int], TaskFit] | None = None

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError(f"learner {self.name} must have at least one kind of task")
        if unknown := sorted({*self.space, *self.of_kinds} - set(self.settings)):
            raise ValueError(f"learner {self.name}: space and of_kinds have unknown settings {', '.join(unknown)}")
        if self.treatment and (self.default or Regression in self.kinds):
            raise ValueError(f"learner {self.name}: {self.treatment} is for classes only, and must not be a default")

    @property
    def missing(self) -> list[str]:
        """Packages to install, because their modules cannot be found."""
        return [package for module, package in self.packages.items() if find_spec(module) is None]

    def fits(self, kind: type[Kind]) -> type[Kind]:
        """The kind that is fitted for a task of a kind: the same, except for rankings.

        A ranking is fitted as a regression of the count, or as a binary prediction of hotspots if the learner cannot
        fit a regression.
        """
        if not kind.is_ranked:
            return kind
        return Binary if Binary in self.kinds and Regression not in self.kinds else Regression

    def with_settings(self, changes: Settings) -> dict[str, Any]:
        """The settings of the learner, updated by changes.

        Raises:
            UsageError: a change names a setting that does not exist, or has a value of another type.
        """
        if unknown := sorted(set(changes) - set(self.settings)):
            raise UsageError(
                f"learner {self.name} has no setting {', '.join(map(repr, unknown))}; known: "
                f"{', '.join(sorted(self.settings)) or 'none'}"
            )
        for name, value in changes.items():
            default = self.settings[name]
            number = isinstance(default, float) and type(value) is int
            if type(value) is not type(default) and not number:
                raise UsageError(f"learner {self.name}: {name} is {value!r}; expected a value such as {default!r}")
        return {**self.settings, **changes}
