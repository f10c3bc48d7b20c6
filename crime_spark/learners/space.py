"""What a tuner may try of a setting, declared with the learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# Which end of it makes the simpler model; None where neither does.
Simpler = Literal["low", "high"] | None


@dataclass(frozen=True)
class Whole:
    """Whole numbers from low to high, both included; log: as many steps between 1 and 10 as between 10 and 100."""

    low: int
    high: int
    log: bool = False
    simpler: Simpler = "low"


@dataclass(frozen=True)
class Real:
    """Numbers from low to high, both included; log as above."""

    low: float
    high: float
    log: bool = False
    simpler: Simpler = "high"


@dataclass(frozen=True)
class Choice:
    """One of some values, the simplest first."""

    values: tuple[Any, ...]


Space = Whole | Real | Choice
