"""A metric, declared once: its name, how pages show it, and which jobs use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """A metric of the tasks of one kind.

    Attributes:
        name: name in gold/metrics; the function that evaluation registers under this name computes it.
        title: heading on pages; a metric without a title is stored, but not shown.
        note: what it means, for the readers of pages; {unit} and {period} are replaced by those of the task.
        higher_is_better: the direction of improvement.
        decimals: number of decimals on pages; None for as many as the largest value shown needs.
        unit: "label" for the unit of the task's label, "%" for a share that pages show in percent.
        compared: whether gold/comparisons compares learners by it, and models are scored by it on later years.
        audited: whether the leakage audit measures it.
        relative: whether it is computed from metrics of two learners (evaluation/comparisons.py), not from rows.
        chance: the value of a model without any information, if it is always the same.
        aim: the intended value of a metric that is best neither high nor low; "" without an intended value.
    """

    name: str
    title: str = ""
    note: str = ""
    higher_is_better: bool = True
    decimals: int | None = 3
    unit: Literal["", "label", "%"] = ""
    compared: bool = False
    audited: bool = False
    relative: bool = False
    chance: float | None = None
    aim: str | None = None
