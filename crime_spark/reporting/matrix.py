"""How a model fitted once does on later years, its knowledge of the past frozen: training years by year scored."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.evaluation.judged_cells import FROZEN
from crime_spark.reporting.contests import (
    Contest,
    Span,
    Standing,
    contest_title,
    contests,
    is_forecast,
    standing,
)
from crime_spark.reporting.footnotes import Footnotes, footnotes
from crime_spark.reporting.formats import anchor
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text, shaded
from crime_spark.reporting.material import Material
from crime_spark.reporting.measures import in_caption
from crime_spark.reporting.predictions import MISSING

NOT_FROZEN = (
    "No model has been scored with a frozen past. With the setting matrix: default, the evaluate stage does that for "
    "every year after the training years."
)


def matrix(material: Material) -> Section:
    """The section about later years, a part for each city; a table for each task about incidents and learner."""
    lead = Text(
        "Read a row from left to right to see how a model ages: it was fitted once, on the years at its left, and "
        "scored on later years. What it knows of the past of an incident is frozen: it ends with the training years, "
        "whereas the scores of the next year above go by a past that rolls on month by month. So the two must not be "
        "set against each other, and only scores with a frozen past stand here, of the next year too. Read a column "
        "from top to bottom to see what newer training data gains. Blank: not scored, or not later than the training "
        "years. Forecasts of areas, cells and the whole city live on their rolling past and are not in these tables."
    )
    return Section("matrix", "How models age", (lead,), tuple(_of_city(material, city) for city in material.cities))


def _of_city(material: Material, city: City) -> Section:
    every = contests(material, city)
    held = [contest for contest in every if not is_forecast(material.tasks[contest.task])]
    pieces: tuple[Piece, ...] = () if held else (Text(f"No model of single incidents of {city.title} was judged."),)
    if not every:
        pieces = (Missing(MISSING.format(title=city.title)),)
    parts = tuple(_of_contest(material, city, contest, held) for contest in held)
    return Section(anchor("matrix", city.name), city.title, pieces, parts)


def _of_contest(material: Material, city: City, contest: Contest, among: Sequence[Contest]) -> Section:
    held = standing(material, contest, FROZEN)
    pieces: tuple[Piece, ...] = (Missing(NOT_FROZEN),)
    if held.found:
        marks = footnotes(held.events, sorted(held.events), city)
        tables = Beside(aging_tables(held, marks, f"{city.title}, {contest.task}"))
        pieces = (tables, *(Text(line) for line in marks.lines))
    return Section(anchor("matrix", *contest.words), contest_title(material, contest, among), pieces)


def aging_tables(held: Standing, marks: Footnotes, where: str) -> tuple[Table, ...]:
    """A table for each learner: training years down, years scored across. One scale of shades for all."""
    learners = (*held.models, *held.baselines)
    trained = sorted({(span.train_to, span.train_from) for _, span in held.found})
    tested = sorted({span.test_year for _, span in held.found})
    rows = [[Span(to, year, start) for year in tested] for to, start in trained]
    shown = [(name, span) for name in learners for row in rows for span in row]
    values = [held.found[key].value if key in held.found else None for key in shown]
    goodness = [None if value is None else held.measure.goodness(value) for value in values]
    cells = (
        Cell("" if value is None else marks.marked(held.measure.text(value), span), step=step)
        for (_, span), value, step in zip(shown, values, shaded(goodness), strict=True)
    )
    return tuple(
        Table(
            f"{where}, {name}: {in_caption(held.task, held.measure)} with a frozen past (darker = better)",
            ("Trained on, scored on →", *map(str, tested)),
            (Group(tuple(Line(row[0].trained, tuple(next(cells) for _ in row)) for row in rows)),),
            heat=True,
        )
        for name in learners
    )
