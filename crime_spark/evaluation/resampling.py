"""Intervals of metrics by the block bootstrap: days or weeks of rows, resampled equally for all learners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

NAN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A metric; NaN where it is not defined.

    Attributes:
        value: the metric over all rows.
        low, high: its 2.5 % and 97.5 % quantiles over the resamples.
        drawn: the metric of each resample, for comparing learners on the same resamples.
    """

    value: float
    low: float = NAN
    high: float = NAN
    drawn: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)

    @property
    def columns(self) -> dict[str, float | None]:
        """value, low and high as columns of a table, None if not defined."""
        values = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if np.isnan(value) else value for name, value in values.items()}


@dataclass(frozen=True)
class Resamples:
    """Resamples of blocks of rows.

    Attributes:
        block: the block of each row, from 0.
        weights: how often a resample contains a block, blocks x resamples.
    """

    block: Whole
    weights: Array

    def sums(self, term: Array) -> Array:
        """The sum of a term over the rows of each resample."""
        return np.asarray(np.bincount(self.block, term, len(self.weights)) @ self.weights)

    def sums_by(self, group: Whole, groups: int, term: Array | None = None) -> Array:
        """Sums of a term by group, groups x resamples; without a term, numbers of rows."""
        shape = (groups, len(self.weights))
        place = group * shape[1] + self.block
        return np.asarray(np.bincount(place, term, shape[0] * shape[1]).reshape(shape) @ self.weights)

    def subset(self, chosen: NDArray[np.bool_] | Whole) -> Resamples:
        """The same resamples for some of the rows."""
        return Resamples(self.block[chosen], self.weights)


def resampled(block: Whole, resamples: int, seed: int) -> Resamples:
    """Draw resamples of blocks with replacement (the block bootstrap; Efron 1979).

    The same blocks and seed give the same resamples, whatever the predictions.

    Args:
        block: the block of each row.
        resamples: the number of resamples; each has as many blocks as there are.
        seed: seed of the random numbers.
    """
    distinct, blocks = np.unique(block, return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(
        len(distinct), np.full(len(distinct), 1 / len(distinct)), size=resamples
    )
    return Resamples(blocks.astype(np.int64), draws.T.astype(float))


def all_rows(rows: int) -> Resamples:
    """A single resample with every row once."""
    return Resamples(np.zeros(rows, np.int64), np.ones((1, 1)))


def estimate(value: float, drawn: Array) -> Estimate:
    """The value with its percentile interval over the resamples in which the metric is defined."""
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(defined) == 0:
        return Estimate(value, drawn=drawn)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value, float(low), float(high), drawn)


def estimates(exact: Mapping[str, Array], drawn: Mapping[str, Array]) -> dict[str, Estimate]:
    """`estimate` of each metric; `exact` has a single value for each, that of `all_rows`."""
    return {name: estimate(float(value[0]), drawn[name]) for name, value in exact.items()}
