"""What each kind of task is judged by: in words, in digits, and which way is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import floor, log10

from crime_spark.reporting.formats import UNKNOWN, known
from crime_spark.tasks.grain import Binary, MultiClass, Panel, Ranking, Regression
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


@dataclass(frozen=True)
class Measure:
    """A metric of gold/metrics as it is shown.

    said explains it, {unit} being what the task's numbers are of. decimals None: as many as the largest value asks for.
    chance is what a learner has that knows nothing; aim is what is meant where neither more nor less is better.
    """

    metric: str
    name: str
    said: str = ""
    higher: bool = True
    decimals: int | None = 3
    percent: bool = False
    chance: float | None = None
    aim: str | None = None

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
        if self.higher:
            return difference
        low, high = difference.low, difference.high
        return Score(-difference.value, None if high is None else -high, None if low is None else -low)

    def goodness(self, value: float) -> float:
        """A number that is larger the better the value is."""
        return value if self.higher else -value

    @property
    def heading(self) -> str:
        """The name and which way is better, or what is meant."""
        better = f"{'higher' if self.higher else 'lower'} is better" if self.aim is None else self.aim
        return f"{self.name} ({better})" if better else self.name

    def _written(self, value: float, sign: str) -> str:
        decimals = DIGITS if self.decimals is None else self.decimals
        text = f"{value:{sign}z.{decimals}{'%' if self.percent else 'f'}}"
        return text.replace("%", " %").replace("-", "−")


@dataclass(frozen=True)
class Judgement:
    """What a kind of task is judged by first, and what is shown of the latest year besides."""

    headline: Measure
    others: tuple[Measure, ...]


AUC = Measure(
    "auc",
    "AUC",
    "AUC is the chance that a random case with the outcome is ranked above a random one without it: 0.5 is a coin, 1 "
    "is perfect.",
    chance=0.5,
)
LOG_LOSS = Measure("log_loss", "Log loss", higher=False)
ACCURACY = Measure("accuracy", "Accuracy")

BY_KIND: Mapping[type, Judgement] = {
    Binary: Judgement(
        AUC,
        (
            Measure("pr_auc", "PR AUC"),
            LOG_LOSS,
            Measure("brier", "Brier score", higher=False),
            Measure("ece", "ECE", higher=False),
            ACCURACY,
            Measure("f1", "F1"),
            Measure("threshold", "Threshold", aim=""),
        ),
    ),
    MultiClass: Judgement(
        Measure(
            "macro_auc",
            "macro AUC",
            "Macro AUC is the mean, over the classes, of the chance that a random case of the class is ranked above a "
            "random one of another class: 0.5 is a coin, 1 is perfect.",
            chance=0.5,
        ),
        (ACCURACY, Measure("macro_f1", "Macro F1"), Measure("weighted_f1", "Weighted F1"), LOG_LOSS),
    ),
    Regression: Judgement(
        Measure(
            "mae",
            "MAE",
            "MAE is the mean absolute error in {unit}: lower is better, 0 is perfect.",
            higher=False,
            decimals=None,
        ),
        (
            Measure("rmse", "RMSE", higher=False, decimals=None),
            Measure("r2", "R²"),
            Measure("mase", "MASE", higher=False),
            Measure("poisson_deviance", "Poisson deviance", higher=False, decimals=None),
            Measure("coverage_90", "Within the 90 % interval", decimals=1, percent=True, aim="90 % is meant"),
        ),
    ),
    Ranking: Judgement(
        Measure(
            "pai_5",
            "PAI at 5 %",
            "PAI at 5 % of cells is how many times more incidents the cells ranked highest hold than their share of "
            "the area: 1 is a random choice, higher is better.",
            decimals=2,
        ),
        (
            Measure("pai_1", "PAI at 1 %", decimals=2),
            Measure("pai_10", "PAI at 10 %", decimals=2),
            Measure("hit_5", "Hit rate at 5 %", decimals=1, percent=True),
            Measure("pei_5", "PEI at 5 %"),
            Measure("gini", "Gini"),
            Measure("auc", "AUC of hotspots"),
        ),
    ),
}


def judged_by(task: Task) -> Judgement:
    """What a task is judged by."""
    return BY_KIND[type(task.kind)]


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
    return judged_by(task).headline.said.format(unit=unit(task))


def in_caption(task: Task, measure: Measure) -> str:
    """AUC; MAE in incidents per hour (lower is better)."""
    own = f" in {unit(task)}" if measure.metric == "mae" else ""
    return f"{measure.name}{own}{'' if measure.higher else ' (lower is better)'}"
