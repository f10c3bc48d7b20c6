"""Metrics arranged for reading: what competes with what, over which years, and how much is gained on the baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crime_spark.reporting.formats import gain, known
from crime_spark.reporting.material import Record

HEADLINE = "auc"


@dataclass(frozen=True, order=True)
class Contest:
    """Cells that differ only in learner and years, so that their scores may stand side by side."""

    city: str
    task: str
    protocol: str
    policy: str


@dataclass(frozen=True, order=True)
class Span:
    """The years that were fitted and the year that was scored."""

    train_to: int
    test_year: int
    train_from: int

    @property
    def trained(self) -> str:
        """2015, or 2013–2015."""
        return str(self.train_to) if self.train_from == self.train_to else f"{self.train_from}–{self.train_to}"

    def __str__(self) -> str:
        return f"{self.trained} → {self.test_year}"

    @property
    def judged(self) -> bool:
        """Whether the year scored is the one right after the training years, which every learner is judged on."""
        return self.test_year == self.train_to + 1


@dataclass(frozen=True)
class Score:
    """A metric's value and its interval, if one is meant."""

    value: float
    low: float | None = None
    high: float | None = None

    def overlaps(self, other: Score) -> bool:
        """Whether both have intervals and these have a point in common."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low <= other.high and other.low <= self.high


Scores = Mapping[tuple[str, Span], Score]


def contest_of(row: Record) -> Contest:
    """The contest that a row of gold/metrics belongs to."""
    return Contest(row["city"], row["task"], row["protocol"], row["policy"])


def contests(metrics: Iterable[Record], city: str) -> list[Contest]:
    """Every contest of a city, in order of its names."""
    return sorted({contest_of(row) for row in metrics if row["city"] == city})


def scores(metrics: Iterable[Record], contest: Contest, metric: str = HEADLINE) -> dict[tuple[str, Span], Score]:
    """(learner, span) -> score, one metric of one contest; undefined values are left out."""
    return {
        (row["learner"], Span(row["train_to"], row["test_year"], row["train_from"])): Score(
            row["value"], row["low"], row["high"]
        )
        for row in metrics
        if row["metric"] == metric and contest_of(row) == contest and known(row["value"])
    }


def judged_spans(found: Scores) -> list[Span]:
    """The spans that every learner is judged on, in order."""
    return sorted({span for _, span in found if span.judged})


def ordered(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """names, each once, those in order first."""
    held = set(names)
    return [name for name in order if name in held] + sorted(held - set(order))


def sides(found: Scores, order: Sequence[str], baselines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The learners that are models, and those that are baselines."""
    names = ordered((learner for learner, _ in found), order)
    return [name for name in names if name not in baselines], [name for name in names if name in baselines]


def best_baseline(found: Scores, baselines: Sequence[str], span: Span) -> tuple[str, Score] | None:
    """The baseline with the highest score on that span; None if none was scored."""
    held = [(name, found[name, span]) for name in baselines if (name, span) in found]
    return max(held, key=lambda pair: pair[1].value, default=None)


def gains(found: Scores, learner: str, baselines: Sequence[str]) -> dict[Span, float]:
    """By judged span, the learner's score minus the best baseline's, where both are known."""
    result = {}
    for span in judged_spans(found):
        best = best_baseline(found, baselines, span)
        if best is not None and (learner, span) in found:
            result[span] = found[learner, span].value - best[1].value
    return result


def gain_sentence(found: Scores, learner: str, baselines: Sequence[str]) -> str:
    """How often and by how much a learner is above the best baseline of each year."""
    held = gains(found, learner, baselines)
    if not held:
        return f"{learner}: no baseline was scored on the same year, so no gain can be stated."
    above = sum(value > 0 for value in held.values())
    low, high = gain(min(held.values())), gain(max(held.values()))
    size = f"by {low}" if low == high else f"gain from {low} to {high}"
    return f"{learner}: above the best baseline in {above} of {len(held)} {_years(len(held))}, {size}."


def _years(number: int) -> str:
    return "year" if number == 1 else "years"
