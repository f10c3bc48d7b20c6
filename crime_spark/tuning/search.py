"""What is tried next: a function of what has been tried, so that a run that broke off goes on as if it had not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count as counted
from typing import Any

from crime_spark.errors import UsageError
from crime_spark.fitting.feature_selection import SHARES, WAYS, Selection
from crime_spark.learners.learner import Learner
from crime_spark.learners.space import Choice, Real, Space
from crime_spark.settings import Settings
from crime_spark.tuning.choice import Tried, complete, pick
from crime_spark.tuning.folds import folds_of
from crime_spark.tuning.search_space import FEATURES, Parameters, Spaces, drawn, grid, holds, named

SELECTION = "selection"
# A space of few points is soon exhausted: after so many draws in a row that were tried before, it is taken to be.
_REPEATED_DRAWS = 200


@dataclass(frozen=True)
class Search:
    """Where parameters are sought, and what the metric is like: folds is how many of them a trial has."""

    spaces: Spaces
    folds: int
    greater: bool
    seed: int
    grid_steps: int


def untunable(learner: Learner, strategy: str) -> str | None:
    """Why there is nothing of the learner that the strategy could try; None if there is."""
    if learner.baseline or (strategy != SELECTION and not learner.space):
        return f"learner {learner.name} has no space, so that nothing of it can be tuned"
    if strategy == SELECTION and learner.wants == "columns":
        return f"learner {learner.name} reads columns of its own, not features to select by --strategy {SELECTION}"
    return None


def missing_package(strategy: str) -> str | None:
    """What is to be installed before the strategy can be used; None if nothing is missing."""
    lacking = strategy == "tpe" and find_spec("optuna") is None
    return "strategy tpe needs the package optuna: pip install optuna==5.0.0" if lacking else None


def tuning_faults(settings: Settings, years: Iterable[Sequence[int]]) -> list[str]:
    """Why no cell of cities that have these years can be tuned: a package is missing, or no cell has months enough."""
    tuning = settings.tuning
    faults = [missing_package(tuning.strategy)]
    longest = 1 if settings.protocol == "per_year" else max((len(held) - 1 for held in years), default=0)
    if longest > 0:
        try:
            folds_of(range(12 * longest), tuning.folds, tuning.fold_months)
        except UsageError as error:
            faults.append(str(error))
    return [fault for fault in faults if fault]


def asked(
    strategy: str, search: Search, defaults: Parameters, tried: Sequence[Tried], count: int
) -> list[dict[str, Any]]:
    """At most `count` parameters that none of the trials has, each of them once; fewer if the space is exhausted.

    The first ever tried are the defaults, the learner's own settings, so that the best is never worse than they are.
    strategy is grid, random or tpe; the same trials and seed give the same parameters.

    Raises:
        KeyError: there is no such strategy.
    """
    seen = {each.trial for each in tried}
    first = {name: defaults[name] for name in search.spaces}
    found: list[dict[str, Any]] = []
    for parameters in _chain(first, _STRATEGIES[strategy], search, tried, count):
        if named(parameters) not in seen:
            seen.add(named(parameters))
            found.append(parameters)
        if len(found) == count:
            break
    return found


def asked_features(search: Search, defaults: Parameters, tried: Sequence[Tried], count: int) -> list[dict[str, Any]]:
    """The same for ways to select features, beside the best settings so far with all features, or else the defaults."""
    whole = [each for each in tried if FEATURES not in each.parameters]
    best = pick(whole, search.spaces, search.folds, greater=search.greater)
    base = dict(best.parameters) if best else {name: defaults[name] for name in search.spaces}
    ways = [{**base, FEATURES: str(Selection(way, share))} for share in SHARES for way in WAYS]
    seen = {each.trial for each in tried}
    return [parameters for parameters in (base, *ways) if named(parameters) not in seen][:count]


_Strategy = Callable[[Search, Sequence[Tried], int], Iterator[dict[str, Any]]]


def _chain(
    first: dict[str, Any], strategy: _Strategy, search: Search, tried: Sequence[Tried], count: int
) -> Iterator[dict[str, Any]]:
    yield first
    repeated = 0
    # Draws begin anew with every call: those that earlier calls made do not say that the space is exhausted.
    seen: set[str] = set()
    for parameters in strategy(search, tried, count):
        repeated = repeated + 1 if named(parameters) in seen else 0
        seen.add(named(parameters))
        if repeated > _REPEATED_DRAWS:
            return
        yield parameters


def _grid(search: Search, tried: Sequence[Tried], count: int) -> Iterator[dict[str, Any]]:
    yield from grid(search.spaces, search.grid_steps, search.seed)


def _random(search: Search, tried: Sequence[Tried], count: int) -> Iterator[dict[str, Any]]:
    for at in counted():
        yield drawn(search.spaces, search.seed, at)


def _tpe(search: Search, tried: Sequence[Tried], count: int) -> Iterator[dict[str, Any]]:
    """Tree-structured Parzen estimator (Bergstra et al. 2011) of a study made anew from the trials.

    Where it asks for what was tried before, draws take their place.
    """
    yield from study_of(search, tried, count)
    yield from _random(search, tried, count)


def study_of(search: Search, tried: Sequence[Tried], count: int) -> list[dict[str, Any]]:
    """`count` parameters that optuna asks for after these trials; those outside the space tell it nothing."""
    import optuna  # optional

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spread = {name: _distribution(search.spaces[name]) for name in sorted(search.spaces)}
    known = [each for each in complete(tried, search.folds) if _inside(search.spaces, each.parameters)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Several are asked for before any is known: the liar takes those that run for bad ones, so that they differ.
        sampler = optuna.samplers.TPESampler(seed=(search.seed + len(tried)) % 2**32, constant_liar=True)
    study = optuna.create_study(direction="maximize" if search.greater else "minimize", sampler=sampler)
    for each in known:
        study.add_trial(optuna.trial.create_trial(params=dict(each.parameters), distributions=spread, value=each.mean))
    return [_as_declared(search.spaces, study.ask(spread).params) for _ in range(count)]


def _inside(spaces: Spaces, parameters: Parameters) -> bool:
    return {*parameters} == {*spaces} and all(holds(spaces[name], parameters[name]) for name in spaces)


def _distribution(space: Space) -> Any:
    from optuna import distributions

    if isinstance(space, Choice):
        return distributions.CategoricalDistribution(space.values)
    if isinstance(space, Real):
        return distributions.FloatDistribution(space.low, space.high, log=space.log)
    return distributions.IntDistribution(space.low, space.high, log=space.log)


def _as_declared(spaces: Spaces, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers with as many digits as those that are drawn otherwise."""
    made = {}
    for name, value in parameters.items():
        space = spaces[name]
        rounded = min(max(float(f"{value:.6g}"), space.low), space.high) if isinstance(space, Real) else value
        made[name] = rounded
    return made


_STRATEGIES: Mapping[str, _Strategy] = {"grid": _grid, "random": _random, "tpe": _tpe}
