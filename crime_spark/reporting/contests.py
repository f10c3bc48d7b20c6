"""Scores of learners that compete: same city, task, protocol, policy and delay, for one or several test years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.evaluation.judged_cells import ROLLING
from crime_spark.reporting.formats import is_number, readable
from crime_spark.reporting.material import Material, Record
from crime_spark.reporting.measures import Measure, Score
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task


@dataclass(frozen=True, order=True)
class Contest:
    """The keys that cells share if their scores are comparable; such cells differ only in learner and years."""

    city: str
    task: str
    protocol: str
    policy: str
    delay: int = 0

    @property
    def anchor_words(self) -> tuple[str, ...]:
        """The words of the contest's anchor."""
        return (self.city, self.task, self.protocol, self.policy, str(self.delay))


@dataclass(frozen=True, order=True)
class Span:
    """The training years and the test year of a score."""

    train_to: int
    test_year: int
    train_from: int

    @property
    def trained(self) -> str:
        """The training years: 2015, or 2013–2015."""
        return str(self.train_to) if self.train_from == self.train_to else f"{self.train_from}–{self.train_to}"

    def __str__(self) -> str:
        return f"{self.trained} → {self.test_year}"

    @property
    def is_next_year(self) -> bool:
        """Whether the test year directly follows the training years; every learner is scored on this year."""
        return self.test_year == self.train_to + 1


Scores = Mapping[tuple[str, Span], Score]


@dataclass(frozen=True)
class Gain:
    """How much better a learner is than the best baseline.

    Attributes:
        over: name of the baseline.
        score: the gain; a positive value is an improvement.
    """

    over: str
    score: Score


@dataclass(frozen=True)
class Standing:
    """The results of a contest by the headline metric of its task.

    Attributes:
        contest: the contest.
        task: its task.
        measure: the headline metric.
        scores: by learner and span.
        differences: score of a learner minus that of another, by learner, span and other learner.
        events: names of the events that affect a span.
        models: learners that are not baselines.
        baselines: learners that are baselines.
    """

    contest: Contest
    task: Task
    measure: Measure
    scores: Scores
    differences: Mapping[tuple[str, Span, str], Score]
    events: Mapping[Span, tuple[str, ...]]
    models: tuple[str, ...]
    baselines: tuple[str, ...]

    @property
    def spans(self) -> list[Span]:
        """The spans whose test year directly follows the training years, in chronological order."""
        return sorted({span for _, span in self.scores if span.is_next_year})

    def best(self, learners: Iterable[str], span: Span) -> tuple[str, Score] | None:
        """The learner with the best score on a span, the first if several are equal; None if none was scored."""
        scored = [(name, self.scores[name, span]) for name in learners if (name, span) in self.scores]
        return max(scored, key=lambda pair: self.measure.goodness(pair[1].value), default=None)

    def gain(self, learner: str, span: Span) -> Gain | None:
        """The gain over the best baseline of the span, with an interval if the two learners were compared."""
        best, score = self.best(self.baselines, span), self.scores.get((learner, span))
        if best is None or score is None:
            return None
        over, baseline = best
        without_interval = Score(score.value - baseline.value)
        return Gain(over, self.measure.gain(self.differences.get((learner, span, over), without_interval)))


def contest_of(row: Record) -> Contest:
    """The contest of a row with the columns of CELL_KEY."""
    return Contest(row["city"], row["task"], row["protocol"], row["policy"], row["delay"])


def span_of(row: Record) -> Span:
    """The span of a row with the columns train_from, train_to and test_year."""
    return Span(row["train_to"], row["test_year"], row["train_from"])


def contests(material: Material, city: City, unpublished: bool = False) -> list[Contest]:
    """The contests of a city that have metrics.

    Args:
        material: rows of the lake.
        city: the city.
        unpublished: whether to include tasks that are not for publication.

    Returns:
        Contests in the order of the tasks; the longest delay, which forecasts can be published with, comes first.
        Tasks that are no longer declared are excluded.
    """
    order = {name: number for number, name in enumerate(material.tasks)}
    evaluated = {contest_of(row) for row in material.metrics if row["city"] == city.name and row["task"] in order}
    included = [contest for contest in evaluated if unpublished or material.tasks[contest.task].publishable]
    return sorted(included, key=lambda contest: (order[contest.task], contest.protocol, contest.policy, -contest.delay))


