"""How a model fitted once does on every later year: AUC by training years and year scored."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.contests import Contest, Scores, Span, contests, scores, sides
from crime_spark.reporting.formats import anchor, score
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text, shaded
from crime_spark.reporting.material import Material
from crime_spark.reporting.predictions import MISSING, contest_title


def matrix(material: Material) -> Section:
    """The section about later years, a part for each city; a table for each task and learner."""
    lead = Text(
        "Read a row from left to right to see how a model ages: it was fitted once, on the years at its left, and "
        "scored on each later year. Read a column from top to bottom to see what newer training data gains. Blank: not "
        "scored, or not later than the training years."
    )
    return Section("matrix", "How models age", (lead,), tuple(_of_city(material, city) for city in material.cities))


def _of_city(material: Material, city: City) -> Section:
    held = contests(material.metrics, city.name)
    pieces = () if held else (Missing(MISSING.format(title=city.title)),)
    parts = tuple(_of_contest(material, city, contest, held) for contest in held)
    return Section(anchor("matrix", city.name), city.title, pieces, parts)


def _of_contest(material: Material, city: City, contest: Contest, among: Sequence[Contest]) -> Section:
    found = {
        key: value for key, value in scores(material.metrics, contest).items() if key[1].test_year > key[1].train_to
    }
    models, baselines = sides(found, material.learners, material.baselines)
    aged = [name for name in (*models, *baselines) if any(key[0] == name and not key[1].judged for key in found)]
    piece: Piece = Missing(
        "No model has been scored on more than the year after its training. With three years of data or more and the "
        "setting matrix: default, the evaluate stage does that."
    )
    if aged:
        piece = Beside(aging_tables(found, aged, f"{city.title}, {contest.task}"))
    words = (city.name, contest.task, contest.protocol, contest.policy)
    return Section(anchor("matrix", *words), contest_title(material, contest, among), (piece,))


def aging_tables(found: Scores, learners: Sequence[str], where: str) -> tuple[Table, ...]:
    """A table for each learner: training years down, years scored across. One scale of shades for all."""
    held = {key: one for key, one in found.items() if key[0] in learners}
    trained = sorted({(span.train_to, span.train_from) for _, span in held})
    tested = sorted({span.test_year for _, span in held})
    rows = [[Span(to, year, start) for year in tested] for to, start in trained]
    found_or_none = [held.get((name, span)) for name in learners for row in rows for span in row]
    values = [None if one is None else one.value for one in found_or_none]
    cells = (
        Cell("" if value is None else score(value), step=step)
        for value, step in zip(values, shaded(values), strict=True)
    )
    return tuple(
        Table(
            f"{where}, {name}: AUC (darker = higher)",
            ("Trained on, scored on →", *map(str, tested)),
            (Group(tuple(Line(row[0].trained, tuple(next(cells) for _ in row)) for row in rows)),),
            heat=True,
        )
        for name in learners
    )
