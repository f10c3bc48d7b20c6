"""Metrics arranged for reading: what competes with what, over which years, and how much is gained on the baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.evaluation.judged_cells import ROLLING
from crime_spark.reporting.formats import known, spelled
from crime_spark.reporting.material import Material, Record
from crime_spark.reporting.measures import Measure, Score
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task


@dataclass(frozen=True, order=True)
class Contest:
    """Cells that differ only in learner and years, so that their scores may stand side by side."""

    city: str
    task: str
    protocol: str
    policy: str
    delay: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """What sets it apart, for an anchor."""
        return (self.city, self.task, self.protocol, self.policy, str(self.delay))


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


Scores = Mapping[tuple[str, Span], Score]


@dataclass(frozen=True)
class Gain:
    """By how much a learner is better than the best baseline, and that baseline."""

    over: str
    score: Score


@dataclass(frozen=True)
class Standing:
    """A contest by its headline metric.

    found is by learner and span, differences by learner, span and other learner (learner - other), events by span.
    """

    contest: Contest
    task: Task
    measure: Measure
    found: Scores
    differences: Mapping[tuple[str, Span, str], Score]
    events: Mapping[Span, tuple[str, ...]]
    models: tuple[str, ...]
    baselines: tuple[str, ...]

    @property
    def spans(self) -> list[Span]:
        """The spans that every learner is judged on, in order."""
        return sorted({span for _, span in self.found if span.judged})

    def best(self, learners: Iterable[str], span: Span) -> tuple[str, Score] | None:
        """The learner with the best score on that span, the first of equals; None if none was scored."""
        held = [(name, self.found[name, span]) for name in learners if (name, span) in self.found]
        return max(held, key=lambda pair: self.measure.goodness(pair[1].value), default=None)

    def gain(self, learner: str, span: Span) -> Gain | None:
        """Over the best baseline of that span, with the interval of the difference on the same resamples if known."""
        best, own = self.best(self.baselines, span), self.found.get((learner, span))
        if best is None or own is None:
            return None
        over, baseline = best
        plain = Score(own.value - baseline.value)
        return Gain(over, self.measure.gain(self.differences.get((learner, span, over), plain)))


def contest_of(row: Record) -> Contest:
    """The contest that a row of gold/metrics, gold/cells or gold/comparisons belongs to."""
    return Contest(row["city"], row["task"], row["protocol"], row["policy"], row["delay"])


def span_of(row: Record) -> Span:
    """Its years."""
    return Span(row["train_to"], row["test_year"], row["train_from"])


def contests(material: Material, city: City, unpublished: bool = False) -> list[Contest]:
    """Every contest of a city, in the order of the tasks, what could have been published before what could not.

    Those of tasks that are not for publication are there only if they are asked for; those of tasks that are not
    declared any more never.
    """
    order = {name: at for at, name in enumerate(material.tasks)}
    held = {contest_of(row) for row in material.metrics if row["city"] == city.name and row["task"] in order}
    shown = [one for one in held if unpublished or material.tasks[one.task].publishable]
    return sorted(shown, key=lambda one: (order[one.task], one.protocol, one.policy, -one.delay))


def scores(metrics: Iterable[Record], contest: Contest, metric: str, history: str = ROLLING) -> Scores:
    """(learner, span) -> score, one metric of one contest; undefined values are left out.

    Only rows of one kind of history: what a model knows of the past of its rows makes scores incomparable.
    """
    return {
        (row["learner"], span_of(row)): Score(row["value"], row["low"], row["high"])
        for row in metrics
        if row["metric"] == metric and row["history"] == history and contest_of(row) == contest and known(row["value"])
    }


def standing(material: Material, contest: Contest, history: str = ROLLING) -> Standing:
    """The contest by what its task is judged by."""
    task = material.tasks[contest.task]
    headline = Measure.declared(task.kind.headline)
    found = scores(material.metrics, contest, headline.name, history)
    names = ordered((learner for learner, _ in found), material.learners)
    events: dict[Span, tuple[str, ...]] = {}
    for row in material.metrics:
        if row["metric"] == headline.name and row["history"] == history and contest_of(row) == contest:
            met = events.get(span_of(row), ())
            events[span_of(row)] = tuple(dict.fromkeys((*met, *(row["events"] or ()))))
    differences = {
        (row["learner"], span_of(row), row["other"]): Score(row["difference"], row["low"], row["high"])
        for row in material.comparisons
        if row["metric"] == headline.name and contest_of(row) == contest and known(row["difference"])
    }
    return Standing(
        contest,
        task,
        headline.sized(score.value for score in found.values()),
        found,
        differences,
        events,
        models=tuple(name for name in names if name not in material.baselines),
        baselines=tuple(name for name in names if name in material.baselines),
    )


def ordered(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """names, each once, those in order first."""
    held = set(names)
    return [name for name in order if name in held] + sorted(held - set(order))


def contest_title(material: Material, contest: Contest, among: Sequence[Contest]) -> str:
    """The task's question; of contests that would otherwise read alike, what sets them apart too."""
    question, apart = material.tasks[contest.task].question, set_apart(contest, among)
    return f"{question} ({apart})" if apart else question


def set_apart(contest: Contest, among: Sequence[Contest]) -> str:
    """In which keys the contest differs from those of the same task; empty if it is the only one."""
    alike = [other for other in among if other.task == contest.task]
    parts = []
    if len({(other.protocol, other.policy) for other in alike}) > 1:
        parts += [spelled(contest.protocol).lower(), f"{contest.policy} policy"]
    if len({other.delay for other in alike}) > 1:
        parts.append(f"data {contest.delay} days late" if contest.delay else "data without delay")
    return ", ".join(parts)


def is_forecast(task: Task) -> bool:
    """Whether it says something of a time to come, so that it matters how late its data is."""
    return isinstance(task.grain, Panel)


def gain_sentence(held: Standing, learner: str) -> str:
    """How often and by how much a learner is better than the best baseline of each year."""
    found = [gain for span in held.spans if (gain := held.gain(learner, span)) is not None]
    if not found:
        return "no baseline was scored on the same year, so no gain can be stated."
    values = [gain.score.value for gain in found]
    low, high = held.measure.signed(min(values)), held.measure.signed(max(values))
    better, worse = ([gain for gain in found if gain.score.value * sign > 0] for sign in (1, -1))
    years = "year" if len(found) == 1 else "years"
    text = f"better than the best baseline in {len(better)} of {len(found)} {years}{_sure(better)}"
    if worse:
        text += f", worse in {len(worse)}{_sure(worse)}"
    return f"{text}; gain {low if low == high else f'from {low} to {high}'}."


def _sure(gains: Sequence[Gain]) -> str:
    told = [gain.score.excludes_zero for gain in gains if gain.score.excludes_zero is not None]
    if not told:
        return ""
    return f" (in {sum(told)} the 95 % interval of the difference excludes zero)"
