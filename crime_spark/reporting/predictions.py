"""How well models predict the next year, beside the baselines: an overview of each city, then every task."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.kinds import MultiClass
from crime_spark.reporting.charts import COLOURS, over_years
from crime_spark.reporting.contests import (
    Contest,
    Span,
    Standing,
    contest_of,
    contest_title,
    contests,
    gain_sentence,
    is_forecast,
    set_apart,
    span_of,
    standing,
)
from crime_spark.reporting.curves import curve
from crime_spark.reporting.figures import figures
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import anchor, percent, spelled
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Points, Section, Table, Text
from crime_spark.reporting.material import Material, Record
from crime_spark.reporting.measures import in_caption, period, said
from crime_spark.reporting.periods import by_year, incomplete
from crime_spark.reporting.standings import gain_cell, headline_table, latest_table

# So many years side by side fit a page without scrolling, and paper.
MOST_COLUMNS = 6
MISSING = "No model of {title} has been judged yet. The examples, train and evaluate stages make models and metrics."
LEAD = (
    "Each model is fitted on the years before the arrow and judged on the year after it, which it has not seen. The "
    "range below a number is its 95 % interval over resampled days, of forecasts over resampled weeks. A baseline is "
    "what a simple count reaches; a model is worth its gain over the best one. A gain is said to exclude zero if the "
    "95 % interval of the difference, both judged on the same resamples, does."
)
DELAYS = (
    "Forecasts of areas, cells and the whole city are made with two kinds of past. With data as late as the city "
    "publishes it ({said}) they could have been published at the time. Without any delay they could not: they are here "
    "for comparison with the literature, which mostly does without."
)


def predictions(material: Material) -> Section:
    """The section about the judged year of every cell, a part for each city and task."""
    held = [(city, contests(material, city)) for city in material.cities]
    pieces: list[Piece] = [Text(LEAD)]
    late = [city for city, own in held if any(contest.delay for contest in own)]
    if late:
        pieces.append(Text(DELAYS.format(said=", ".join(f"{city.title}: {city.delay_days} days" for city in late))))
    pieces += _left_out(material)
    parts = tuple(_of_city(material, city, own) for city, own in held)
    return Section("predictions", "Predictions of the next year", tuple(pieces), parts)


def _left_out(material: Material) -> list[Piece]:
    """A line about what has been judged and is not shown."""
    judged = {row["task"] for row in material.metrics}
    private = [name for name, task in material.tasks.items() if name in judged and not task.publishable]
    gone = sorted(judged - set(material.tasks))
    said = {
        "Left out, because it is descriptive research only and not for publication": private,
        "Left out, because no such task is declared any more": gone,
    }
    return [Text(f"{why}: {', '.join(names)}.") for why, names in said.items() if names]


def _of_city(material: Material, city: City, held: Sequence[Contest]) -> Section:
    standings = [standing(material, contest) for contest in held]
    pieces: tuple[Piece, ...] = (overview(city, standings),) if any(s.spans for s in standings) else ()
    if not held:
        pieces = (Missing(MISSING.format(title=city.title)),)
    parts = tuple(_of_contest(material, city, one, held) for one in standings)
    return Section(anchor("predictions", city.name), city.title, pieces, parts)


def overview(city: City, standings: Sequence[Standing]) -> Table:
    """A line for each contest: the latest year scored, the best model, the best baseline, and the gain over it."""
    held = [one for one in standings if one.spans]
    latest = {span: tuple(events) for one in held for span, events in one.events.items() if span == one.spans[-1]}
    marks = footnotes(latest, sorted(latest), city)
    among = [one.contest for one in held]
    lines = []
    for one in held:
        span = one.spans[-1]
        model = one.best(one.models, span)
        cells = [Cell(marks.marked(str(span), span)), _best_cell(one, one.models, span)]
        cells += [_best_cell(one, one.baselines, span)]
        cells.append(gain_cell(one, one.gain(model[0], span), over=False) if model else Cell(""))
        link = anchor("predictions", *one.contest.words)
        lines.append(Line(one.task.question, tuple(cells), set_apart(one.contest, among), link))
    return Table(
        f"{city.title}: every task, the latest year scored",
        ("What is predicted", "Years", "Best model", "Best baseline", "Gain (more than 0 = better)"),
        (Group(tuple(lines)),),
        note="The best model is chosen by the year shown, which favours it a little. Numbers of different tasks "
        "cannot be compared.",
        words=True,
        footnotes=marks.lines,
    )


def _best_cell(held: Standing, learners: Sequence[str], span: Span) -> Cell:
    best = held.best(learners, span)
    if best is None:
        return Cell("none")
    name, own = best
    notes = [name, held.measure.interval(own)]
    return Cell(f"{held.measure.title} {held.measure.text(own.value)}", "\n".join(note for note in notes if note))


def _of_contest(material: Material, city: City, held: Standing, among: Sequence[Contest]) -> Section:
    spans = held.spans
    where = f"{city.title}, {held.contest.task}" + _late(held)
    pieces: list[Piece] = []
    if not spans:
        pieces.append(Missing(f"No {held.measure.title} is known for {where}. The evaluate stage makes it."))
    else:
        pieces.append(Text(" ".join((said(held.task), *_told_apart(material.cells, held)))))
        if held.models:
            pieces.append(Points(tuple((f"{name}:", gain_sentence(held, name)) for name in held.models)))
        if len(spans) > 1:
            pieces.append(_chart(held, where))
        for at in range(0, len(spans), MOST_COLUMNS):
            shown = spans[at : at + MOST_COLUMNS]
            pieces.append(headline_table(held, shown, city, where, _partial_years(material, city, shown)))
        pieces.append(latest_table(material.metrics, held, spans[-1], where))
        pieces += curve(material.hours, held, where)
        pieces += figures(material, held, where)
    title = contest_title(material, held.contest, among)
    return Section(anchor("predictions", *held.contest.words), title, tuple(pieces))


def _late(held: Standing) -> str:
    if not is_forecast(held.task):
        return ""
    return f", {held.contest.delay} days late" if held.contest.delay else ", no delay"


def _told_apart(cells: Sequence[Record], held: Standing) -> list[str]:
    """What a hotspot is, or which classes there are, by the training years of the latest span."""
    span = held.spans[-1]
    own = [row for row in cells if contest_of(row) == held.contest and span_of(row) == span]
    if not own:
        return []
    row, kind = own[0], held.task.kind
    if row["k"] is not None:
        every, many = period(held.task), "incident" if row["k"] == 1 else "incidents"
        return [
            f"A hotspot is a cell and {every} with {row['k']} or more {many}: {percent(row['base_rate'])} of the cells "
            f"and periods of {span.trained} are."
        ]
    if isinstance(kind, MultiClass) and row["classes"]:
        names = ", ".join(spelled(name).lower() for name in row["classes"])
        least = f"; a class of fewer than {percent(kind.least_share)} of the training rows counts as other"
        return [f"Told apart in {span.trained}: {names}{least if kind.least_share else ''}."]
    return []


def _chart(held: Standing, where: str) -> Piece:
    chance, last = held.measure.chance, held.spans[-1]

    def best_first(names: Sequence[str]) -> list[str]:
        """By the last year; those that were not scored on it last."""
        scored = [name for name in names if (name, last) in held.found]
        scored.sort(key=lambda name: -held.measure.goodness(held.found[name, last].value))
        return [*scored, *(name for name in names if name not in scored)]

    models, baselines = best_first(held.models), best_first(held.baselines)
    learners = [*models, *baselines]
    # A learner that knows nothing in every year would only press the others together.
    blind = {
        name
        for name in learners
        if chance is not None and all(own.value == chance for (of, _), own in held.found.items() if of == name)
    }
    worth = [name for name in learners if name not in blind] or learners
    # More than there are colours could not be told apart; the best baseline is among them.
    beside = [name for name in worth if name in baselines]
    drawn = [*[name for name in worth if name in models][: len(COLOURS) - len(beside[:1])], *beside][: len(COLOURS)]
    # As declared, so that a learner has its colour in every city and year.
    names = [name for name in (*held.models, *held.baselines) if name in drawn]
    rest = ", ".join(name for name in learners if name not in names)
    points = [
        {"year": str(span.test_year), "learner": name, "value": own.value, "low": own.low, "high": own.high}
        for name in names
        for span in held.spans
        if (own := held.found.get((name, span))) is not None
    ]
    what = in_caption(held.task, held.measure)
    label = f"Lines of {what} by year scored, one for each of {', '.join(names)}. The numbers are in the table below."
    left_out = f"; not drawn: {rest}" if rest else ""
    caption = f"{where}: {what} by year scored, with 95 % intervals{left_out}"
    return over_years(points, names, caption, held.measure.title, label)


def _partial_years(material: Material, city: City, spans: Sequence[Span]) -> str:
    used = {year for span in spans for year in (*range(span.train_from, span.train_to + 1), span.test_year)}
    partial = incomplete([year for year in by_year(material, city) if year.year in used])
    return f"Incomplete years among these: {partial}." if partial else ""
