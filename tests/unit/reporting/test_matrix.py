"""How models age."""

from __future__ import annotations

from crime_spark.evaluation.judged_cells import FROZEN
from crime_spark.reporting.contests import Contest, contest_standing
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.layout import Cell, Missing, Text
from crime_spark.reporting.material import Material
from crime_spark.reporting.matrix import aging_tables, matrix
from tests.unit.reporting.records import CHICAGO, metric

CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
METRICS = [
    metric("gbt", 0.99),
    metric("gbt", 0.71, (2015, 2017)),
    metric("gbt", 0.69, (2015, 2018)),
    metric("gbt", 0.705, (2016, 2018), events=["pandemic"]),
]


def test_aging_table_has_only_scores_with_a_frozen_past() -> None:
    standing = contest_standing(Material((CHICAGO,), metrics=METRICS), CONTEST, FROZEN)
    (table,) = aging_tables(standing, footnotes(standing.events, sorted(standing.events), CHICAGO), "Here")
    assert table.columns == ("Trained on, scored on →", "2017", "2018")
    assert [(line.head, line.cells) for line in table.groups[0].lines] == [
        ("2015", (Cell("0.710", step=8), Cell("0.690", step=0))),
        ("2016", (Cell(""), Cell("0.705\N{NO-BREAK SPACE}¹", step=6))),
    ]


def test_aging_table_has_the_next_year_with_a_frozen_past() -> None:
    rows = [*METRICS, metric("gbt", 0.72, (2015, 2016), history="frozen")]
    (table,) = aging_tables(
        contest_standing(Material((CHICAGO,), metrics=rows), CONTEST, FROZEN), footnotes({}, [], CHICAGO), "Here"
    )
    assert table.columns == ("Trained on, scored on →", "2016", "2017", "2018")
    assert [cell.text for cell in table.groups[0].lines[0].cells] == ["0.720", "0.710", "0.690"]


def test_footnotes_are_below_the_tables() -> None:
    part = matrix(Material((CHICAGO,), metrics=METRICS)).sections[0].sections[0]
    _, note = part.pieces
    assert isinstance(note, Text)
    assert note.text.startswith("¹ Pandemic")


def test_notice_names_the_setting_if_no_past_is_frozen() -> None:
    part = matrix(Material((CHICAGO,), metrics=[metric("gbt", 0.7)])).sections[0].sections[0]
    (piece,) = part.pieces
    assert isinstance(piece, Missing)
    assert "matrix: default" in piece.text


def test_matrix_excludes_forecasts() -> None:
    material = Material((CHICAGO,), metrics=[metric("gbt", 4.0, name="pai_5", task="hotspot_day")])
    city = matrix(material).sections[0]
    assert city.sections == ()
    assert isinstance(city.pieces[0], Text)
