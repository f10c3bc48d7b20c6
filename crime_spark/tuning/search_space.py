"""A learner's declared space: points of a grid, draws, and how simple a value is."""

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

# The features that a trial keeps stand among its parameters under this name; without it, it keeps all.
FEATURES = "features"
_DIGITS = 6  # of a number that is tried: more would only make rows hard to read


def free(learner: Learner, kind: type[Kind], given: Mapping[str, Any]) -> dict[str, Space]:
    """The learner's space for a kind of task, without the settings that the user has given: those stand.

    Nor is there anything to be tried of settings that the learner makes no use of where it fits that kind.
    """
    fitted = learner.fits(kind)
    used = {name: space for name, space in learner.space.items() if fitted in learner.of_kinds.get(name, (fitted,))}
    return {name: space for name, space in used.items() if name not in given}


def written(parameters: Parameters) -> str:
    """The parameters as JSON, in the order of their names."""
    return json.dumps(dict(parameters), sort_keys=True)


def named(parameters: Parameters) -> str:
    """What a trial of these parameters is called: a hash of them."""
    return text_hash(written(parameters))[:16]


def holds(space: Space, value: Any) -> bool:
    """Whether the value is one of the space."""
    if isinstance(space, Choice):
        return any(value == each and type(value) is type(each) for each in space.values)
    number = type(value) is int or (isinstance(space, Real) and type(value) is float)
    return number and space.low <= value <= space.high


def grid(spaces: Spaces, steps: int, seed: int) -> list[dict[str, Any]]:
    """Every combination of `steps` values of each setting (all values of a choice), in an order drawn by the seed.

    A budget may end before the grid does: in the order of their names, half of the space would not have been seen.
    There are 2 steps at least.
    """
    values = [_steps(spaces[name], steps) for name in sorted(spaces)]
    points = [dict(zip(sorted(spaces), point, strict=True)) for point in product(*values)]
    random.Random(f"grid {seed}").shuffle(points)
    return points


def drawn(spaces: Spaces, seed: int, at: int) -> dict[str, Any]:
    """The draw with the number `at`: the same for the same seed, whatever was drawn before it."""
    rng = random.Random(f"draw {seed} {at}")
    return {name: _value(spaces[name], rng.random()) for name in sorted(spaces)}


def complexity(spaces: Spaces, parameters: Parameters) -> float:
    """How far parameters are from the simplest ones: the sum over settings of 0 (simplest) to 1, none weighing more.

    A setting without a simpler end counts nothing. On a logarithmic scale distance is that of the logarithms; of a
    choice, that of the places. Features count by the share that is kept.
    """
    kept = parameters.get(FEATURES)
    total = 1.0 if kept is None else float(str(kept).rpartition(":")[2])
    for name, space in spaces.items():
        if name in parameters:
            total += _distance(space, parameters[name])
    return total


def _distance(space: Space, value: Any) -> float:
    if isinstance(space, Choice):
        places = [at for at, each in enumerate(space.values) if each == value]
        return places[0] / max(len(space.values) - 1, 1) if places else 1.0
    if space.simpler is None or space.low == space.high:
        return 0.0
    low, high, at = (log(x) if space.log else float(x) for x in (space.low, space.high, value))
    share = (at - low) / (high - low)
    return share if space.simpler == "low" else 1 - share


def _steps(space: Space, steps: int) -> list[Any]:
    if isinstance(space, Choice):
        return list(space.values)
    return list(dict.fromkeys(_at(space, at / (steps - 1)) for at in range(steps)))


def _value(space: Space, share: float) -> Any:
    """What stands at a share, from 0 to less than 1, of the space: every whole number and every choice as often."""
    if isinstance(space, Choice):
        return space.values[int(share * len(space.values))]
    if isinstance(space, Whole) and not space.log:
        return space.low + int(share * (space.high - space.low + 1))
    return _at(space, share)


def _at(space: Whole | Real, share: float) -> int | float:
    """The number at a share, 0 to 1, of the way from low to high."""
    low, high = (log(space.low), log(space.high)) if space.log else (space.low, space.high)
    number = low + share * (high - low)
    number = exp(number) if space.log else number
    if isinstance(space, Whole):
        return min(max(round(number), space.low), space.high)
    return min(max(float(f"{number:.{_DIGITS}g}"), space.low), space.high)
