"""The functions that compute metrics from the rows of a cell, by name of the metric."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from crime_spark.evaluation.findings import Chosen, Findings
from crime_spark.evaluation.ranking import Levels, levels
from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, resampled

Formula = Callable[[Any], Findings]


@dataclass(frozen=True)
class Rows:
    """The rows of a cell.

    Attributes:
        label: labels; for classes, their indices.
        predicted: numbers, or probabilities, with a column for each class if there are several.
        drawn: the resamples.
        chosen_on: labels and predictions of earlier months, for choosing thresholds, calibration and intervals.
    """

    label: NDArray[Any]
    predicted: Array
    drawn: Resamples
    chosen_on: Chosen | None

    @cached_property
    def ordered(self) -> Levels:
        """The predictions, sorted."""
        return levels(self.predicted)

    @property
    def counts(self) -> dict[str, Estimate]:
        """rows, and validation_rows, the number of rows of earlier months."""
        before = len(self.chosen_on[0]) if self.chosen_on is not None else 0
        return {"rows": Estimate(float(len(self.label))), "validation_rows": Estimate(float(before))}


class Formulas(dict[str, Formula]):
    """The function that computes a metric, by name. A function can compute several metrics."""

    def computes(self, *names: str) -> Callable[[Formula], Formula]:
        """A decorator that registers a function for the metrics of these names."""

        def register(formula: Formula) -> Formula:
            self.update(dict.fromkeys(names, formula))
            return formula

        return register

    def select(self, names: Collection[str]) -> Formulas:
        """The functions for the metrics of these names.

        Raises:
            ValueError: a metric has no function.
        """
        if missing := [name for name in names if name not in self]:
            raise ValueError(f"no function in evaluation/ computes {', '.join(missing)}; known: {', '.join(self)}")
        return Formulas({name: self[name] for name in names})

    def evaluate(
        self,
        label: Array | Whole,
        predicted: Array,
        block: Whole,
        resamples: int,
        seed: int,
        chosen_on: Chosen | None = None,
    ) -> Findings:
        """Compute the metrics of the rows of a cell, with the curves and metrics by class of the same functions.

        Args:
            label: See `Rows`.
            predicted: See `Rows`.
            block: The number of the day or week of each row: whole blocks are resampled. Predictions with the same
                blocks and seed are evaluated on the same resamples.
            resamples: The number of resamples.
            seed: Seed of the resamples.
            chosen_on: See `Rows`.
        """
        return self.findings(Rows(label, predicted, resampled(block, resamples, seed), chosen_on))

    def findings(self, rows: Any) -> Findings:
        """Call each function once with the rows that it takes, and merge the results.

        A metric that is not defined for these rows is missing.
        """
        parts = [formula(rows) for formula in dict.fromkeys(self.values())]
        metrics = {name: estimate for part in parts for name, estimate in part.metrics.items()}
        return Findings(
            {name: metrics[name] for name in self if name in metrics},
            {key: estimate for part in parts for key, estimate in part.of_classes.items()},
            {key: points for part in parts for key, points in part.curves.items()},
            next((part.confusion for part in parts if part.confusion is not None), None),
        )
