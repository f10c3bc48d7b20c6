"""Model cards and datasheets, with and without the tables that they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from crime_spark.reporting.card import card_sections
from crime_spark.reporting.contests import Contest, Span
from crime_spark.reporting.datasheet import datasheet_sections
from crime_spark.reporting.explained import READING, drift_pieces, fairness_pieces, importance_pieces
from crime_spark.reporting.layout import Cell, Line, Missing, Piece, Section, Table, Text
from crime_spark.reporting.material import MISSING_VALUES, SHARE_NULL, Material
from crime_spark.reporting.stage import card_pages, card_titles
from crime_spark.tasks import TASKS
from tests.unit.reporting.kinds import every_kind
from tests.unit.reporting.records import CHICAGO, LOS_ANGELES, Rows, cell, full_material, metric, statistic
from tests.unit.reporting.test_page import Outline

NOW = datetime(2024, 5, 1, 3, 5)
CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
SPAN = Span(2016, 2017, 2016)
YEARS = (2016, 2017)
SERIOUS = next(task for task in TASKS if task.name == "serious_offense")


def important(feature: str, value: float, method: str = "permutation", learner: str = "gbt") -> dict[str, Any]:
    name = "auc" if method == "permutation" else "share_of_gain"
    row = metric(learner, value, YEARS, name)
    if method != "permutation":
        row |= {"low": None, "high": None}
    return {**row, "method": method, "feature": feature, "rows": 1000}


def of_group(group: str, name: str, value: float | None, n: int = 100, **overrides: Any) -> dict[str, Any]:
    row = metric("gbt", value, YEARS, name, 0.01)
    return {**row, "attribute": "area", "group": group, "within": "all", "n": n, **overrides}


def drifted(name: str, value: float, measure: str = "psi", distance: int = 1, **overrides: Any) -> dict[str, Any]:
    row = {**metric("all", value, YEARS, name), "year": 2016 + distance, "distance": distance, "measure": measure}
    return {**row, "subject": "feature", "name": name, **overrides}


def explained() -> Material:
    importance = [important("hour", 0.02), important("premise", 0.11), important("premise", 0.6, "trees")]
    fairness = [of_group("010", "base_rate", 0.4), of_group("010", "calibration_gap", -0.013)]
    fairness += [of_group("none recorded", "base_rate", 0.2, 30), of_group("fewer than 20", "groups", 2.0, 17)]
    drift = [drifted("label", 0.003, subject="label"), drifted("premise", 0.3)]
    drift += [drifted("auc", -0.01, "change", 3, subject="metric", learner="gbt")]
    return replace(full_material(), importance=importance, fairness=fairness, drift=drift)


def pieces(section: Section) -> Iterator[Piece]:
    yield from section.pieces
    for below in section.sections:
        yield from pieces(below)


def missing(sections: tuple[Section, ...]) -> list[str]:
    return [piece.text for section in sections for piece in pieces(section) if isinstance(piece, Missing)]


def only_table(candidates: list[Piece]) -> Table:
    (table,) = (piece for piece in candidates if isinstance(piece, Table))
    return table


def test_features_are_sorted_by_importance_and_have_intervals() -> None:
    table = only_table(importance_pieces(explained().importance, CONTEST, SPAN, "gbt", "Here"))
    assert table.columns == ("Feature", "auc lost if shuffled", "Share of the trees' gain")
    assert table.groups[0].lines == (
        Line("premise", (Cell("0.1100", "0.1060 to 0.1140"), Cell("0.600"))),
        Line("hour", (Cell("0.0200", "0.0160 to 0.0240"), Cell("–"))),
    )


def test_errors_by_group_leave_out_small_groups_and_count_them() -> None:
    group_pieces = fairness_pieces(explained().fairness, CONTEST, SPAN, "gbt", "Here")
    assert group_pieces[0] == Text(READING)
    table = only_table(group_pieces)
    assert table.columns == ("Group", "Rows", "Share with the outcome", "Mean prediction minus that share")
    assert table.groups[0].lines == (
        Line("010", (Cell("100"), Cell("40.0 %", "39.0 % to 41.0 %"), Cell("−1.3 %", "−2.3 % to −0.3 %"))),
        Line("Not recorded", (Cell("30"), Cell("20.0 %", "19.0 % to 21.0 %"), Cell("–"))),
    )
    assert table.note == "Groups with fewer than 20 rows are left out: 2 (17 rows)."


def test_names_of_groups_are_explained() -> None:
    rows = [
        of_group(name, "base_rate", 0.4, attribute=f"victim_{attribute}")
        for attribute, name in (("descent", "A"), ("sex", "F"))
    ]
    sex, descent = (
        piece.note for piece in fairness_pieces(rows, CONTEST, SPAN, "gbt", "Here") if isinstance(piece, Table)
    )
    for text in (
        "B: Black; H: Hispanic, Latin or Mexican; W: White; A: Other Asian, Chinese,",
        "never for an offender",
    ):
        assert text in descent
    assert sex == "F: Female; M: Male. Recorded for the victim, never for an offender."


@pytest.mark.parametrize(
    ("features", "sentence"), [(15, ""), (16, "15 of 16 features are shown; the others are in gold/")]
)
def test_note_counts_the_features_that_are_not_shown(features: int, sentence: str) -> None:
    names = [f"feature_{index}" for index in range(features)]
    drift = [drifted("label", 0.001, subject="label"), *(drifted(name, 0.1) for name in names)]
    importance = [important(name, 0.01) for name in names]
    for pieces_, more in (
        (drift_pieces(drift, CONTEST, SPAN, "Here"), 1),
        (importance_pieces(importance, CONTEST, SPAN, "gbt", "Here"), 0),
    ):
        table = only_table(pieces_)
        assert len(table.groups[0].lines) == 15 + more
        assert (sentence or "features are shown") in table.note or not sentence
        assert ("features are shown" in table.note) == bool(sentence)


def test_negative_value_that_rounds_to_zero_has_no_sign() -> None:
    table = only_table(importance_pieces([important("hour", -0.00001)], CONTEST, SPAN, "gbt", "Here"))
    assert table.groups[0].lines[0].cells[0].text == "0.0000"


def test_rates_within_an_offense_group_are_not_shown() -> None:
    rows: Rows = [of_group("010", "base_rate", 1.0, within="theft")]
    assert isinstance(fairness_pieces(rows, CONTEST, SPAN, "gbt", "Here")[0], Missing)


def test_drift_shows_the_label_before_the_features_and_changes_by_learner() -> None:
    shift, ages = drift_pieces(explained().drift, CONTEST, SPAN, "Here")
    assert isinstance(shift, Table)
    assert isinstance(ages, Table)
    assert [(line.head, line.cells[0].text) for line in shift.groups[0].lines] == [
        ("label", "0.003"),
        ("premise", "0.300"),
    ]
    assert (ages.columns, ages.groups[0].lines) == (("Learner", "3 years"), (Line("gbt", (Cell("−0.010"),)),))


@pytest.mark.parametrize("learner", ["poisson", "class_prior"])
def test_results_of_other_models_are_not_shown(learner: str) -> None:
    material = explained()
    for result in (
        importance_pieces(material.importance, CONTEST, SPAN, learner, "Here"),
        fairness_pieces(material.fairness, CONTEST, SPAN, learner, "Here"),
    ):
        assert len(result) == 1
        assert isinstance(result[0], Missing)
        assert "jobs/explain.py" in result[0].text


def test_card_of_an_explained_task_is_complete() -> None:
    sections = card_sections(explained(), CHICAGO, SERIOUS)
    assert missing(sections) == []
    assert [section.id for section in sections] == ["model", "use", "out-of-scope", "data", "results", "limits"]


def test_card_of_an_empty_lake_names_the_stages_to_run() -> None:
    notices = missing(card_sections(Material((CHICAGO,)), CHICAGO, SERIOUS))
    assert ["ingest" in notices[0], "train" in notices[1], len(notices)] == [True, True, 2]


def test_card_without_explanations_names_the_job_to_run() -> None:
    notices = missing(card_sections(full_material(), CHICAGO, SERIOUS))
    assert len(notices) == 3
    assert all("jobs/explain.py" in notice for notice in notices)


def test_card_lists_the_features_and_marks_proxies() -> None:
    material = replace(
        full_material(), cells=[cell("gbt"), cell("gbt", task="arrest"), cell("poisson", city="los_angeles")]
    )
    first = card_sections(material, CHICAGO, SERIOUS)[0]
    assert any(isinstance(piece, Text) and piece.text.endswith("Fitted learners: gbt.") for piece in first.pieces)
    table = only_table(list(first.pieces))
    marks = {line.head: line.cells[1].text for line in table.groups[0].lines}
    assert marks["area"] == "stands in for who lives there"
    assert marks["block_odds"] == "stands in for who lives there"
    assert marks["premise_hour_minute_odds"] == "–"
    assert marks["hour"] == "–"
    assert set(marks) == {feature.name for feature in SERIOUS.inputs("fair")}


def test_datasheet_has_all_sections_and_marks_columns() -> None:
    sections = datasheet_sections(full_material(), LOS_ANGELES)
    assert [section.id for section in sections] == [
        *("motivation", "composition", "reading", "accounting", "quality", "events", "uses", "maintenance")
    ]
    table = only_table(list(sections[1].pieces))
    lines = {line.head: [cell.text for cell in line.cells] for line in table.groups[0].lines}
    assert lines["victim_age"][1] == "describes the victim"
    assert lines["arrest"][1] == "known only afterwards"
    assert table.words
    assert missing((sections[4],)) == ["The quality of the data has not been measured. Run the ingest stage."]


def test_datasheet_lists_crossed_limits() -> None:
    usual = {"city": "chicago", "limit": "late_rows", "per": "year", "scope": "2016", "remark": None, "value": 0.123}
    rows = [{**usual, "crossed": True}, {**usual, "limit": "other", "crossed": False}]
    rows += [{**usual, "limit": CHICAGO.limits[0].name, "per": "city", "scope": "all", "value": 1e5, "crossed": True}]
    quality = datasheet_sections(replace(full_material(), quality=rows), CHICAGO)[4]
    table = only_table(list(quality.pieces))
    assert table.words
    assert [(line.head, *(cell.text for cell in line.cells)) for line in table.groups[0].lines] == [
        ("Late rows", "–", "year 2016", "0.123", ""),
        ("Share quarantined", CHICAGO.limits[0].what, "the whole city", "100,000", ""),
    ]
    without_crossed = datasheet_sections(replace(full_material(), quality=rows[1:2]), CHICAGO)[4]
    assert without_crossed.pieces == (Text("No limit that is declared for the city is crossed."),)


def test_every_card_is_well_formed_and_self_contained() -> None:
    pages = card_pages(every_kind(), NOW)
    private = [task.name for task in TASKS if not task.publishable]
    assert private
    assert set(pages) == {
        f"{city.name}-{name}"
        for city in (CHICAGO, LOS_ANGELES)
        for name in ("data", *(task.name for task in TASKS if task.publishable))
    }
    for text in pages.values():
        outline = Outline()
        outline.feed(text)
        outline.close()
        assert len(set(outline.ids)) == len(outline.ids)
        assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
        assert outline.resources == []
        assert re.findall(r"(?:src|href)=\"(?!#)", text) == []
    hostile = pages["los_angeles-data"]
    assert "<script>" not in hostile
    assert "&lt;script&gt;" in hostile


def test_datasheet_has_the_notes_and_events_of_the_city() -> None:
    text = card_pages(full_material(), NOW)["los_angeles-data"]
    for words in ("63jg-8b9z", "Default times.", "hundred block", "never filled in", "NIBRS break, from 2024-03-07 on"):
        assert words in text
    assert "A: Other Asian; B: Black;" not in text
    recorded = statistic(MISSING_VALUES, 0.1, None, ("victim_descent",), SHARE_NULL, "los_angeles")
    material = replace(full_material(), statistics=[*full_material().statistics, recorded])
    assert "A: Other Asian; B: Black;" in card_pages(material, NOW)["los_angeles-data"]


def test_pages_refer_to_docs_only_as_docs_of_the_project() -> None:
    for name, text in card_pages(every_kind(), NOW).items():
        assert not re.search(r"(?<!the project's )docs/", text), name
    assert all("docs/" not in limit.remark.replace("the project's docs/", "") for limit in CHICAGO.limits)


def test_every_card_has_a_title() -> None:
    titles, pages = card_titles(every_kind()), card_pages(every_kind(), NOW)
    assert list(titles) == list(pages)
    for name, text in pages.items():
        assert f"<h1>{titles[name]}</h1>" in text
    assert card_titles(Material((CHICAGO,))) == {"chicago-data": "Datasheet: Chicago"}


def test_cards_make_no_claims_about_bias_or_discrimination() -> None:
    words = re.compile(r"\b(biased|bias (against|of)|discriminat|racis|fair to)\b", re.IGNORECASE)
    assert words.search("a model biased against some")
    for name, text in card_pages(replace(every_kind(), fairness=explained().fairness), NOW).items():
        assert not words.search(text), name
        if not name.endswith("-data"):
            assert "No decisions about persons." in text
