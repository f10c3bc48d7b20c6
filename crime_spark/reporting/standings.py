"""Tables of one contest: every learner in every year, and the other metrics of the latest year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.contests import Gain, Scores, Span, Standing, scores
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import count, percent
from crime_spark.reporting.layout import Cell, Group, Line, Table
from crime_spark.reporting.material import Record
from crime_spark.reporting.measures import Measure, in_caption, judged_by, period, unit
from crime_spark.tasks.grain import Binary, MultiClass, Ranking, Regression

# How many there were of what was judged; not metrics, but they say what the metrics are of.
_COUNTS: Mapping[type, tuple[str, ...]] = {
    Binary: ("tp", "fn", "fp", "tn"),
    MultiClass: ("rows",),
    Regression: ("rows", "mean_label"),
    Ranking: ("rows", "n"),
}


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
    others = judged_by(held.task).others
    found = {one: scores(metrics, held.contest, one.metric) for one in others}
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
        note=f"{_cases(metrics, held, span)}{_explained(held)}",
    )


def _explained(held: Standing) -> str:
    kind = held.task.kind
    if isinstance(kind, Regression):
        return (
            f"RMSE in {unit(held.task)}. R² is 1 for a perfect forecast and 0 for the mean of the year itself. MASE: "
            "the MAE over that of the value of a week ago. The 90 % interval is chosen on months before the year. A "
            "dash: not defined, such as the Poisson deviance of a forecast that is not above 0."
        )
    if isinstance(kind, Ranking):
        return (
            "Hit rate: the share of all incidents that lie in the cells taken. PEI: the PAI over that of cells "
            "taken in hindsight. Gini: 0 for a random order of the cells. AUC of hotspots: whether a cell and "
            f"{period(held.task)} is one. A dash: not defined."
        )
    if isinstance(kind, MultiClass):
        return "Log loss in nats. The class called is the most probable one. A dash: the metric is not defined."
    return (
        "Log loss in nats. ECE: the expected calibration error. Accuracy and F1 are of cases called from the threshold "
        "on, chosen on months before the year, or 0.5 where no model had predicted those. "
        "A dash: the metric is not defined."
    )


def _cases(metrics: Sequence[Record], held: Standing, span: Span) -> str:
    """How much was scored, from any learner that has all the counts."""
    kind = type(held.task.kind)
    found: Mapping[str, Scores] = {name: scores(metrics, held.contest, name) for name in _COUNTS[kind]}
    for learner in (*held.models, *held.baselines):
        own = [found[name].get((learner, span)) for name in _COUNTS[kind]]
        numbers = [one.value for one in own if one is not None]
        if len(numbers) == len(own):
            return _counted(held, numbers)
    return ""


def _counted(held: Standing, numbers: Sequence[float]) -> str:
    kind = held.task.kind
    if isinstance(kind, Binary):
        rows = sum(numbers)
        return f"{count(rows)} cases, {percent((numbers[0] + numbers[1]) / rows)} with the outcome. " if rows else ""
    if isinstance(kind, MultiClass):
        return f"{count(numbers[0])} cases. "
    if isinstance(kind, Regression):
        mean = held.measure.sized([numbers[1]]).text(numbers[1])
        return f"{count(numbers[0])} forecasts; what happened is {mean} {unit(held.task)} on average. "
    every = f"each of {period(held.task)}" if period(held.task)[0].isdigit() else f"each of one {period(held.task)}"
    return f"{count(numbers[0])} cells and periods, {every}; {count(numbers[1])} incidents. "
