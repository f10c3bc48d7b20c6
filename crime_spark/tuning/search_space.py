"""The space of a learner: grid, random draws, and complexity."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import product
from math import exp, log
from typing import Any

from crime_spark.hashes import text_hash
from crime_spark.kinds import Kind
from crime_spark.learners.learner import Learner
from crime_spark.learners.space import Choice, Real, Space, Whole

Parameters = Mapping[str, Any]
Spaces = Mapping[str, Space]

# Name of the selection of features in the parameters of a trial; without it, all features are used.
FEATURES = "features"
_DIGITS = 6  # of numbers, for readability


def free(learner: Learner, kind: type[Kind], given: Mapping[str, Any]) -> dict[str, Space]:
    """The space of a learner for a kind of task, without settings that the user has set or that have no effect."""
    fitted = learner.fits(kind)
    used = {name: space for name, space in learner.space.items() if fitted in learner.of_kinds.get(name, (fitted,))}
    return {name: space for name, space in used.items() if name not in given}


def written(parameters: Parameters) -> str:
    """The parameters as JSON, sorted by name."""
    return json.dumps(dict(parameters), sort_keys=True)


def trial_name(parameters: Parameters) -> str:
    """The name of a trial: a hash of its parameters."""
    return text_hash(written(parameters))[:16]


def holds(space: Space, value: Any) -> bool:
    """Whether the space contains a value."""
    if isinstance(space, Choice):
        return any(value == allowed and type(value) is type(allowed) for allowed in space.values)
    number = type(value) is int or (isinstance(space, Real) and type(value) is float)
    return number and space.low <= value <= space.high


def grid(spaces: Spaces, steps: int, seed: int) -> list[dict[str, Any]]:
    """All combinations of `steps` values of each setting (all values of a choice), at least 2, in random order.

    The random order covers the space evenly if the budget ends before the grid.
    """
    values = [_steps(spaces[name], steps) for name in sorted(spaces)]
    points = [dict(zip(sorted(spaces), point, strict=True)) for point in product(*values)]
    random.Random(f"grid {seed}").shuffle(points)
    return points


def drawn(spaces: Spaces, seed: int, number: int) -> dict[str, Any]:
    """The draw of a number; it depends only on the seed and the number."""
    rng = random.Random(f"draw {seed} {number}")
    return {name: _value(spaces[name], rng.random()) for name in sorted(spaces)}


def complexity(spaces: Spaces, parameters: Parameters) -> float:
    """The distance from the simplest parameters: the sum over settings, each from 0 (simplest) to 1.

    A setting without a simpler end counts 0. Distances on a logarithmic scale are those of logarithms, distances in a
    choice are those of positions. Features count by the share that is kept.
    """
    kept = parameters.get(FEATURES)
    total = 1.0 if kept is None else float(str(kept).rpartition(":")[2])
    for name, space in spaces.items():
        if name in parameters:
            total += _distance(space, parameters[name])
    return total


def _distance(space: Space, value: Any) -> float:
    if isinstance(space, Choice):
        places = [position for position, allowed in enumerate(space.values) if allowed == value]
        return places[0] / max(len(space.values) - 1, 1) if places else 1.0
    if space.simpler is None or space.low == space.high:
        return 0.0
    low, high, position = (log(x) if space.log else float(x) for x in (space.low, space.high, value))
    share = (position - low) / (high - low)
    return share if space.simpler == "low" else 1 - share


def _steps(space: Space, steps: int) -> list[Any]:
    if isinstance(space, Choice):
        return list(space.values)
    return list(dict.fromkeys(_number(space, step / (steps - 1)) for step in range(steps)))


def _value(space: Space, share: float) -> Any:
    """The value at a share of the space, from 0 to below 1. Whole numbers and choices are equally frequent."""
    if isinstance(space, Choice):
        return space.values[int(share * len(space.values))]
    if isinstance(space, Whole) and not space.log:
        return space.low + int(share * (space.high - space.low + 1))
    return _number(space, share)


def _number(space: Whole | Real, share: float) -> int | float:
    """The number at a share, 0 to 1, of the range from low to high."""
    low, high = (log(space.low), log(space.high)) if space.log else (space.low, space.high)
    number = low + share * (high - low)
    number = exp(number) if space.log else number
    if isinstance(space, Whole):
        return min(max(round(number), space.low), space.high)
    return min(max(float(f"{number:.{_DIGITS}g}"), space.low), space.high)
