"""The next trials as a function of the previous ones, so that an interrupted run continues without a difference."""

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
from crime_spark.tuning.choice import Trial, complete, pick
from crime_spark.tuning.folds import folds_of
from crime_spark.tuning.search_space import FEATURES, Parameters, Spaces, drawn, grid, holds, trial_name

SELECTION = "selection"
# After this number of consecutive draws of known parameters, the space counts as exhausted.
_REPEATED_DRAWS = 200


@dataclass(frozen=True)
class Search:
    """A search for parameters.

    Attributes:
        spaces: spaces of the parameters.
        folds: number of folds.
        greater: greater values of the metric are better.
        seed: seed of the random numbers.
        grid_steps: number of values of a setting in a grid.
    """

    spaces: Spaces
    folds: int
    greater: bool
    seed: int
    grid_steps: int


def untunable(learner: Learner, strategy: str) -> str | None:
    """The reason why a strategy cannot tune a learner; None if it can."""
    if learner.baseline or (strategy != SELECTION and not learner.space):
        return f"learner {learner.name} declares no space of settings, so it cannot be tuned"
    if strategy == SELECTION and learner.wants == "columns":
        return f"learner {learner.name} reads fixed columns, so --strategy {SELECTION} cannot select features for it"
    return None


def missing_package(strategy: str) -> str | None:
    """The package that a strategy lacks; None if it is installed."""
    lacking = strategy == "tpe" and find_spec("optuna") is None
    return "strategy tpe needs the package optuna: pip install optuna==5.0.0" if lacking else None


def tuning_faults(settings: Settings, years: Iterable[Sequence[int]]) -> list[str]:
    """Reasons why no cell can be tuned: a missing package, or too few months for the folds.

    Args:
        settings: the settings.
        years: years with rows of each city.
    """
    tuning = settings.tuning
    faults = [missing_package(tuning.strategy)]
    longest = (
        1 if settings.protocol == "per_year" else max((len(years_of_city) - 1 for years_of_city in years), default=0)
    )
    if longest > 0:
        try:
            folds_of(range(12 * longest), tuning.folds, tuning.fold_months)
        except UsageError as error:
            faults.append(str(error))
    return [fault for fault in faults if fault]


def next_trials(
    strategy: str, search: Search, defaults: Parameters, trials: Sequence[Trial], count: int
) -> list[dict[str, Any]]:
    """The parameters of the next trials; fewer than `count` if the space is exhausted.

    The first trial has the defaults, so that the best trial is never worse. The same trials and seed give the same
    parameters.

    Args:
        strategy: grid, random or tpe.
        search: the search.
        defaults: the settings of the learner.
        trials: the previous trials.
        count: the number of new trials.

    Raises:
        KeyError: the strategy does not exist.
    """
    names = {trial.trial for trial in trials}
    first = {name: defaults[name] for name in search.spaces}
    next_parameters: list[dict[str, Any]] = []
    for parameters in _chain(first, _STRATEGIES[strategy], search, trials, count):
        if trial_name(parameters) not in names:
            names.add(trial_name(parameters))
            next_parameters.append(parameters)
        if len(next_parameters) == count:
            break
    return next_parameters


def next_selections(search: Search, defaults: Parameters, trials: Sequence[Trial], count: int) -> list[dict[str, Any]]:
    """The parameters of the next selections of features, with the best settings so far, or else the defaults."""
    whole = [trial for trial in trials if FEATURES not in trial.parameters]
    best = pick(whole, search.spaces, search.folds, greater=search.greater)
    base = dict(best.parameters) if best else {name: defaults[name] for name in search.spaces}
    ways = [{**base, FEATURES: str(Selection(way, share))} for share in SHARES for way in WAYS]
    names = {trial.trial for trial in trials}
    return [parameters for parameters in (base, *ways) if trial_name(parameters) not in names][:count]


_Strategy = Callable[[Search, Sequence[Trial], int], Iterator[dict[str, Any]]]


def _chain(
    first: dict[str, Any], strategy: _Strategy, search: Search, trials: Sequence[Trial], count: int
) -> Iterator[dict[str, Any]]:
    yield first
    repeated = 0
    # Draws start again with every call, so only those of this call show that the space is exhausted.
    seen: set[str] = set()
    for parameters in strategy(search, trials, count):
        repeated = repeated + 1 if trial_name(parameters) in seen else 0
        seen.add(trial_name(parameters))
        if repeated > _REPEATED_DRAWS:
            return
        yield parameters


def _grid(search: Search, trials: Sequence[Trial], count: int) -> Iterator[dict[str, Any]]:
    yield from grid(search.spaces, search.grid_steps, search.seed)


def _random(search: Search, trials: Sequence[Trial], count: int) -> Iterator[dict[str, Any]]:
    for number in counted():
        yield drawn(search.spaces, search.seed, number)


def _tpe(search: Search, trials: Sequence[Trial], count: int) -> Iterator[dict[str, Any]]:
    """Tree-structured Parzen estimator (Bergstra et al. 2011), rebuilt from the trials; random draws follow."""
    yield from study_of(search, trials, count)
    yield from _random(search, trials, count)


def study_of(search: Search, trials: Sequence[Trial], count: int) -> list[dict[str, Any]]:
    """`count` parameters that optuna suggests after the trials; trials outside the space are ignored."""
    import optuna  # optional

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spread = {name: _distribution(search.spaces[name]) for name in sorted(search.spaces)}
    usable_trials = [trial for trial in complete(trials, search.folds) if _inside(search.spaces, trial.parameters)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Several parameters are suggested together; the constant liar makes them differ.
        sampler = optuna.samplers.TPESampler(seed=(search.seed + len(trials)) % 2**32, constant_liar=True)
    study = optuna.create_study(direction="maximize" if search.greater else "minimize", sampler=sampler)
    for trial in usable_trials:
        study.add_trial(
            optuna.trial.create_trial(params=dict(trial.parameters), distributions=spread, value=trial.mean)
        )
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
    """The parameters with numbers rounded as in random draws."""
    declared = {}
    for name, value in parameters.items():
        space = spaces[name]
        rounded = min(max(float(f"{value:.6g}"), space.low), space.high) if isinstance(space, Real) else value
        declared[name] = rounded
    return declared


_STRATEGIES: Mapping[str, _Strategy] = {"grid": _grid, "random": _random, "tpe": _tpe}
