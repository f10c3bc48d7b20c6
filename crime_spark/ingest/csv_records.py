"""Lines of a CSV file to records, exactly as Python's csv module reads them, with damage kept apart."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from crime_spark.errors import InputError

# A quote open for longer than this is damage: without a limit one stray quote swallows the rest of a file.
MOST_LINES = 100


class OpenEndError(Exception):
    """A record goes on behind the lines at hand; raised by `next_record` and caught by who has split a file."""


class Record(NamedTuple):
    """One record: its fields, or None if it is damaged, and its text without the line end."""

    fields: list[str] | None
    text: str


def next_record(lines: Iterable[str], last: bool = True) -> tuple[Record | None, int]:
    """The record that begins with the first of lines, as csv.reader(strict=False) reads it, and how many lines it has.

    Only as many lines as it has are taken. The record is None for a blank line. A quote still open after MOST_LINES
    lines or at the end of lines is damage: a record of the first line alone, its fields None.

    Raises:
        OpenEndError: lines end within the record, and they are not the file's last.
    """
    csv.field_size_limit(sys.maxsize)
    taken: list[str] = []
    exhausted = False

    def feed() -> Iterator[str]:
        nonlocal exhausted
        for line in islice(lines, MOST_LINES):
            taken.append(line)
            yield line
        exhausted = True

    try:
        fields = next(csv.reader(feed()))
    except csv.Error:
        return Record(None, taken[0].rstrip("\r\n")), 1
    if not exhausted:
        return (Record(fields, "".join(taken).rstrip("\r\n")) if fields else None), len(taken)
    if not last and len(taken) < MOST_LINES:
        raise OpenEndError
    return Record(None, taken[0].rstrip("\r\n")), 1


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of lines (each with its line end), one `next_record` after the other; blank lines are none."""
    source = iter(lines)
    held: deque[str] = deque()

    def ahead() -> Iterator[str]:
        yield from held
        for line in source:
            held.append(line)
            yield line

    while held or next(ahead(), None) is not None:
        record, took = next_record(ahead())
        for _ in range(took):
            held.popleft()
        if record is not None:
            yield record


def header_cells(found: Iterator[Record]) -> list[str]:
    """The cells of the first record that holds more than blanks; found then goes on behind it.

    Raises:
        InputError: there is no such record, or it is damaged.
    """
    for record in found:
        if record.fields is None:
            raise InputError("its header line has a quote that is never closed; export the file again")
        cells = [cell.lstrip("\ufeff") for cell in record.fields]
        if any(cell.strip() for cell in cells):
            return cells
    raise InputError("the file is empty; an export without incidents still has its header line")


def decoded(line: bytes) -> str:
    """The text of a line: UTF-8, or else Latin-1, in which every byte is a character."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def physical_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends as a file opened with newline='' gives them, from bytes split at line feeds only."""
    for chunk in chunks:
        line, start = chunk + b"\n", 0
        while (at := line.find(b"\r", start)) != -1:
            end = at + 2 if line[at + 1 : at + 2] == b"\n" else at + 1
            yield line[start:end]
            start = end
        if start < len(line):
            yield line[start:]
