"""Which trial is taken: a pure function over their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt
from statistics import fmean, stdev

from crime_spark.tuning.search_space import Parameters, Spaces, complexity, written

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Tried:
    """A trial: its parameters, and the value of the metric on each fold; None where the metric is not defined."""

    trial: str
    parameters: Parameters
    values: Mapping[int, float | None]

    @property
    def mean(self) -> float:
        """Over its folds, all of which have a value."""
        return fmean(value for value in self.values.values() if value is not None)


def complete(tried: Iterable[Tried], folds: int) -> list[Tried]:
    """The trials that have a value on every fold from 0 to folds - 1: the others cannot be compared with them."""
    wanted = set(range(folds))
    return [
        each
        for each in tried
        if wanted <= set(each.values) and all(value is not None and not isnan(value) for value in each.values.values())
    ]


def pick(tried: Sequence[Tried], spaces: Spaces, folds: int, *, greater: bool) -> Tried | None:
    """The simplest trial that is no worse than the best one by more than one standard error; None without any.

    The best has the best mean over the folds; greater says whether more is better. What a trial loses against it is
    taken fold by fold, as all have the same folds, some of which are harder than others: it is no worse if its mean
    loss is at most the standard error of that mean (the one-standard-error rule of Breiman et al. 1984, "Classification
    and Regression Trees", of paired differences). With one fold there is no error: only equals tie. Simplest is the one
    with the least `complexity`; of equals the better one, then the first in the order of their parameters as JSON.
    Trials that lack a fold are not looked at.
    """
    held = complete(tried, folds)
    if not held:
        return None
    sign = 1 if greater else -1
    best = min(held, key=lambda each: (-sign * each.mean, complexity(spaces, each.parameters), _order(each)))
    close = [each for each in held if _within(_losses(each, best, sign))]
    return min(close, key=lambda each: (complexity(spaces, each.parameters), -sign * each.mean, _order(each)))


def standard_error(values: Sequence[float]) -> float:
    """Of their mean: the sample deviation / sqrt(number); 0 of a single one."""
    return stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0


def _losses(each: Tried, best: Tried, sign: int) -> list[float]:
    losses = []
    for fold, value in best.values.items():
        other = each.values[fold]
        assert value is not None  # only complete trials come here
        assert other is not None
        losses.append(sign * (value - other))
    return losses


def _within(losses: Sequence[float]) -> bool:
    return fmean(losses) <= standard_error(losses) + _ROUNDING


def _order(each: Tried) -> str:
    return written(each.parameters)
