"""What is fitted, declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.features.preparing import Wants
from crime_spark.tasks.task import Binary

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What a builder needs to know of the prepared rows.

    categories is the largest number of them in one feature, rows the number of training rows that they stand for.
    """

    categories: int
    rows: int


@dataclass(frozen=True)
class Learner:
    """A way to fit a model.

    build returns an unfitted estimator over the columns label and, as wants says: a vector `features` of category
    indices and numbers (indices), a vector `features` of one-hot categories and scaled numbers (onehot), or the
    examples' own columns (columns). Rows have a `weight`, the number of training rows they stand for:
    an estimator must be told of it. Its model writes a vector column
    `probability`, [1 - p, p]; without a rawPredictionCol, as Spark then passes on one vector less for each row.
    settings are the estimator's parameters, defaults that learner_settings of the configuration may change.
    """

    name: str
    build: Callable[[Shape, Settings, int], Estimator[Any]]
    wants: Wants
    kinds: tuple[type, ...] = (Binary,)
    settings: Settings = field(default_factory=dict, hash=False)
    baseline: bool = False
    default: bool = True

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError(f"learner {self.name} can fit no kind of task")

    def with_settings(self, changes: Settings) -> dict[str, Any]:
        """The learner's settings with changes laid over.

        Raises:
            UsageError: a change names a parameter that the learner does not declare, or has a value of another kind.
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
