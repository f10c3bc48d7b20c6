"""The choice of the best trial: a pure function of the values of trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt
from statistics import fmean, stdev

from crime_spark.tuning.search_space import Parameters, Spaces, complexity, written

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Trial:
    """A trial.

    Attributes:
        trial: its name.
        parameters: its parameters.
        values: the metric by fold; None if not defined.
    """

    trial: str
    parameters: Parameters
    values: Mapping[int, float | None]

    @property
    def mean(self) -> float:
        """The mean over the folds, which must all have values."""
        return fmean(value for value in self.values.values() if value is not None)


def complete(trials: Iterable[Trial], folds: int) -> list[Trial]:
    """The trials with a value on every fold from 0 to folds - 1. Others cannot be compared."""
    wanted = set(range(folds))
    return [
        trial
        for trial in trials
        if wanted <= set(trial.values)
        and all(value is not None and not isnan(value) for value in trial.values.values())
    ]


def pick(trials: Sequence[Trial], spaces: Spaces, folds: int, *, greater: bool) -> Trial | None:
    """The simplest trial within one standard error of the best; None without complete trials.

    The best trial has the best mean over folds. The losses of another trial are paired by fold. It is close enough if
    its mean loss is at most the standard error of that mean (the one-standard-error rule of Breiman et al. 1984,
    "Classification and Regression Trees", for paired differences). With a single fold the error is 0. The simplest
    trial has the least `complexity`; ties are broken by the mean, then by the parameters as JSON.

    Args:
        trials: the trials; incomplete ones are ignored.
        spaces: spaces of the parameters.
        folds: number of folds.
        greater: greater values are better.
    """
    candidates = complete(trials, folds)
    if not candidates:
        return None
    sign = 1 if greater else -1
    best = min(candidates, key=lambda trial: (-sign * trial.mean, complexity(spaces, trial.parameters), _order(trial)))
    close = [trial for trial in candidates if _within(_losses(trial, best, sign))]
    return min(close, key=lambda trial: (complexity(spaces, trial.parameters), -sign * trial.mean, _order(trial)))


def standard_error(values: Sequence[float]) -> float:
    """The standard error of the mean: sample deviation / sqrt(n); 0 for a single value."""
    return stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0


def _losses(trial: Trial, best: Trial, sign: int) -> list[float]:
    losses = []
    for fold, value in best.values.items():
        other = trial.values[fold]
        assert value is not None  # trials are complete
        assert other is not None
        losses.append(sign * (value - other))
    return losses


def _within(losses: Sequence[float]) -> bool:
    return fmean(losses) <= standard_error(losses) + _ROUNDING


def _order(trial: Trial) -> str:
    return written(trial.parameters)
