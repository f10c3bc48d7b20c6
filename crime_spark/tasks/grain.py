"""What one example is, and what kind of thing is predicted of it."""

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


@dataclass(frozen=True)
class Binary:
    """Label 1 or 0."""


@dataclass(frozen=True)
class MultiClass:
    """Label: index of one of the classes. Those of fewer than least_share of the training rows become `other`.

    Raises:
        ValueError: fewer than two classes, or one is there twice.
    """

    classes: tuple[str, ...]
    least_share: float = 0.01

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"classes must be two or more, each once: {self.classes}")


@dataclass(frozen=True)
class Regression:
    """Label: a number."""


@dataclass(frozen=True)
class Ranking:
    """Label: a count; units are ranked within a period. A hotspot is one that reaches k.

    k is the smallest whole number that at most top_share of the training rows reach.
    """

    top_share: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.top_share < 1:
            raise ValueError(f"a top share of {self.top_share} is no share")


Grain = Incident | Panel
Kind = Binary | MultiClass | Regression | Ranking
OTHER = "other"