def contest_scores(metrics: Iterable[Record], contest: Contest, metric: str, history: str = ROLLING) -> Scores:
    """Defined scores of one metric of a contest, by learner and span.

    Args:
        metrics: rows of gold/metrics.
        contest: the contest.
        metric: name of the metric.
        history: ROLLING or FROZEN; scores with different histories are not comparable.
    """
    return {
        (row["learner"], span_of(row)): Score(row["value"], row["low"], row["high"])
        for row in metrics
        if row["metric"] == metric
        and row["history"] == history
        and contest_of(row) == contest
        and is_number(row["value"])
    }


def contest_standing(material: Material, contest: Contest, history: str = ROLLING) -> Standing:
    """The results of a contest by the headline metric of its task.

    Args:
        material: rows of the lake.
        contest: the contest.
        history: ROLLING or FROZEN.
    """
    task = material.tasks[contest.task]
    headline = Measure.from_metric(task.kind.headline)
    scores = contest_scores(material.metrics, contest, headline.name, history)
    names = ordered((learner for learner, _ in scores), material.learners)
    events: dict[Span, tuple[str, ...]] = {}
    for row in material.metrics:
        if row["metric"] == headline.name and row["history"] == history and contest_of(row) == contest:
            earlier = events.get(span_of(row), ())
            events[span_of(row)] = tuple(dict.fromkeys((*earlier, *(row["events"] or ()))))
    differences = {
        (row["learner"], span_of(row), row["other"]): Score(row["difference"], row["low"], row["high"])
        for row in material.comparisons
        if row["metric"] == headline.name and contest_of(row) == contest and is_number(row["difference"])
    }
    return Standing(
        contest,
        task,
        headline.with_decimals_for(score.value for score in scores.values()),
        scores,
        differences,
        events,
        models=tuple(name for name in names if name not in material.baselines),
        baselines=tuple(name for name in names if name in material.baselines),
    )


def ordered(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """The distinct names: first those in `order`, in that order, then the others alphabetically."""
    present = set(names)
    return [name for name in order if name in present] + sorted(present - set(order))


def contest_title(material: Material, contest: Contest, among: Sequence[Contest]) -> str:
    """The question of the task, with the distinction from other contests of the task in parentheses."""
    question, keys = material.tasks[contest.task].question, distinction(contest, among)
    return f"{question} ({keys})" if keys else question


def distinction(contest: Contest, among: Sequence[Contest]) -> str:
    """The keys by which a contest differs from other contests of its task; empty if there are no others."""
    same_task = [other for other in among if other.task == contest.task]
    parts = []
    if len({(other.protocol, other.policy) for other in same_task}) > 1:
        parts += [readable(contest.protocol).lower(), f"{contest.policy} policy"]
    if len({other.delay for other in same_task}) > 1:
        parts.append(f"data {contest.delay} days late" if contest.delay else "data without delay")
    return ", ".join(parts)


def is_forecast(task: Task) -> bool:
    """Whether the task predicts a coming period, so that the delay of its data matters."""
    return isinstance(task.grain, Panel)


def gain_sentence(standing: Standing, learner: str) -> str:
    """In how many years and by how much a learner is better than the best baseline of the year."""
    gains = [gain for span in standing.spans if (gain := standing.gain(learner, span)) is not None]
    if not gains:
        return "no baseline was scored on the same years, so its gain is unknown."
    values = [gain.score.value for gain in gains]
    low, high = standing.measure.signed(min(values)), standing.measure.signed(max(values))
    better, worse = ([gain for gain in gains if gain.score.value * sign > 0] for sign in (1, -1))
    years = "year" if len(gains) == 1 else "years"
    text = f"better than the best baseline in {len(better)} of {len(gains)} {years}{_intervals(better)}"
    if worse:
        text += f", worse in {len(worse)}{_intervals(worse)}"
    return f"{text}; gain {low if low == high else f'from {low} to {high}'}."


def _intervals(gains: Sequence[Gain]) -> str:
    flags = [gain.score.excludes_zero for gain in gains if gain.score.excludes_zero is not None]
    return f" (the 95 % interval of the difference excludes zero in {sum(flags)})" if flags else ""
