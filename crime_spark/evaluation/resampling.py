"""Intervals of metrics: blocks of rows (days, weeks) drawn with replacement, the same for every learner."""

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
    """A metric's value and the 2.5 % and 97.5 % points over the resamples; NaN where it is not defined.

    drawn is the metric of each resample, so that two learners can be compared resample by resample.
    """

    value: float
    low: float = NAN
    high: float = NAN
    drawn: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)

    @property
    def columns(self) -> dict[str, float | None]:
        """value, low and high as columns of a table, NULL where they are not defined."""
        values = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if np.isnan(value) else value for name, value in values.items()}


@dataclass(frozen=True)
class Resamples:
    """Each row's block, counted from 0, and how often each resample (column) draws each block (row)."""

    block: Whole
    weights: Array

    def sums(self, term: Array) -> Array:
        """The sum of a row's term over the rows of each resample."""
        return np.asarray(np.bincount(self.block, term, len(self.weights)) @ self.weights)

    def sums_by(self, group: Whole, groups: int, term: Array | None = None) -> Array:
        """The same for each group (row) in each resample (column); without a term, how many rows there are."""
        shape = (groups, len(self.weights))
        place = group * shape[1] + self.block
        return np.asarray(np.bincount(place, term, shape[0] * shape[1]).reshape(shape) @ self.weights)

    def of(self, chosen: NDArray[np.bool_] | Whole) -> Resamples:
        """The same resamples of the chosen rows alone."""
        return Resamples(self.block[chosen], self.weights)


def resampled(block: Whole, resamples: int, seed: int) -> Resamples:
    """Resamples of as many blocks as there are, drawn with replacement (the block bootstrap; Efron 1979).

    block numbers the block of each row. Rows with the same blocks and seed are resampled alike, whatever is predicted
    for them.
    """
    held, blocks = np.unique(block, return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(len(held), np.full(len(held), 1 / len(held)), size=resamples)
    return Resamples(blocks.astype(np.int64), draws.T.astype(float))


def all_rows(rows: int) -> Resamples:
    """One resample: every row once."""
    return Resamples(np.zeros(rows, np.int64), np.ones((1, 1)))


def estimate(value: float, drawn: Array) -> Estimate:
    """The percentile interval; resamples in which the metric is not defined are left out of it."""
    held = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(held) == 0:
        return Estimate(value, drawn=drawn)
    low, high = np.percentile(held, [2.5, 97.5])
    return Estimate(value, float(low), float(high), drawn)


def estimates(exact: Mapping[str, Array], drawn: Mapping[str, Array]) -> dict[str, Estimate]:
    """`estimate` of each metric; exact holds one value each, that of `all_rows`."""
    return {name: estimate(float(value[0]), drawn[name]) for name, value in exact.items()}
