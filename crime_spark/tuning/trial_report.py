"""What the trials of a cell come to, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crime_spark.fitting.cells import Cell
from crime_spark.tuning.choice import Tried, complete, pick, standard_error
from crime_spark.tuning.search import Search
from crime_spark.tuning.search_space import FEATURES, named, written


def told(cell: Cell, tried: Sequence[Tried], search: Search, metric: str) -> str:
    """A line for what is picked, one for the usual settings, and one for each selection of features with its effect."""
    best = pick(tried, search.spaces, search.folds, greater=search.greater)
    if best is None:
        return f"{cell}: no trial has a value of {metric} on every fold"
    held = {each.trial: each for each in complete(tried, search.folds)}
    lines = [f"{cell}: picked among {len(held)} trials: {written(best.parameters)}: {metric} {_value(best)}"]
    usual = held.get(named({name: cell.learner.settings[name] for name in search.spaces}))
    if usual is not None and usual.trial != best.trial:
        lines.append(f"{cell}: usual settings: {metric} {_value(usual)}")
    for each in held.values():
        if FEATURES in each.parameters and (whole := held.get(named(without_selection(each.parameters)))):
            effect = each.mean - whole.mean
            lines.append(f"{cell}: {each.parameters[FEATURES]}: {metric} {_value(each)}, {effect:+.4f} against all")
    return "\n".join(lines)


def without_selection(parameters: Any) -> dict[str, Any]:
    """The parameters of the trial that has all features and is otherwise the same."""
    return {name: value for name, value in parameters.items() if name != FEATURES}


def _value(each: Tried) -> str:
    values = [value for value in each.values.values() if value is not None]
    return f"{each.mean:.4f} (standard error {standard_error(values):.4f} over {len(values)} folds)"
