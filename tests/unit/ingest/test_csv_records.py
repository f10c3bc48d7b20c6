"""records() reads as csv.reader does, and keeps damage to one line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crime_spark.errors import InputError
from crime_spark.ingest.csv_records import MOST_LINES, Record, decoded, header_cells, physical_lines, records

# What CSV is made of, each piece as likely as any other; two pieces more often than chance would make them meet.
PIECES = ("a", "7", " ", ",", '"', '""', "\n", "\r\n", "\r", "é", "\x00", "\ufeff", "\\", "'", '","', '\n"', '",\n')
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
raw = st.lists(st.sampled_from([*(p.encode() for p in PIECES), b"\xe9", b"\xff\xfe"]), max_size=60).map(b"".join)


def split_at_line_feeds(content: bytes) -> list[bytes]:
    """As Spark's text source does: without the line feeds, and nothing after a final one."""
    return content.removesuffix(b"\n").split(b"\n") if content else []


def lines_of(text: str) -> list[str]:
    """As `open(newline='')` does."""
    return list(io.StringIO(text, newline=""))


def by_the_rule(lines: list[str]) -> Iterator[list[str] | None]:
    """The rule written plainly: take a record; if its quote stays open for too long or to the end, refuse one line."""
    while lines:
        reader = csv.reader(lines[: MOST_LINES + 1])
        fields = next(reader)
        took = reader.line_num
        with_more = csv.reader([*lines[:took], "x"])
        next(with_more)
        if took > MOST_LINES or with_more.line_num > took:
            yield None
            took = 1
        elif fields:
            yield fields
        lines = lines[took:]


@given(texts)
@example('a,"b\n')
@example('"\n"\n"')
@example('"a\r\rb",""""\n\n\r\n')
@settings(max_examples=400, deadline=None)
def test_reads_as_the_rule_says(text):
    lines = lines_of(text)
    assert [record.fields for record in records(lines)] == list(by_the_rule(lines))


@given(texts)
@settings(max_examples=400, deadline=None)
def test_reads_as_csv_does_where_nothing_is_damaged(text):
    result = list(records(lines_of(text)))
    if all(record.fields is not None for record in result):
        assert [record.fields for record in result] == [row for row in csv.reader(lines_of(text)) if row]


@given(texts)
@settings(max_examples=200, deadline=None)
def test_texts_are_the_lines_but_for_line_ends(text):
    kept = "".join(record.text for record in records(lines_of(text)))
    assert [c for c in kept if c not in "\r\n"] == [c for c in text if c not in "\r\n"]


@given(raw)
@settings(max_examples=300, deadline=None)
def test_physical_lines_are_those_of_an_opened_file(content):
    ended = content + (b"\n" if content and not content.endswith(b"\n") else b"")
    opened = io.TextIOWrapper(io.BytesIO(ended), encoding="latin-1", newline="")
    expected = [line.encode("latin-1") for line in opened]
    assert list(physical_lines(split_at_line_feeds(content))) == expected


@given(st.binary(max_size=20))
def test_decoded_as_utf_8_where_it_is_that_else_latin_1(line):
    try:
        expected = line.decode("utf-8")
    except UnicodeDecodeError:
        expected = "".join(map(chr, line))
    assert decoded(line) == expected


def test_a_line_in_latin_1_leaves_its_neighbours_alone():
    lines = physical_lines(["é".encode() + b"\r" + "é".encode("latin-1")])
    assert list(map(decoded, lines)) == ["é\r", "é\n"]


@pytest.mark.parametrize("lines", [2, MOST_LINES])
def test_a_quote_may_stay_open_for_many_lines(lines):
    text = '1,"' + "x\n" * (lines - 1) + '"\n2,b\n'
    assert list(records(lines_of(text))) == [
        Record(["1", "x\n" * (lines - 1)], text.removesuffix("\n2,b\n")),
        Record(["2", "b"], "2,b"),
    ]


def test_a_quote_open_for_too_long_costs_its_line_alone():
    lines = ['1,"a\r\n', *(f"{n},b\r\n" for n in range(2, MOST_LINES + 2)), '0,"c"\r\n']
    expected = [Record(None, '1,"a'), *(Record([str(n), "b"], f"{n},b") for n in range(2, MOST_LINES + 2))]
    assert list(records(lines)) == [*expected, Record(["0", "c"], '0,"c"')]


def test_a_quote_open_at_the_end_costs_its_line_alone():
    assert list(records(lines_of('1,a\n2,"b\n3,c\n\n4,d'))) == [
        Record(["1", "a"], "1,a"),
        Record(None, '2,"b'),
        Record(["3", "c"], "3,c"),
        Record(["4", "d"], "4,d"),
    ]


def test_nothing_is_taken_from_the_source_before_it_is_needed():
    taken = []
    lines = (taken.append(line) or line for line in ["a\n", "b\n", "c\n"])
    assert next(records(lines)) == Record(["a"], "a")
    assert taken == ["a\n"]


def test_header_is_the_first_record_with_anything_in_it():
    result = records(['"ID","Case\n', 'Number"\n', "1,2\n"])
    assert header_cells(result) == ["ID", "Case\nNumber"]
    assert next(result) == Record(["1", "2"], "1,2")


def test_blank_records_before_the_header_are_passed_over():
    result = records(["\n", " \n", ",,\n", "ID, Date\n", " \n"])
    assert header_cells(result) == ["ID", " Date"]
    assert next(result) == Record([" "], " ")


@pytest.mark.parametrize(
    ("text", "message"), [("", "empty"), ("\n \n,\n", "empty"), ('ID,"Date\n1,2\n', "unclosed quote")]
)
def test_a_file_without_a_whole_header_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        header_cells(records(lines_of(text)))
