"""The trials of a cell as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crime_spark.fitting.cells import Cell
from crime_spark.tuning.choice import Trial, complete, pick, standard_error
from crime_spark.tuning.search import Search
from crime_spark.tuning.search_space import FEATURES, trial_name, written


def report(cell: Cell, trials: Sequence[Trial], search: Search, metric: str) -> str:
    """Lines for the best trial, for the usual settings, and for each selection of features with its effect."""
    best = pick(trials, search.spaces, search.folds, greater=search.greater)
    if best is None:
        return f"{cell}: no trial has a value of {metric} on every fold"
    complete_trials = {trial.trial: trial for trial in complete(trials, search.folds)}
    lines = [f"{cell}: best of {len(complete_trials)} trials: {written(best.parameters)}: {metric} {_value(best)}"]
    usual = complete_trials.get(trial_name({name: cell.learner.settings[name] for name in search.spaces}))
    if usual is not None and usual.trial != best.trial:
        lines.append(f"{cell}: usual settings: {metric} {_value(usual)}")
    for trial in complete_trials.values():
        if FEATURES in trial.parameters and (
            whole := complete_trials.get(trial_name(without_selection(trial.parameters)))
        ):
            effect = trial.mean - whole.mean
            lines.append(
                f"{cell}: {trial.parameters[FEATURES]}: {metric} {_value(trial)}, {effect:+.4f} against all features"
            )
    return "\n".join(lines)


def without_selection(parameters: Any) -> dict[str, Any]:
    """The parameters of the same trial with all features."""
    return {name: value for name, value in parameters.items() if name != FEATURES}


def _value(trial: Trial) -> str:
    values = [value for value in trial.values.values() if value is not None]
    return f"{trial.mean:.4f} (standard error {standard_error(values):.4f} over {len(values)} folds)"
