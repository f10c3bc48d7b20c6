"""How models age: scores of models on later years, with a frozen past, by training years and test year."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.evaluation.judged_cells import FROZEN
from crime_spark.reporting.contests import (
    Contest,
    Span,
    Standing,
    contest_standing,
    contest_title,
    contests,
    is_forecast,
)
from crime_spark.reporting.footnotes import Footnotes, footnotes
from crime_spark.reporting.formats import anchor
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, SideBySide, Table, Text, heat_steps
from crime_spark.reporting.material import Material
from crime_spark.reporting.measures import metric_caption
from crime_spark.reporting.predictions import MISSING

NOT_FROZEN = (
    "No model has been scored with a frozen past. With the setting matrix: default, the evaluate stage scores models "
    "on every year after their training years."
)


def matrix(material: Material) -> Section:
    """The section on later years, with a part for each city."""
    lead = Text(
        "Read a row from left to right to see how a model ages. It was fitted once, on the years at the left, and "
        "scored on later years. Its knowledge of earlier incidents is frozen: it ends with the training years. The "
        "predictions of the next year above use a past that rolls on month by month, so do not compare the two. Only "
        "scores with a frozen past are shown here, also for the next year. Read a column from top to bottom to see "
        "what newer training data gains. A blank cell is a year that was not scored or is not later than the training "
        "years. Forecasts of areas, cells and the whole city depend on their rolling past and are not in these tables."
    )
    return Section("matrix", "How models age", (lead,), tuple(_of_city(material, city) for city in material.cities))


def _of_city(material: Material, city: City) -> Section:
    all_contests = contests(material, city)
    of_incidents = [contest for contest in all_contests if not is_forecast(material.tasks[contest.task])]
    pieces: tuple[Piece, ...] = ()
    if not all_contests:
        pieces = (Missing(MISSING.format(title=city.title)),)
    elif not of_incidents:
        pieces = (Text(f"No model of single incidents has been evaluated in {city.title}."),)
    parts = tuple(_of_contest(material, city, contest, of_incidents) for contest in of_incidents)
    return Section(anchor("matrix", city.name), city.title, pieces, parts)


def _of_contest(material: Material, city: City, contest: Contest, among: Sequence[Contest]) -> Section:
    standing = contest_standing(material, contest, FROZEN)
    pieces: tuple[Piece, ...] = (Missing(NOT_FROZEN),)
    if standing.scores:
        marks = footnotes(standing.events, sorted(standing.events), city)
        tables = SideBySide(aging_tables(standing, marks, f"{city.title}, {contest.task}"))
        pieces = (tables, *(Text(line) for line in marks.lines))
    return Section(anchor("matrix", *contest.anchor_words), contest_title(material, contest, among), pieces)


def aging_tables(standing: Standing, marks: Footnotes, where: str) -> tuple[Table, ...]:
    """A table for each learner: training years by test year. All tables share one heat scale.

    Args:
        standing: results with a frozen past.
        marks: footnotes of the spans.
        where: start of the captions.
    """
    learners = (*standing.models, *standing.baselines)
    trained = sorted({(span.train_to, span.train_from) for _, span in standing.scores})
    tested = sorted({span.test_year for _, span in standing.scores})
    rows = [[Span(to, year, start) for year in tested] for to, start in trained]
    keys = [(name, span) for name in learners for row in rows for span in row]
    values = [standing.scores[key].value if key in standing.scores else None for key in keys]
    goodness = [None if value is None else standing.measure.goodness(value) for value in values]
    cells = (
        Cell("" if value is None else marks.marked(standing.measure.text(value), span), step=step)
        for (_, span), value, step in zip(keys, values, heat_steps(goodness), strict=True)
    )
    return tuple(
        Table(
            f"{where}, {name}: {metric_caption(standing.task, standing.measure)} with a frozen past (darker = better)",
            ("Trained on, scored on →", *map(str, tested)),
            (Group(tuple(Line(row[0].trained, tuple(next(cells) for _ in row)) for row in rows)),),
            heat=True,
        )
        for name in learners
    )
