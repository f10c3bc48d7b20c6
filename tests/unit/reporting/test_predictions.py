"""The section on predictions: the overview of a city and the part of each kind of task."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TypeVar

import pytest

from crime_spark.reporting.contests import Contest, Span, contest_standing, contests
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
    comparisons = [compared("gbt", "area_premise_rate", 0.03)]
    comparisons += [compared("gbt", "area_premise_rate", -0.005, (2016, 2017), half_width=0.01)]
    return Material((CHICAGO,), metrics=rows, comparisons=comparisons)


def test_headline_table_has_models_baselines_and_gains() -> None:
    table = headline_table(contest_standing(two_years(), CONTEST), [FIRST, SECOND], CHICAGO, "Here")
    assert table.caption == "Here: AUC by training years → test year"
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


def test_lowest_error_is_bold() -> None:
    rows = [
        metric(name, value, name="mae", half_width=0.5, task="hourly_volume")
        for name, value in (("gbt", 4.0), ("poisson", 6.0), ("slot_mean", 5.0))
    ]
    material = Material((CHICAGO,), metrics=rows)
    table = headline_table(
        contest_standing(material, Contest("chicago", "hourly_volume", "per_year", "fair")), [FIRST], CHICAGO, ""
    )
    bold = {line.head for group in table.groups for line in group.lines for c in line.cells if c.strong}
    assert bold == {"gbt"}
    assert [line.cells[0].text for line in table.groups[-1].lines] == ["+1.00", "−1.00"]


def test_many_years_are_split_into_several_tables() -> None:
    rows = [metric("gbt", 0.7, (year, year + 1)) for year in range(2001, 2001 + MOST_COLUMNS + 1)]
    tables = pieces(only(Material((CHICAGO,), metrics=rows)), Table)
    assert [len(table.columns) - 1 for table in tables if "AUC by" in table.caption] == [MOST_COLUMNS, 1]


def test_notes_say_if_there_are_no_baselines() -> None:
    section = only(Material((CHICAGO,), metrics=[metric("gbt", 0.7)]))
    assert "no baseline" in pieces(section, Points)[0].points[0][1]
    assert "No baseline has been scored" in pieces(section, Table)[0].note


def test_learner_at_chance_level_is_not_drawn() -> None:
    rows = [
        metric(name, value, years)
        for years in ((2015, 2016), (2016, 2017))
        for name, value in (("gbt", 0.7), ("class_prior", 0.5))
    ]
    (chart,) = pieces(only(Material((CHICAGO,), metrics=rows)), Chart)
    assert chart.caption.endswith("not drawn: class_prior")


def test_number_of_drawn_learners_is_limited() -> None:
    (chart,) = pieces(section_of(every_section(), "hourly_volume"), Chart)
    # The five best models of the last year, and the best baseline.
    assert chart.caption.endswith("not drawn: knn, random_forest, seasonal_naive, trailing_mean, slot_mean")


@cache
def every_section() -> Section:
    """The section with every kind of task, built once."""
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
            "301,320 forecasts; the mean of the reported values is 25.4 incidents per hour.",
        ),
        (
            "hotspot_day",
            ("PAI at 1 %", "PAI at 10 %", "Hit rate at 5 %", "PEI at 5 %", "Gini", "AUC of hotspots"),
            "301,320 cells and periods, each of one day; 180,000 incidents.",
        ),
    ],
)
def test_other_metrics_depend_on_the_kind_of_task(task: str, columns: tuple[str, ...], counted: str) -> None:
    material = every_kind()
    contest = next(contest for contest in contests(material, CHICAGO) if contest.task == task)
    table = latest_table(material.metrics, contest_standing(material, contest), SECOND, "Here")
    assert tuple(column.partition(" (")[0] for column in table.columns[1:]) == columns
    assert table.note.startswith(counted)


def test_definition_of_a_hotspot_comes_from_the_cell() -> None:
    rows = [metric("gbt", 4.0, name="pai_5", task="hotspot_shift")]
    cells = [cell("gbt", task="hotspot_shift", k=3, base_rate=0.0412), cell("gbt", task="hotspot_shift", delay=7, k=9)]
    text = pieces(only(Material((CHICAGO,), metrics=rows, cells=cells)), Text)[0].text
    assert text.endswith(
        "A cell is a hotspot in a period (8 hours) with 3 or more incidents. This holds for 4.1 % of the cells and "
        "periods of 2015."
    )


def test_classes_come_from_the_cell() -> None:
    rows = [metric("gbt", 0.7, name="macro_auc", task="offense_type")]
    cells = [cell("gbt", task="offense_type", classes=["theft", "simple_assault", "other"])]
    text = pieces(only(Material((CHICAGO,), metrics=rows, cells=cells)), Text)[0].text
    assert "Classes in 2015: theft, simple assault, other. A class with fewer than 1.0 % of the training rows" in text
    assert "Classes in" not in pieces(only(Material((CHICAGO,), metrics=rows)), Text)[0].text


def test_overview_has_a_row_for_each_contest_with_the_latest_year() -> None:
    material = two_years()
    table = overview(CHICAGO, [contest_standing(material, contest) for contest in contests(material, CHICAGO)])
    ((line,),) = [group.lines for group in table.groups]
    assert (line.head, line.note) == ("Is this incident a serious (Part I / index) offense?", "")
    assert line.link == only(material).id
    assert line.cells == (
        Cell("2016 → 2017\N{NO-BREAK SPACE}¹"),
        Cell("AUC 0.705", "gbt\n0.701–0.709"),
        Cell("AUC 0.710", "area_premise_rate\n0.706–0.714"),
        Cell("−0.005", "−0.015 to +0.005\nincludes zero"),
    )


def test_overview_distinguishes_delays() -> None:
    material = every_kind()
    of_task = [contest for contest in contests(material, CHICAGO) if contest.task == "hotspot_day"]
    table = overview(CHICAGO, [contest_standing(material, contest) for contest in of_task])
    assert [line.note for line in table.groups[0].lines] == ["data 7 days late", "data without delay"]
    assert "could have been published at the time" in " ".join(
        p.text for p in every_section().pieces if isinstance(p, Text)
    )


def test_delays_are_explained_only_if_there_are_any() -> None:
    text = " ".join(piece.text for piece in predictions(two_years()).pieces if isinstance(piece, Text))
    assert "published at the time" not in text


def test_tasks_that_are_not_shown_are_listed() -> None:
    rows = [metric("gbt", 0.7, name="macro_auc", task="victim_descent"), metric("gbt", 0.7, task="gone")]
    section = predictions(replace(two_years(), metrics=[*two_years().metrics, *rows]))
    texts = [piece.text for piece in section.pieces if isinstance(piece, Text)]
    assert texts[1:] == [
        "Not shown, because it is descriptive research only and not for publication: victim_descent.",
        "Not shown, because the task is no longer declared: gone.",
    ]
    assert len(section.sections[0].sections) == 1


def test_contest_without_its_headline_has_a_notice() -> None:
    section = only(Material((CHICAGO,), metrics=[metric("gbt", 0.7, task="hotspot_day")]))
    (piece,) = section.pieces
    assert isinstance(piece, Missing)
    assert "There is not yet a value of PAI at 5 %" in piece.text
