"""Footnotes on years whose values are not comparable: marks next to the years and lines below the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.evaluation.events import INCOMPLETE_LAST_YEAR, NO_PAST_IN_FIRST_YEAR
from crime_spark.reporting.contests import Span
from crime_spark.reporting.formats import readable

# Events that evaluation derives from the data; all other events are declared by the city.
DERIVED_EVENTS: Mapping[str, str] = {
    INCOMPLETE_LAST_YEAR: "The data ends before the test year does. Its value is not comparable with those of complete "
    "years.",
    NO_PAST_IN_FIRST_YEAR: "Training begins with the first year of the data. The past that features use is short or "
    "empty in that year, so values are not fully comparable with those of later years.",
}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Footnotes:
    """The footnotes of a table.

    Attributes:
        marks: the marks of each span; empty for a span without events.
        lines: one line for each mark.
    """

    marks: Mapping[Span, str]
    lines: tuple[str, ...]

    def marked(self, text: str, span: Span) -> str:
        """The text, followed by the marks of the span."""
        mark = self.marks.get(span, "")
        return f"{text}\N{NO-BREAK SPACE}{mark}" if mark else text


def footnotes(events: Mapping[Span, Sequence[str]], spans: Sequence[Span], city: City) -> Footnotes:
    """Footnotes for the events of the spans shown.

    Args:
        events: names of events by span.
        spans: the spans shown; events are numbered in the order of their first appearance.
        city: the city that declares the events.
    """
    names = list(dict.fromkeys(name for span in spans for name in events.get(span, ())))
    numbers = {name: str(number).translate(_SUPERSCRIPTS) for number, name in enumerate(names, start=1)}
    marks = {span: "\N{NO-BREAK SPACE}".join(numbers[name] for name in events.get(span, ())) for span in spans}
    return Footnotes(marks, tuple(f"{numbers[name]} {_description(name, city)}" for name in names))


def _description(name: str, city: City) -> str:
    if name in DERIVED_EVENTS:
        return DERIVED_EVENTS[name]
    declared = next((event for event in city.events if event.name == name), None)
    if declared is None:
        return f"{readable(name)}: do not compare values across this event."
    when = f"from {declared.first} " + (f"to {declared.last}" if declared.last else "on")
    return f"{readable(name)}, {when}: {declared.what}. Do not compare values across this event."
