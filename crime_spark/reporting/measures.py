"""Metrics on pages: their values as text, their meaning in words, and which direction is better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, log10

from crime_spark.kinds import Metric
from crime_spark.reporting.formats import UNKNOWN, is_number
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

# Significant digits of a metric without fixed decimals; it has at least one decimal.
DIGITS = 3


@dataclass(frozen=True)
class Score:
    """A value of a metric, or a difference between two values, with the bounds of its interval if there is one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool | None:
        """Whether zero lies outside the interval; None without an interval."""
        return None if self.low is None or self.high is None else self.low > 0 or self.high < 0


class Measure(Metric):
    """A metric with the formats that pages use for its values."""

    @classmethod
    def from_metric(cls, metric: Metric) -> Measure:
        """The measure of a declared metric."""
        return cls(**vars(metric))

    def with_decimals_for(self, values: Iterable[float]) -> Measure:
        """A copy whose decimals suit the largest absolute value; the same measure if its decimals are fixed."""
        largest = max(map(abs, values), default=0.0)
        if self.decimals is not None or not largest:
            return self
        return replace(self, decimals=max(1, DIGITS - 1 - floor(log10(largest))))

    def text(self, value: float | None) -> str:
        """0.71134 -> 0.711, or 71.1 % if the unit is %; a dash for an unknown value."""
        return self._formatted(value, "") if value is not None and is_number(value) else UNKNOWN

    def interval(self, score: Score) -> str:
        """0.708–0.714; empty without an interval."""
        if score.low is None or score.high is None:
            return ""
        return f"{self._formatted(score.low, '')}–{self._formatted(score.high, '')}"

    def signed(self, value: float) -> str:
        """+0.012, with a true minus sign for negative values."""
        return self._formatted(value, "+")

    def signed_interval(self, score: Score) -> str:
        """+0.008 to +0.016; empty without an interval."""
        if score.low is None or score.high is None:
            return ""
        return f"{self.signed(score.low)} to {self.signed(score.high)}"

    def gain(self, difference: Score) -> Score:
        """The difference with its sign changed if lower is better, so that a positive gain is an improvement."""
        if self.higher_is_better:
            return difference
        low, high = difference.low, difference.high
        return Score(-difference.value, None if high is None else -high, None if low is None else -low)

    def goodness(self, value: float) -> float:
        """A number that increases as the value gets better."""
        return value if self.higher_is_better else -value

    @property
    def heading(self) -> str:
        """The title with the better direction or the intended value: MAE (lower is better)."""
        better = f"{'higher' if self.higher_is_better else 'lower'} is better" if self.aim is None else self.aim
        return f"{self.title} ({better})" if better else self.title

    def _formatted(self, value: float, sign: str) -> str:
        decimals = DIGITS if self.decimals is None else self.decimals
        text = f"{value:{sign}z.{decimals}{self.unit if self.unit == '%' else 'f'}}"
        return text.replace("%", " %").replace("-", "−")


def panel_period(task: Task) -> str:
    """The length of a period of the task's panel: day, hour or 8 hours."""
    hours = task.grain.hours if isinstance(task.grain, Panel) else 24
    return {24: "day", 1: "hour"}.get(hours, f"{hours} hours")


def unit(task: Task) -> str:
    """The unit of the task's label: incidents per hour; points of severity per police area and day."""
    by = (
        {"area": "police area and ", "cell": "cell and "}.get(task.grain.by, "")
        if isinstance(task.grain, Panel)
        else ""
    )
    return f"{task.unit} per {by}{panel_period(task)}"


def headline_note(task: Task) -> str:
    """What the headline metric of the task means."""
    return _filled(task.kind.headline.note, task)


def other_notes(task: Task) -> str:
    """What the other metrics of the task mean."""
    texts = (*(metric.note for metric in task.kind.others()), task.kind.note)
    return " ".join(_filled(text, task) for text in texts if text)


def _filled(note: str, task: Task) -> str:
    return note.format(unit=unit(task), period=panel_period(task))


def metric_caption(task: Task, measure: Measure) -> str:
    """The metric in a caption: AUC; MAE in incidents per hour (lower is better)."""
    label_unit = f" in {unit(task)}" if measure.unit == "label" else ""
    return f"{measure.title}{label_unit}{'' if measure.higher_is_better else ' (lower is better)'}"
