"""Curves, class reports and confusion tables of the latest test year."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import pytest

from crime_spark.reporting.best import best_cells, best_learners
from crime_spark.reporting.contests import Contest, contest_standing, contests
from crime_spark.reporting.figures import MOST_CLASSES, figures
from crime_spark.reporting.layout import Cell, Chart, Missing, Piece, SideBySide, Table, Text
from crime_spark.reporting.material import Material
from tests.unit.reporting.kinds import every_kind
from tests.unit.reporting.records import CHICAGO, Rows, called, curve_points, metric

CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
METRICS = [metric("gbt", 0.73), metric("logistic_regression", 0.71), metric("area_premise_rate", 0.7)]
BENT = [(0.0, 0.0), (0.25, 0.75), (1.0, 1.0)]
EVERY = ("roc", "pr", "gain", "reliability")
LEARNERS = ("gbt", "logistic_regression", "area_premise_rate")
CURVES: Rows = [row for name in LEARNERS for curve in EVERY for row in curve_points(name, curve, BENT)]
P = TypeVar("P", Table, Chart)


def of_class(name: str, value: float | None, class_name: str, learner: str = "gbt") -> dict[str, Any]:
    return metric(learner, value, name=f"class_{name}", **{"class": class_name})


def drawn(material: Material, contest: Contest = CONTEST) -> list[Piece]:
    return figures(material, contest_standing(material, contest), "Here")


def only(pieces: list[Piece], kind: type[P]) -> list[P]:
    return [
        element
        for piece in pieces
        if isinstance(piece, SideBySide)
        for element in piece.pieces
        if isinstance(element, kind)
    ]


def test_best_model_and_best_baseline_are_drawn() -> None:
    material = Material((CHICAGO,), metrics=METRICS, curves=CURVES)
    lead, *pieces = drawn(material)
    assert isinstance(lead, Text)
    assert lead.text.startswith("The best model and the best baseline of 2016: gbt, area_premise_rate.")
    charts = only(pieces, Chart)
    assert [chart.caption.split(": ")[1].split(",")[0] for chart in charts] == [
        "ROC curve",
        "precision and recall",
        "gain",
        "reliability of gbt",
    ]
    for chart in charts[:3]:
        assert "gbt" in chart.svg
        assert "area_premise_rate" in chart.svg
        assert "logistic_regression" not in chart.svg


def test_calibrated_curve_is_drawn_if_it_exists() -> None:
    bare = only(drawn(Material((CHICAGO,), metrics=METRICS, curves=CURVES)), Chart)[-1]
    more = [*CURVES, *curve_points("gbt", "reliability_calibrated", BENT)]
    both = only(drawn(Material((CHICAGO,), metrics=METRICS, curves=more)), Chart)[-1]
    assert "calibrated" not in bare.svg
    assert "calibrated on months before" in both.svg


@pytest.mark.parametrize("curves", [[], curve_points("gbt", "roc", BENT, delay=7)])
def test_notice_names_the_stage_if_the_contest_has_no_curves(curves: Rows) -> None:
    missing = Missing("The curves are missing for Here. Run the evaluate stage.")
    assert drawn(Material((CHICAGO,), metrics=METRICS, curves=curves)) == [missing]


def test_points_are_connected_in_their_order() -> None:
    points = list(reversed(curve_points("gbt", "roc", [(0.0, 0.0), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)])))
    chart = only(drawn(Material((CHICAGO,), metrics=METRICS[:1], curves=points)), Chart)[0]
    lines = [re.findall(r"[ML]([\d.]+),([\d.]+)", path) for path in re.findall(r'd="(M[^"]*L[^"]*)"', chart.svg)]
    places = [(float(x), float(y)) for x, y in next(line for line in lines if len(line) == 4)]
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)


def test_class_report_has_the_classes_and_their_means() -> None:
    rows = [
        *METRICS,
        *(of_class("support", rows, class_name) for class_name, rows in (("1", 40.0), ("0", 60.0))),
        *(of_class("precision", value, class_name) for class_name, value in (("1", 0.5), ("0", 0.75))),
        *(of_class("recall", value, class_name) for class_name, value in (("1", 0.25), ("0", 0.875))),
        of_class("f1", 0.3, "1"),
        of_class("support", 99.0, "1", "logistic_regression"),
        *(metric("gbt", value, name=name) for name, value in (("threshold", 0.3125), ("accuracy", 0.625))),
        *(metric("gbt", value, name=name) for name, value in (("macro_precision", 0.625), ("weighted_recall", 0.625))),
        metric("gbt", 0.1, name="accuracy", history="frozen"),
    ]
    (table,) = only(drawn(Material((CHICAGO,), metrics=rows, curves=CURVES)), Table)
    assert table.columns == ("Class", "Precision", "Recall", "F1", "Cases")
    assert [(line.head, *(cell.text for cell in line.cells)) for group in table.groups for line in group.lines] == [
        ("with the outcome", "0.500", "0.250", "0.300", "40"),
        ("without it", "0.750", "0.875", "–", "60"),
        ("Macro mean", "0.625", "–", "–", "100"),
        ("Weighted mean", "–", "0.625", "–", "100"),
    ]
    assert table.note == "The outcome is predicted from a probability of 0.312 on; accuracy 0.625. A dash: not defined."


def test_confusion_has_shares_of_the_actual_class() -> None:
    counts = {("0", "0"): 75, ("0", "1"): 25, ("1", "0"): 10, ("1", "1"): 40}
    confusion = called("gbt", counts) + called("area_premise_rate", {("0", "0"): 1})
    (table,) = only(drawn(Material((CHICAGO,), metrics=METRICS, curves=CURVES, confusion=confusion)), Table)
    assert table.columns == ("Actual", "predicted with the outcome", "predicted without it")
    assert [(line.head, line.cells) for line in table.groups[0].lines] == [
        ("with the outcome", (Cell("80.0 %", "40", step=8), Cell("20.0 %", "10", step=0))),
        ("without it", (Cell("25.0 %", "25", step=1), Cell("75.0 %", "75", step=7))),
    ]


@pytest.mark.parametrize("most", ["theft", "arson", "other"])
def test_order_of_classes_does_not_depend_on_their_size(most: str) -> None:
    keys = {"task": "offense_type"}
    names = ("other", "theft", "arson")
    counts = {(actual, predicted): 100 if actual == most else 10 for actual in names for predicted in names}
    material = Material(
        (CHICAGO,),
        metrics=[
            metric("gbt", 0.7, name="macro_auc", **keys),
            *(
                metric("gbt", float(most == class_name), name="class_support", **{"class": class_name}, **keys)
                for class_name in names
            ),
        ],
        curves=curve_points("gbt", "roc", BENT, "theft", **keys),
        confusion=called("gbt", counts, **keys),
    )
    report, confusion = only(drawn(material, Contest("chicago", "offense_type", "per_year", "fair")), Table)
    for table in (report, confusion):
        assert [line.head for line in table.groups[0].lines] == ["arson", "theft", "other"]
    assert confusion.columns == ("Actual", "predicted arson", "predicted theft", "predicted other")


def test_class_without_cases_has_no_shares() -> None:
    counts = {("theft", "theft"): 3, ("theft", "other"): 1, ("other", "theft"): 0, ("other", "other"): 0}
    keys = {"task": "offense_type"}
    material = Material(
        (CHICAGO,),
        metrics=[metric("gbt", 0.7, name="macro_auc", **keys)],
        curves=curve_points("gbt", "roc", BENT, "theft", **keys),
        confusion=called("gbt", counts, **keys),
    )
    (table,) = only(drawn(material, Contest("chicago", "offense_type", "per_year", "fair")), Table)
    assert [cell.text for line in table.groups[0].lines for cell in line.cells] == ["75.0 %", "25.0 %", "–", "–"]


def test_figures_depend_on_the_kind_of_task() -> None:
    material = every_kind()
    numbers_by_kind = {}
    for contest in contests(material, CHICAGO):
        standing = contest_standing(material, contest)
        pieces = figures(material, standing, "Here")
        numbers_by_kind[type(standing.task.kind).__name__] = (len(only(pieces, Chart)), len(only(pieces, Table)))
    assert numbers_by_kind == {"Binary": (4, 2), "MultiClass": (2, 2), "Regression": (0, 0), "Ranking": (1, 0)}


def test_number_of_drawn_classes_is_limited() -> None:
    material = every_kind()
    contest = next(contest for contest in contests(material, CHICAGO) if contest.task == "offense_type")
    for chart in only(drawn(material, contest), Chart):
        listed = chart.svg.split('aria-label="')[1].split('"')[0].split("one line for each of ")[1]
        assert listed.count(",") == MOST_CLASSES - 1
        assert len(chart.svg) < 20_000


def test_best_cells_are_the_best_learners_of_each_latest_year() -> None:
    rows = [*METRICS, metric("logistic_regression", 0.8, (2016, 2017)), metric("class_prior", 0.5, (2016, 2017))]
    rows += [metric("gbt", 0.9, task="victim_descent", name="macro_auc"), metric("gbt", 4.0, task="hourly_volume")]
    material = Material((CHICAGO,), metrics=rows)
    keys = ("chicago", "serious_offense", "per_year", "fair", 0, 2016, 2016, 2017)
    assert best_cells(material) == [(*keys[:2], name, *keys[2:]) for name in ("logistic_regression", "class_prior")]
    assert best_learners(contest_standing(Material((CHICAGO,), metrics=METRICS), CONTEST)) == [
        "gbt",
        "area_premise_rate",
    ]
