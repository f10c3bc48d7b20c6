"""What an example of a task is: an incident, or a unit and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Incident:
    """Each incident is an example."""


@dataclass(frozen=True)
class Panel:
    """Each unit and period is an example, also without incidents.

    Attributes:
        by: the unit: the whole city, its police areas, or grid cells.
        hours: length of a period.
        ahead: number of periods from the last known one to the predicted one.

    Raises:
        ValueError: hours does not divide 24, or ahead is less than 1.
    """

    by: Literal["city", "area", "cell"]
    hours: int
    ahead: int = 1

    def __post_init__(self) -> None:
        if self.hours < 1 or 24 % self.hours or self.ahead < 1:
            raise ValueError(f"Panel: hours must divide 24 and ahead must be at least 1; got {self}")


Grain = Incident | Panel
