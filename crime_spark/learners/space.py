"""The values of a setting that the tuner may try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# The end that gives the simpler model; None if neither does.
Simpler = Literal["low", "high"] | None


@dataclass(frozen=True)
class Whole:
    """Whole numbers from low to high, both included; with log, uniform in the logarithm."""

    low: int
    high: int
    log: bool = False
    simpler: Simpler = "low"


@dataclass(frozen=True)
class Real:
    """Numbers from low to high, both included; with log, uniform in the logarithm."""

    low: float
    high: float
    log: bool = False
    simpler: Simpler = "high"


@dataclass(frozen=True)
class Choice:
    """A list of values, the simplest first."""

    values: tuple[Any, ...]


Space = Whole | Real | Choice
