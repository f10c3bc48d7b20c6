"""Metrics on pages: in words, in digits, and which way is better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, log10

from crime_spark.kinds import Metric
from crime_spark.reporting.formats import UNKNOWN, known
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

# A number without a natural scale has so many digits, and one decimal at least.
DIGITS = 3


@dataclass(frozen=True)
class Score:
    """A metric's value, or a difference of two, and its interval, if one is known."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool | None:
        """Whether zero lies outside the interval; None without one."""
        return None if self.low is None or self.high is None else self.low > 0 or self.high < 0


class Measure(Metric):
    """A metric as pages write its values."""

    @classmethod
    def declared(cls, metric: Metric) -> Measure:
        """The measure of a declared metric."""
        return cls(**vars(metric))

    def sized(self, values: Iterable[float]) -> Measure:
        """With the decimals that suit the largest of values, if they are not fixed."""
        largest = max(map(abs, values), default=0.0)
        if self.decimals is not None or not largest:
            return self
        return replace(self, decimals=max(1, DIGITS - 1 - floor(log10(largest))))

    def text(self, value: float | None) -> str:
        """0.71134 -> 0.711, or 71.1 %; a dash where nothing is known."""
        return self._written(value, "") if value is not None and known(value) else UNKNOWN

    def interval(self, score: Score) -> str:
        """0.708–0.714; empty where no interval is meant."""
        if score.low is None or score.high is None:
            return ""
        return f"{self._written(score.low, '')}–{self._written(score.high, '')}"

    def signed(self, value: float) -> str:
        """+0.012, with a true minus sign."""
        return self._written(value, "+")

    def signed_interval(self, score: Score) -> str:
        """+0.008 to +0.016; empty without an interval."""
        if score.low is None or score.high is None:
            return ""
        return f"{self.signed(score.low)} to {self.signed(score.high)}"

    def gain(self, difference: Score) -> Score:
        """The difference turned so that more is better."""
        if self.higher_is_better:
            return difference
        low, high = difference.low, difference.high
        return Score(-difference.value, None if high is None else -high, None if low is None else -low)

    def goodness(self, value: float) -> float:
        """A number that is larger the better the value is."""
        return value if self.higher_is_better else -value

    @property
    def heading(self) -> str:
        """The title and which way is better, or what is meant."""
        better = f"{'higher' if self.higher_is_better else 'lower'} is better" if self.aim is None else self.aim
        return f"{self.title} ({better})" if better else self.title

    def _written(self, value: float, sign: str) -> str:
        decimals = DIGITS if self.decimals is None else self.decimals
        text = f"{value:{sign}z.{decimals}{self.unit if self.unit == '%' else 'f'}}"
        return text.replace("%", " %").replace("-", "−")


def period(task: Task) -> str:
    """day, hour, 8 hours: what a panel has rows for."""
    hours = task.grain.hours if isinstance(task.grain, Panel) else 24
    return {24: "day", 1: "hour"}.get(hours, f"{hours} hours")


def unit(task: Task) -> str:
    """incidents per hour; points of severity per police area and day."""
    by = (
        {"area": "police area and ", "cell": "cell and "}.get(task.grain.by, "")
        if isinstance(task.grain, Panel)
        else ""
    )
    return f"{task.unit} per {by}{period(task)}"


def said(task: Task) -> str:
    """What the headline metric of the task means."""
    return _filled(task.kind.headline.note, task)


def notes(task: Task) -> str:
    """What the other metrics of the task mean."""
    texts = (*(metric.note for metric in task.kind.others()), task.kind.note)
    return " ".join(_filled(text, task) for text in texts if text)


def _filled(note: str, task: Task) -> str:
    return note.format(unit=unit(task), period=period(task))


def in_caption(task: Task, measure: Measure) -> str:
    """AUC; MAE in incidents per hour (lower is better)."""
    own = f" in {unit(task)}" if measure.unit == "label" else ""
    return f"{measure.title}{own}{'' if measure.higher_is_better else ' (lower is better)'}"
