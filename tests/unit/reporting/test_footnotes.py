"""Footnotes on years that are not comparable."""

from __future__ import annotations

from crime_spark.reporting.contests import Span
from crime_spark.reporting.footnotes import footnotes
from tests.unit.reporting.records import LOS_ANGELES

BEFORE, DURING, AFTER = Span(2017, 2018, 2017), Span(2019, 2020, 2019), Span(2023, 2024, 2023)
EVENTS = {BEFORE: (), DURING: ("pandemic",), AFTER: ("nibrs_break", "incomplete_last_year")}


def test_events_are_numbered_by_first_appearance_and_described_by_the_city() -> None:
    notes = footnotes(EVENTS, [BEFORE, DURING, AFTER], LOS_ANGELES)
    assert notes.marked("a", BEFORE) == "a"
    assert notes.marked("a", DURING) == "a\N{NO-BREAK SPACE}¹"
    assert notes.marked("a", AFTER) == "a\N{NO-BREAK SPACE}²\N{NO-BREAK SPACE}³"
    pandemic, nibrs, incomplete = notes.lines
    assert pandemic.startswith("¹ Pandemic, from 2020-03-19 to 2021-06-15: people stayed at home")
    assert pandemic.endswith("Do not compare values across this event.")
    assert nibrs.startswith(
        "² NIBRS break, from 2024-03-07 on: from that day on the department moved, bureau by bureau"
    )
    assert incomplete.startswith("³ The data ends before the test year does")


def test_only_events_of_the_spans_shown_have_footnotes() -> None:
    assert footnotes(EVENTS, [BEFORE], LOS_ANGELES).lines == ()


def test_undeclared_event_has_a_footnote_with_its_name() -> None:
    (line,) = footnotes({DURING: ("great_flood",)}, [DURING], LOS_ANGELES).lines
    assert line == "¹ Great flood: do not compare values across this event."
