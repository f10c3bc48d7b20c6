"""Tables of one contest: all learners by test year, and the other metrics of the latest test year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.kinds import Binary, Kind, MultiClass, Ranking, Regression
from crime_spark.reporting.contests import Gain, Span, Standing, contest_scores
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import count, percent
from crime_spark.reporting.layout import Cell, Group, Line, Table
from crime_spark.reporting.material import Record
from crime_spark.reporting.measures import Measure, metric_caption, other_notes, panel_period, unit


def gain_cell(standing: Standing, gain: Gain | None, over: bool = True) -> Cell:
    """A cell with the gain, its interval, and whether the interval excludes zero.

    Args:
        standing: results of the contest.
        gain: the gain; None gives an empty cell.
        over: whether to name the baseline.
    """
    if gain is None:
        return Cell("")
    notes = [f"over {gain.over}"] if over else []
    if gain.score.excludes_zero is None:
        notes.append("no interval")
    else:
        verdict = "excludes zero" if gain.score.excludes_zero else "includes zero"
        notes += [standing.measure.signed_interval(gain.score), verdict]
    return Cell(standing.measure.signed(gain.score.value), "\n".join(notes))


def headline_table(standing: Standing, spans: Sequence[Span], city: City, where: str, partial: str = "") -> Table:
    """A table of the headline metric: learners by span, followed by the gain of each model over the best baseline.

    Args:
        standing: results of the contest.
        spans: the spans shown.
        city: the city, for the footnotes.
        where: start of the caption.
        partial: a sentence on incomplete years, added to the note.
    """
    best = {span: standing.best((*standing.models, *standing.baselines), span) for span in spans}

    def cell(name: str, span: Span) -> Cell:
        score, first = standing.scores.get((name, span)), best[span]
        if score is None or first is None:
            return Cell("")
        text, interval = standing.measure.text(score.value), standing.measure.interval(score)
        return Cell(text, interval, strong=score.value == first[1].value)

    groups = _by_role(standing, lambda name: tuple(cell(name, span) for span in spans))
    notes = ["Bold = best of the year."]
    if standing.models and standing.baselines:
        gains = [
            Line(name, tuple(gain_cell(standing, standing.gain(name, span)) for span in spans))
            for name in standing.models
        ]
        groups.append(Group(tuple(gains), "Gain over the best baseline of the year (more than 0 = better)"))
        notes.append("The interval of a gain is that of the difference between the two on the same resamples.")
    if not standing.baselines:
        notes.append("No baseline has been scored. Train a baseline learner to see gains.")
    marks = footnotes(standing.events, spans, city)
    return Table(
        f"{where}: {metric_caption(standing.task, standing.measure)} by training years → test year",
        ("Learner", *(marks.marked(str(span), span) for span in spans)),
        tuple(groups),
        note=" ".join((*notes, partial)).strip(),
        footnotes=marks.lines,
    )


def latest_table(metrics: Sequence[Record], standing: Standing, span: Span, where: str) -> Table:
    """A table of the other metrics of the latest test year: learners by metric.

    Args:
        metrics: rows of gold/metrics.
        standing: results of the contest.
        span: the latest span.
        where: start of the caption.
    """
    others = [Measure.from_metric(metric) for metric in standing.task.kind.others()]
    scores = {other: contest_scores(metrics, standing.contest, other.name) for other in others}
    formats = {other: other.with_decimals_for(score.value for score in scores[other].values()) for other in others}

    def cell(other: Measure, name: str) -> Cell:
        score = scores[other].get((name, span))
        return (
            Cell(formats[other].text(score.value), formats[other].interval(score)) if score else Cell(other.text(None))
        )

    return Table(
        f"{where}: other metrics of the latest test year, {span}",
        ("Learner", *(other.heading for other in others)),
        tuple(_by_role(standing, lambda name: tuple(cell(other, name) for other in others))),
        note=f"{_cases(metrics, standing, span)}{other_notes(standing.task)}",
    )


def _by_role(standing: Standing, cells: Callable[[str], tuple[Cell, ...]]) -> list[Group]:
    """The rows of the models and of the baselines; cells gives those of a learner."""
    roles = (("Models", standing.models), ("Baselines", standing.baselines))
    return [Group(tuple(Line(name, cells(name)) for name in names), title) for title, names in roles if names]


def _binary_cases(standing: Standing, tp: float, fn: float, fp: float, tn: float) -> str:
    rows = tp + fn + fp + tn
    return f"{count(rows)} cases, {percent((tp + fn) / rows)} with the outcome. " if rows else ""


def _multiclass_cases(standing: Standing, rows: float) -> str:
    return f"{count(rows)} cases. "


def _regression_cases(standing: Standing, rows: float, mean: float) -> str:
    reported = f"{standing.measure.with_decimals_for([mean]).text(mean)} {unit(standing.task)}"
    return f"{count(rows)} forecasts; the mean of the reported values is {reported}. "


def _ranking_cases(standing: Standing, rows: float, n: float) -> str:
    period = panel_period(standing.task)
    length = f"each of {period}" if period[0].isdigit() else f"each of one {period}"
    return f"{count(rows)} cells and periods, {length}; {count(n)} incidents. "


# By kind: metrics that count rows, and the function that writes a sentence with their values. Other kinds count rows.
_CASES: Mapping[type[Kind], tuple[tuple[str, ...], Callable[..., str]]] = {
    Binary: (("tp", "fn", "fp", "tn"), _binary_cases),
    MultiClass: (("rows",), _multiclass_cases),
    Regression: (("rows", "mean_label"), _regression_cases),
    Ranking: (("rows", "n"), _ranking_cases),
}


def _cases(metrics: Sequence[Record], standing: Standing, span: Span) -> str:
    """The number of scored rows, from the first learner that has all counts."""
    names, sentence = _CASES.get(type(standing.task.kind), _CASES[MultiClass])
    counts = [contest_scores(metrics, standing.contest, name) for name in names]
    for learner in (*standing.models, *standing.baselines):
        values = [scores[learner, span].value for scores in counts if (learner, span) in scores]
        if len(values) == len(names):
            return sentence(standing, *values)
    return ""
