"""Predictions: the overview of a city and the section of each kind of task."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TypeVar

import pytest

from crime_spark.reporting.contests import Contest, Span, contests, standing
from crime_spark.reporting.layout import Cell, Chart, Missing, Piece, Points, Section, Table, Text
from crime_spark.reporting.material import Material
from crime_spark.reporting.predictions import MOST_COLUMNS, overview, predictions
from crime_spark.reporting.standings import headline_table, latest_table
from tests.unit.reporting.kinds import every_kind
from tests.unit.reporting.records import CHICAGO, cell, compared, metric

CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
FIRST, SECOND = Span(2015, 2016, 2015), Span(2016, 2017, 2016)
P = TypeVar("P", bound=Piece)


def only(material: Material) -> Section:
    """The section of the first contest of the first city."""
    return predictions(material).sections[0].sections[0]


def pieces(section: Section, kind: type[P]) -> list[P]:
    return [piece for piece in section.pieces if isinstance(piece, kind)]


def two_years() -> Material:
    rows = [metric("gbt", 0.73), metric("area_premise_rate", 0.70), metric("class_prior", 0.5)]
    rows += [metric("gbt", 0.705, (2016, 2017), events=["pandemic"]), metric("area_premise_rate", 0.71, (2016, 2017))]
    told = [compared("gbt", "area_premise_rate", 0.03)]
    told += [compared("gbt", "area_premise_rate", -0.005, (2016, 2017), half_width=0.01)]
    return Material((CHICAGO,), metrics=rows, comparisons=told)


def test_headline_table_has_models_baselines_and_gains() -> None:
    table = headline_table(standing(two_years(), CONTEST), [FIRST, SECOND], CHICAGO, "Here")
    assert table.caption == "Here: AUC by training years → year scored"
    assert table.columns == ("Learner", "2015 → 2016", "2016 → 2017\N{NO-BREAK SPACE}¹")
    assert table.footnotes[0].startswith("¹ Pandemic")
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
            "Gain over the best baseline of the year (more than 0 = better)",
            [
                (
                    "gbt",
                    (
                        Cell("+0.030", "over area_premise_rate\n+0.029 to +0.031\nexcludes zero"),
                        Cell("−0.005", "over area_premise_rate\n−0.015 to +0.005\nincludes zero"),
                    ),
                )
            ],
        ),
    ]


def test_the_lowest_error_is_bold() -> None:
    rows = [
        metric(name, value, name="mae", half_width=0.5, task="hourly_volume")
        for name, value in (("gbt", 4.0), ("poisson", 6.0), ("slot_mean", 5.0))
    ]
    material = Material((CHICAGO,), metrics=rows)
    table = headline_table(
        standing(material, Contest("chicago", "hourly_volume", "per_year", "fair")), [FIRST], CHICAGO, ""
    )
    bold = {line.head for group in table.groups for line in group.lines for one in line.cells if one.strong}
    assert bold == {"gbt"}
    assert [line.cells[0].text for line in table.groups[-1].lines] == ["+1.00", "−1.00"]


def test_many_years_are_broken_into_several_tables() -> None:
    rows = [metric("gbt", 0.7, (year, year + 1)) for year in range(2001, 2001 + MOST_COLUMNS + 1)]
    tables = pieces(only(Material((CHICAGO,), metrics=rows)), Table)
    assert [len(table.columns) - 1 for table in tables if "AUC by" in table.caption] == [MOST_COLUMNS, 1]


def test_models_without_baselines_are_said_to_lack_them() -> None:
    section = only(Material((CHICAGO,), metrics=[metric("gbt", 0.7)]))
    assert "no baseline" in pieces(section, Points)[0].points[0][1]
    assert "No baseline has been scored" in pieces(section, Table)[0].note


def test_a_learner_that_knows_nothing_is_not_drawn() -> None:
    rows = [
        metric(name, value, years)
        for years in ((2015, 2016), (2016, 2017))
        for name, value in (("gbt", 0.7), ("class_prior", 0.5))
    ]
    (chart,) = pieces(only(Material((CHICAGO,), metrics=rows)), Chart)
    assert chart.caption.endswith("not drawn: class_prior")


def test_no_more_learners_are_drawn_than_can_be_told_apart() -> None:
    (chart,) = pieces(section_of(every_section(), "hourly_volume"), Chart)
    # The five best models of the last year, and the best baseline.
    assert chart.caption.endswith("not drawn: knn, random_forest, seasonal_naive, trailing_mean, slot_mean")


@cache
def every_section() -> Section:
    """The section of every kind of task, built once."""
    return predictions(every_kind())


def section_of(section: Section, task: str) -> Section:
    return next(part for part in section.sections[0].sections if f"-{task.replace('_', '-')}-" in part.id)


@pytest.mark.parametrize(
    ("task", "columns", "counted"),
    [
        (
            "arrest",
            ("PR AUC", "Log loss", "Brier score", "ECE", "Accuracy", "F1", "Threshold"),
            "119,000 cases, 42.0 % with the outcome.",
        ),
        ("offense_type", ("Accuracy", "Macro F1", "Weighted F1", "Log loss"), "301,320 cases."),
        (
            "hourly_volume",
            ("RMSE", "R²", "MASE", "Poisson deviance", "Within the 90 % interval"),
            "301,320 forecasts; what happened is 25.4 incidents per hour on average.",
        ),
        (
            "hotspot_day",
            ("PAI at 1 %", "PAI at 10 %", "Hit rate at 5 %", "PEI at 5 %", "Gini", "AUC of hotspots"),
            "301,320 cells and periods, each of one day; 180,000 incidents.",
        ),
    ],
)
def test_other_metrics_go_by_the_kind_of_task(task: str, columns: tuple[str, ...], counted: str) -> None:
    material = every_kind()
    contest = next(one for one in contests(material, CHICAGO) if one.task == task)
    table = latest_table(material.metrics, standing(material, contest), SECOND, "Here")
    assert tuple(column.partition(" (")[0] for column in table.columns[1:]) == columns
    assert table.note.startswith(counted)


def test_what_a_hotspot_is_comes_from_the_cell() -> None:
    rows = [metric("gbt", 4.0, name="pai_5", task="hotspot_shift")]
    cells = [cell("gbt", task="hotspot_shift", k=3, base_rate=0.0412), cell("gbt", task="hotspot_shift", delay=7, k=9)]
    said = pieces(only(Material((CHICAGO,), metrics=rows, cells=cells)), Text)[0].text
    assert said.endswith(
        "A hotspot is a cell and 8 hours with 3 or more incidents: 4.1 % of the cells and periods of 2015 are."
    )


def test_the_classes_told_apart_come_from_the_cell() -> None:
    rows = [metric("gbt", 0.7, name="macro_auc", task="offense_type")]
    cells = [cell("gbt", task="offense_type", classes=["theft", "simple_assault", "other"])]
    said = pieces(only(Material((CHICAGO,), metrics=rows, cells=cells)), Text)[0].text
    assert "Told apart in 2015: theft, simple assault, other; a class of fewer than 1.0 % of the training rows" in said
    assert "Told apart" not in pieces(only(Material((CHICAGO,), metrics=rows)), Text)[0].text


def test_overview_has_a_line_for_each_contest_with_the_latest_year() -> None:
    material = two_years()
    table = overview(CHICAGO, [standing(material, one) for one in contests(material, CHICAGO)])
    ((line,),) = [group.lines for group in table.groups]
    assert (line.head, line.note) == ("Is this incident a serious (Part I / index) offense?", "")
    assert line.link == only(material).id
    assert line.cells == (
        Cell("2016 → 2017\N{NO-BREAK SPACE}¹"),
        Cell("AUC 0.705", "gbt\n0.701–0.709"),
        Cell("AUC 0.710", "area_premise_rate\n0.706–0.714"),
        Cell("−0.005", "−0.015 to +0.005\nincludes zero"),
    )


def test_overview_tells_delays_apart() -> None:
    material = every_kind()
    held = [one for one in contests(material, CHICAGO) if one.task == "hotspot_day"]
    table = overview(CHICAGO, [standing(material, one) for one in held])
    assert [line.note for line in table.groups[0].lines] == ["data 7 days late", "data without delay"]
    assert "could have been published at the time" in " ".join(
        p.text for p in every_section().pieces if isinstance(p, Text)
    )


def test_delays_are_explained_only_where_there_are_any() -> None:
    said = " ".join(piece.text for piece in predictions(two_years()).pieces if isinstance(piece, Text))
    assert "published at the time" not in said


def test_what_is_not_shown_is_said_in_a_line() -> None:
    rows = [metric("gbt", 0.7, name="macro_auc", task="victim_descent"), metric("gbt", 0.7, task="gone")]
    found = predictions(replace(two_years(), metrics=[*two_years().metrics, *rows]))
    said = [piece.text for piece in found.pieces if isinstance(piece, Text)]
    assert said[1:] == [
        "Left out, because it is descriptive research only and not for publication: victim_descent.",
        "Left out, because no such task is declared any more: gone.",
    ]
    assert len(found.sections[0].sections) == 1


def test_a_contest_without_its_headline_says_so() -> None:
    section = only(Material((CHICAGO,), metrics=[metric("gbt", 0.7, task="hotspot_day")]))
    (piece,) = section.pieces
    assert isinstance(piece, Missing)
    assert "No PAI at 5 % is known" in piece.text
