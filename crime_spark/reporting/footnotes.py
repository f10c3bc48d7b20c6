"""What stands against comparing some years' values with others', as marks beside the years and notes below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crime_spark.cities.city import City
from crime_spark.evaluation.events import INCOMPLETE_LAST_YEAR, NO_PAST_IN_FIRST_YEAR
from crime_spark.reporting.contests import Span
from crime_spark.reporting.formats import spelled

FOUND: Mapping[str, str] = {
    INCOMPLETE_LAST_YEAR: "The data ends before the year scored does: its value is not comparable with those of "
    "whole years.",
    NO_PAST_IN_FIRST_YEAR: "Training begins with the first year of the data, so that the past that features look "
    "back to is short or empty in it: values are not quite comparable with those of later years.",
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Footnotes:
    """marks are by span, empty where there is nothing to say; lines explain each mark once."""

    marks: Mapping[Span, str]
    lines: tuple[str, ...]

    def marked(self, text: str, span: Span) -> str:
        """The text and the span's marks."""
        mark = self.marks.get(span, "")
        return f"{text}\N{NO-BREAK SPACE}{mark}" if mark else text


def footnotes(events: Mapping[Span, Sequence[str]], spans: Sequence[Span], city: City) -> Footnotes:
    """Of the spans shown, numbered in the order in which they meet an event."""
    names = list(dict.fromkeys(name for span in spans for name in events.get(span, ())))
    numbers = {name: str(at).translate(_RAISED) for at, name in enumerate(names, start=1)}
    marks = {span: "\N{NO-BREAK SPACE}".join(numbers[name] for name in events.get(span, ())) for span in spans}
    return Footnotes(marks, tuple(f"{numbers[name]} {_words(name, city)}" for name in names))


def _words(name: str, city: City) -> str:
    if name in FOUND:
        return FOUND[name]
    declared = next((event for event in city.events if event.name == name), None)
    if declared is None:
        return f"{spelled(name)}: values are not comparable across it."
    when = f"from {declared.first} " + (f"to {declared.last}" if declared.last else "on")
    return f"{spelled(name)}, {when}: {declared.what}. Values are not comparable across it."
