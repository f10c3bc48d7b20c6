"""How well models predict the next year, compared with baselines: an overview of each city, then every task."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.kinds import MultiClass
from crime_spark.reporting.charts import COLORS, over_years
from crime_spark.reporting.contests import (
    Contest,
    Span,
    Standing,
    contest_of,
    contest_standing,
    contest_title,
    contests,
    distinction,
    gain_sentence,
    is_forecast,
    span_of,
)
from crime_spark.reporting.curves import course_of_the_day
from crime_spark.reporting.figures import figures
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import anchor, percent, readable
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Points, Section, Table, Text
from crime_spark.reporting.material import Material, Record
from crime_spark.reporting.measures import headline_note, metric_caption, panel_period
from crime_spark.reporting.periods import by_year, incomplete_years
from crime_spark.reporting.standings import gain_cell, headline_table, latest_table

# More columns would not fit on paper, or on a screen without scrolling.
MOST_COLUMNS = 6
MISSING = "No model has been evaluated for {title} yet. Run the examples, train and evaluate stages."
LEAD = (
    "Each model is fitted on the years before the arrow and scored on the year after it, which it has not seen. The "
    "range below a number is its 95 % interval over resampled days (for forecasts: weeks). A baseline is what a simple "
    "count reaches, and a model is worth its gain over the best baseline. A gain excludes zero if the 95 % interval of "
    "the difference excludes zero; both learners are scored on the same resamples."
)
DELAYS = (
    "Forecasts of areas, cells and the whole city are made twice. With data as late as the city publishes it "
    "({delays}), they could have been published at the time. With data without delay, they could not. These forecasts "
    "are shown for comparison with the literature, which mostly assumes no delay."
)


def predictions(material: Material) -> Section:
    """The section on the predictions of the next year, with a part for each city and task."""
    by_city = [(city, contests(material, city)) for city in material.cities]
    pieces: list[Piece] = [Text(LEAD)]
    late = [city for city, shown in by_city if any(contest.delay for contest in shown)]
    if late:
        pieces.append(Text(DELAYS.format(delays=", ".join(f"{city.title}: {city.delay_days} days" for city in late))))
    pieces += _left_out(material)
    parts = tuple(_of_city(material, city, shown) for city, shown in by_city)
    return Section("predictions", "Predictions of the next year", tuple(pieces), parts)


def _left_out(material: Material) -> list[Piece]:
    """Lines that name the tasks that have metrics but are not shown."""
    evaluated = {row["task"] for row in material.metrics}
    private = [name for name, task in material.tasks.items() if name in evaluated and not task.publishable]
    undeclared = sorted(evaluated - set(material.tasks))
    reasons = {
        "Not shown, because it is descriptive research only and not for publication": private,
        "Not shown, because the task is no longer declared": undeclared,
    }
    return [Text(f"{reason}: {', '.join(names)}.") for reason, names in reasons.items() if names]


def _of_city(material: Material, city: City, shown: Sequence[Contest]) -> Section:
    standings = [contest_standing(material, contest) for contest in shown]
    pieces: tuple[Piece, ...] = (overview(city, standings),) if any(s.spans for s in standings) else ()
    if not shown:
        pieces = (Missing(MISSING.format(title=city.title)),)
    parts = tuple(_of_contest(material, city, standing, shown) for standing in standings)
    return Section(anchor("predictions", city.name), city.title, pieces, parts)


def overview(city: City, standings: Sequence[Standing]) -> Table:
    """A table with a row for each contest: latest test year, best model, best baseline, and the gain over it."""
    scored = [standing for standing in standings if standing.spans]
    latest = {s.spans[-1]: tuple(s.events[s.spans[-1]]) for s in scored if s.spans[-1] in s.events}
    marks = footnotes(latest, sorted(latest), city)
    among = [standing.contest for standing in scored]
    lines = []
    for standing in scored:
        span = standing.spans[-1]
        model = standing.best(standing.models, span)
        cells = [Cell(marks.marked(str(span), span)), _best_cell(standing, standing.models, span)]
        cells.append(_best_cell(standing, standing.baselines, span))
        cells.append(gain_cell(standing, standing.gain(model[0], span), over=False) if model else Cell(""))
        link = anchor("predictions", *standing.contest.anchor_words)
        lines.append(Line(standing.task.question, tuple(cells), distinction(standing.contest, among), link))
    return Table(
        f"{city.title}: every task, latest test year",
        ("What is predicted", "Years", "Best model", "Best baseline", "Gain (more than 0 = better)"),
        (Group(tuple(lines)),),
        note="The best model is chosen by the test year shown, which favors it a little. Do not compare numbers of "
        "different tasks.",
        words=True,
        footnotes=marks.lines,
    )


def _best_cell(standing: Standing, learners: Sequence[str], span: Span) -> Cell:
    best = standing.best(learners, span)
    if best is None:
        return Cell("none")
    name, score = best
    notes = [name, standing.measure.interval(score)]
    text = f"{standing.measure.title} {standing.measure.text(score.value)}"
    return Cell(text, "\n".join(note for note in notes if note))


def _of_contest(material: Material, city: City, standing: Standing, among: Sequence[Contest]) -> Section:
    spans = standing.spans
    where = f"{city.title}, {standing.contest.task}" + _delay(standing)
    pieces: list[Piece] = []
    if not spans:
        pieces.append(
            Missing(f"There is not yet a value of {standing.measure.title} for {where}. Run the evaluate stage.")
        )
    else:
        pieces.append(Text(" ".join((headline_note(standing.task), *_target(material.cells, standing)))))
        if standing.models:
            pieces.append(Points(tuple((f"{name}:", gain_sentence(standing, name)) for name in standing.models)))
        if len(spans) > 1:
            pieces.append(_chart(standing, where))
        for start in range(0, len(spans), MOST_COLUMNS):
            columns = spans[start : start + MOST_COLUMNS]
            pieces.append(headline_table(standing, columns, city, where, _partial_years(material, city, columns)))
        pieces.append(latest_table(material.metrics, standing, spans[-1], where))
        pieces += course_of_the_day(material.hours, standing, where)
        pieces += figures(material, standing, where)
    title = contest_title(material, standing.contest, among)
    return Section(anchor("predictions", *standing.contest.anchor_words), title, tuple(pieces))


def _delay(standing: Standing) -> str:
    if not is_forecast(standing.task):
        return ""
    return f", {standing.contest.delay} days late" if standing.contest.delay else ", no delay"


def _target(cells: Sequence[Record], standing: Standing) -> list[str]:
    """A sentence on what a hotspot is, or on the classes, in the training years of the latest span."""
    span, kind = standing.spans[-1], standing.task.kind
    row = next((r for r in cells if contest_of(r) == standing.contest and span_of(r) == span), None)
    if row is None:
        return []
    if row["k"] is not None:
        incidents = "incident" if row["k"] == 1 else "incidents"
        return [
            f"A cell is a hotspot in a period ({panel_period(standing.task)}) with {row['k']} or more {incidents}. "
            f"This holds for {percent(row['base_rate'])} of the cells and periods of {span.trained}."
        ]
    if isinstance(kind, MultiClass) and row["classes"]:
        names = ", ".join(readable(name).lower() for name in row["classes"])
        share = percent(kind.least_share)
        rare = f" A class with fewer than {share} of the training rows counts as other." if kind.least_share else ""
        return [f"Classes in {span.trained}: {names}.{rare}"]
    return []


def _drawn_learners(standing: Standing) -> tuple[list[str], list[str]]:
    """The learners that the chart draws, in declared order, and the others, best first."""
    chance, last = standing.measure.chance, standing.spans[-1]

    def best_first(names: Sequence[str]) -> list[str]:
        """By the score of the last year; learners without one come last."""
        scored = [name for name in names if (name, last) in standing.scores]
        scored.sort(key=lambda name: -standing.measure.goodness(standing.scores[name, last].value))
        return [*scored, *(name for name in names if name not in scored)]

    models, baselines = best_first(standing.models), best_first(standing.baselines)
    learners = [*models, *baselines]
    # A learner at chance level in every year would only compress the scale for the others.
    uninformed = {
        name
        for name in learners
        if chance is not None
        and all(score.value == chance for (learner, _), score in standing.scores.items() if learner == name)
    }
    informed = [name for name in learners if name not in uninformed] or learners
    # There are only so few colors that a reader can distinguish. The best baseline always gets one.
    kept = [name for name in informed if name in baselines]
    drawn = [*[name for name in informed if name in models][: len(COLORS) - len(kept[:1])], *kept][: len(COLORS)]
    # In declared order, so that a learner has the same color in every city and year.
    names = [name for name in (*standing.models, *standing.baselines) if name in drawn]
    return names, [name for name in learners if name not in names]


def _chart(standing: Standing, where: str) -> Piece:
    names, others = _drawn_learners(standing)
    points = [
        {"year": str(span.test_year), "learner": name, "value": score.value, "low": score.low, "high": score.high}
        for name in names
        for span in standing.spans
        if (score := standing.scores.get((name, span))) is not None
    ]
    what = metric_caption(standing.task, standing.measure)
    label = f"Line chart of {what} by test year, one line for each of {', '.join(names)}. The numbers are in the table."
    omitted = f"; not drawn: {', '.join(others)}" if others else ""
    caption = f"{where}: {what} by test year, with 95 % intervals{omitted}"
    return over_years(points, names, caption, standing.measure.title, label)


def _partial_years(material: Material, city: City, spans: Sequence[Span]) -> str:
    used = {year for span in spans for year in (*range(span.train_from, span.train_to + 1), span.test_year)}
    partial = incomplete_years([year for year in by_year(material, city) if year.year in used])
    return f"Incomplete years among these: {partial}." if partial else ""
