"""Tables of one contest: every learner in every year, and the other metrics of the latest year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.kinds import Binary, Kind, MultiClass, Ranking, Regression
from crime_spark.reporting.contests import Gain, Span, Standing, scores
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import count, percent
from crime_spark.reporting.layout import Cell, Group, Line, Table
from crime_spark.reporting.material import Record
from crime_spark.reporting.measures import Measure, in_caption, notes, period, unit


def gain_cell(held: Standing, gain: Gain | None, over: bool = True) -> Cell:
    """The gain, over which baseline, the interval of the difference, and whether it excludes zero."""
    if gain is None:
        return Cell("")
    notes = [f"over {gain.over}"] if over else []
    if gain.score.excludes_zero is None:
        notes.append("no interval known")
    else:
        told = "excludes zero" if gain.score.excludes_zero else "includes zero"
        notes += [held.measure.signed_interval(gain.score), told]
    return Cell(held.measure.signed(gain.score.value), "\n".join(notes))


def headline_table(held: Standing, spans: Sequence[Span], city: City, where: str, partial: str = "") -> Table:
    """Learners down, train → test years across; below them each model's gain over the best baseline.

    partial says which of the years are incomplete.
    """
    best = {span: held.best((*held.models, *held.baselines), span) for span in spans}

    def cell(name: str, span: Span) -> Cell:
        own, first = held.found.get((name, span)), best[span]
        if own is None or first is None:
            return Cell("")
        return Cell(held.measure.text(own.value), held.measure.interval(own), strong=own.value == first[1].value)

    groups = [
        Group(tuple(Line(name, tuple(cell(name, span) for span in spans)) for name in names), title)
        for title, names in (("Models", held.models), ("Baselines", held.baselines))
        if names
    ]
    notes = ["Bold = best of the year."]
    if held.models and held.baselines:
        gains = [Line(name, tuple(gain_cell(held, held.gain(name, span)) for span in spans)) for name in held.models]
        groups.append(Group(tuple(gains), "Gain over the best baseline of the year (more than 0 = better)"))
        notes.append("A gain's interval is that of the difference of the two on the same resamples.")
    if not held.baselines:
        notes.append("No baseline has been scored: learners that are baselines give one.")
    marks = footnotes(held.events, spans, city)
    return Table(
        f"{where}: {in_caption(held.task, held.measure)} by training years → year scored",
        ("Learner", *(marks.marked(str(span), span) for span in spans)),
        tuple(groups),
        note=" ".join((*notes, partial)).strip(),
        footnotes=marks.lines,
    )


def latest_table(metrics: Sequence[Record], held: Standing, span: Span, where: str) -> Table:
    """The other metrics of the latest year scored."""
    others = [Measure.declared(metric) for metric in held.task.kind.others()]
    found = {one: scores(metrics, held.contest, one.name) for one in others}
    sized = {one: one.sized(score.value for score in found[one].values()) for one in others}

    def cell(one: Measure, name: str) -> Cell:
        own = found[one].get((name, span))
        return Cell(sized[one].text(own.value), sized[one].interval(own)) if own else Cell(one.text(None))

    groups = tuple(
        Group(tuple(Line(name, tuple(cell(one, name) for one in others)) for name in names), title)
        for title, names in (("Models", held.models), ("Baselines", held.baselines))
        if names
    )
    return Table(
        f"{where}: other metrics of the latest year, {span}",
        ("Learner", *(one.heading for one in others)),
        groups,
        note=f"{_cases(metrics, held, span)}{notes(held.task)}",
    )


def _binary_cases(held: Standing, tp: float, fn: float, fp: float, tn: float) -> str:
    rows = tp + fn + fp + tn
    return f"{count(rows)} cases, {percent((tp + fn) / rows)} with the outcome. " if rows else ""


def _multiclass_cases(held: Standing, rows: float) -> str:
    return f"{count(rows)} cases. "


def _regression_cases(held: Standing, rows: float, mean: float) -> str:
    happened = f"{held.measure.sized([mean]).text(mean)} {unit(held.task)}"
    return f"{count(rows)} forecasts; what happened is {happened} on average. "


def _ranking_cases(held: Standing, rows: float, n: float) -> str:
    every = f"each of {period(held.task)}" if period(held.task)[0].isdigit() else f"each of one {period(held.task)}"
    return f"{count(rows)} cells and periods, {every}; {count(n)} incidents. "


# The metrics that count rows, and the sentence with their values.
_CASES: Mapping[type[Kind], tuple[tuple[str, ...], Callable[..., str]]] = {
    Binary: (("tp", "fn", "fp", "tn"), _binary_cases),
    MultiClass: (("rows",), _multiclass_cases),
    Regression: (("rows", "mean_label"), _regression_cases),
    Ranking: (("rows", "n"), _ranking_cases),
}


def _cases(metrics: Sequence[Record], held: Standing, span: Span) -> str:
    """How much was scored, from any learner that has all the counts."""
    names, sentence = _CASES.get(type(held.task.kind), (("rows",), _multiclass_cases))
    counts = [scores(metrics, held.contest, name) for name in names]
    for learner in (*held.models, *held.baselines):
        values = [count_scores[learner, span].value for count_scores in counts if (learner, span) in count_scores]
        if len(values) == len(names):
            return sentence(held, *values)
    return ""
