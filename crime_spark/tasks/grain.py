"""What one example is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Incident:
    """Grain: one example an incident."""


@dataclass(frozen=True)
class Panel:
    """Grain: one example for every unit and period, also where nothing happened.

    ahead is how many periods lie between the last one that is known and the predicted one, the latter included.

    Raises:
        ValueError: periods that do not divide the day, or nothing ahead.
    """

    by: Literal["city", "area", "cell"]
    hours: int
    ahead: int = 1

    def __post_init__(self) -> None:
        if self.hours < 1 or 24 % self.hours or self.ahead < 1:
            raise ValueError(f"no panel: {self}")


Grain = Incident | Panel
