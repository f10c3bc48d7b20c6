"""Metrics arranged for reading."""

from __future__ import annotations

from crime_spark.reporting.contests import (
    Contest,
    Score,
    Span,
    best_baseline,
    contests,
    gain_sentence,
    gains,
    judged_spans,
    scores,
    sides,
)
from crime_spark.reporting.layout import Cell, Missing, Points, Table
from crime_spark.reporting.material import Material
from crime_spark.reporting.matrix import aging_tables, matrix
from crime_spark.reporting.predictions import MOST_COLUMNS, auc_table, contest_title, predictions
from tests.unit.reporting.records import CHICAGO, metric

BASELINES = ("class_prior", "area_premise_rate")
CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
FIRST, SECOND = Span(2015, 2016, 2015), Span(2016, 2017, 2016)
METRICS = [
    metric("gbt", 0.73),
    metric("gbt", 0.71, (2015, 2017)),
    metric("gbt", 0.705, (2016, 2017)),
    metric("area_premise_rate", 0.70),
    metric("area_premise_rate", 0.71, (2016, 2017)),
    metric("class_prior", 0.5),
    metric("gbt", 0.6, name="f1"),
    metric("gbt", None, name="precision"),
    metric("gbt", 0.9, city="los_angeles"),
]
FOUND = scores(METRICS, CONTEST)


def test_scores_are_of_one_contest_and_metric_and_known() -> None:
    assert FOUND["gbt", FIRST] == Score(0.73, 0.726, 0.734)
    assert len(FOUND) == 6
    assert scores(METRICS, CONTEST, "precision") == {}
    assert contests(METRICS, "chicago") == [CONTEST]


def test_learners_follow_the_registry_and_unknown_ones_are_models() -> None:
    rows = [metric(name, 0.6) for name in ("zeta", "class_prior", "gbt", "logistic_regression")]
    order = ("logistic_regression", "gbt", "class_prior")
    assert sides(scores(rows, CONTEST), order, BASELINES) == (["logistic_regression", "gbt", "zeta"], ["class_prior"])


def test_a_span_says_all_its_training_years() -> None:
    assert str(FIRST) == "2015 → 2016"
    assert str(Span(2015, 2016, 2013)) == "2013–2015 → 2016"
    assert judged_spans(FOUND) == [FIRST, SECOND]


def test_the_best_baseline_is_chosen_for_each_span() -> None:
    assert best_baseline(FOUND, BASELINES, FIRST) == ("area_premise_rate", Score(0.70, 0.696, 0.704))
    assert best_baseline(FOUND, (), FIRST) is None


def test_gains_and_how_they_are_said() -> None:
    assert {span: round(value, 3) for span, value in gains(FOUND, "gbt", BASELINES).items()} == {
        FIRST: 0.03,
        SECOND: -0.005,
    }
    said = "gbt: above the best baseline in 1 of 2 years, gain from −0.005 to +0.030."
    assert gain_sentence(FOUND, "gbt", BASELINES) == said
    assert "no gain can be stated" in gain_sentence(FOUND, "gbt", ())


def test_auc_table_has_models_baselines_and_gains() -> None:
    table = auc_table(FOUND, [FIRST, SECOND], ["gbt"], ["class_prior", "area_premise_rate"], "Here")
    assert table.columns == ("Learner", "2015 → 2016", "2016 → 2017")
    assert [(group.title, [(line.head, line.cells) for line in group.lines]) for group in table.groups] == [
        ("Models", [("gbt", (Cell("0.730", "0.726–0.734", strong=True), Cell("0.705", "0.701–0.709")))]),
        (
            "Baselines",
            [
                ("class_prior", (Cell("0.500", "0.496–0.504"), Cell(""))),
                ("area_premise_rate", (Cell("0.700", "0.696–0.704"), Cell("0.710", "0.706–0.714", strong=True))),
            ],
        ),
        (
            "Gain over the best baseline of the year",
            [
                (
                    "gbt",
                    (
                        Cell("+0.030", "over area_premise_rate"),
                        Cell("−0.005", "over area_premise_rate\nintervals overlap"),
                    ),
                )
            ],
        ),
    ]


def test_many_years_are_broken_into_several_tables() -> None:
    rows = [metric("gbt", 0.7, (year, year + 1)) for year in range(2001, 2001 + MOST_COLUMNS + 1)]
    part = predictions(Material((CHICAGO,), metrics=rows)).sections[0].sections[0]
    widths = [len(piece.columns) - 1 for piece in part.pieces if isinstance(piece, Table) and "AUC" in piece.caption]
    assert widths == [MOST_COLUMNS, 1]


def test_models_without_baselines_are_said_to_lack_them() -> None:
    part = predictions(Material((CHICAGO,), metrics=[metric("gbt", 0.7)])).sections[0].sections[0]
    points, table, *_ = part.pieces
    assert isinstance(points, Points)
    assert "no baseline" in points.points[0][1]
    assert isinstance(table, Table)
    assert "No baseline has been scored" in table.note


def test_protocol_and_policy_are_named_only_to_tell_contests_apart() -> None:
    material = Material((CHICAGO,))
    other = Contest("chicago", "serious_offense", "expanding", "fair")
    assert contest_title(material, CONTEST, [CONTEST]) == "Is this incident a serious (Part I / index) offense?"
    assert contest_title(material, CONTEST, [CONTEST, other]).endswith("offense? (per year, fair policy)")


def test_matrix_is_training_years_by_years_scored_with_blanks() -> None:
    (table,) = aging_tables(FOUND, ["gbt"], "Here")
    assert table.columns == ("Trained on, scored on →", "2016", "2017")
    assert [(line.head, line.cells) for line in table.groups[0].lines] == [
        ("2015", (Cell("0.730", step=8), Cell("0.710", step=2))),
        ("2016", (Cell(""), Cell("0.705", step=0))),
    ]


def test_matrix_says_what_is_missing_when_only_the_next_year_was_scored() -> None:
    part = matrix(Material((CHICAGO,), metrics=[metric("gbt", 0.7)])).sections[0].sections[0]
    (piece,) = part.pieces
    assert isinstance(piece, Missing)
    assert "matrix: default" in piece.text
