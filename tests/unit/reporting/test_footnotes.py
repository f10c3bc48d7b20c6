"""Marks beside years that must not be compared."""

from __future__ import annotations

from crime_spark.reporting.contests import Span
from crime_spark.reporting.footnotes import footnotes
from tests.unit.reporting.records import LOS_ANGELES

BEFORE, DURING, AFTER = Span(2017, 2018, 2017), Span(2019, 2020, 2019), Span(2023, 2024, 2023)
EVENTS = {BEFORE: (), DURING: ("pandemic",), AFTER: ("nibrs_break", "incomplete_last_year")}


def test_events_are_numbered_as_they_are_met_and_said_in_the_citys_own_words() -> None:
    found = footnotes(EVENTS, [BEFORE, DURING, AFTER], LOS_ANGELES)
    assert found.marked("a", BEFORE) == "a"
    assert found.marked("a", DURING) == "a\N{NO-BREAK SPACE}¹"
    assert found.marked("a", AFTER) == "a\N{NO-BREAK SPACE}²\N{NO-BREAK SPACE}³"
    pandemic, nibrs, incomplete = found.lines
    assert pandemic.startswith("¹ Pandemic, from 2020-03-19 to 2021-06-15: people stayed at home")
    assert pandemic.endswith("Values are not comparable across it.")
    assert nibrs.startswith(
        "² NIBRS break, from 2024-03-07 on: from that day on the department moved, bureau by bureau"
    )
    assert incomplete.startswith("³ The data ends before the year scored does")


def test_only_events_of_the_years_shown_are_said() -> None:
    assert footnotes(EVENTS, [BEFORE], LOS_ANGELES).lines == ()


def test_an_event_that_is_not_declared_any_more_is_named() -> None:
    (line,) = footnotes({DURING: ("great_flood",)}, [DURING], LOS_ANGELES).lines
    assert line == "¹ Great flood: values are not comparable across it."
