"""From lines of a CSV file to records as Python's csv module reads them, with damaged records marked."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from crime_spark.errors import InputError

# A quote that is open for more lines is damage. Without a limit, a stray quote would swallow the rest of a file.
MOST_LINES = 100


class OpenEndError(Exception):
    """A record continues after the given lines; raised by `next_record` for parts of a file."""


class Record(NamedTuple):
    """A record.

    Attributes:
        fields: its fields; None if it is damaged.
        text: its text without the line end.
    """

    fields: list[str] | None
    text: str


def next_record(lines: Iterable[str], last: bool = True) -> tuple[Record | None, int]:
    """Read the record that starts with the first line, as csv.reader(strict=False) does.

    Only the lines of the record are consumed. A quote that is open after MOST_LINES lines or at the end of the file is
    damage; the record is then the first line without fields.

    Args:
        lines: the lines.
        last: they are the last lines of the file.

    Returns:
        The record, None for a blank line, and its number of lines.

    Raises:
        OpenEndError: the record continues after the lines, and they are not the last.
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
    """Yield the records of lines with line ends; blank lines are skipped."""
    source = iter(lines)
    pending: deque[str] = deque()

    def ahead() -> Iterator[str]:
        yield from pending
        for line in source:
            pending.append(line)
            yield line

    while pending or next(ahead(), None) is not None:
        record, count = next_record(ahead())
        for _ in range(count):
            pending.popleft()
        if record is not None:
            yield record


def header_cells(source: Iterator[Record]) -> list[str]:
    """The cells of the first record that is not blank; the source is consumed up to it.

    Raises:
        InputError: all records are blank, or the first one is damaged.
    """
    for record in source:
        if record.fields is None:
            raise InputError("its header has an unclosed quote; export the file again")
        cells = [cell.lstrip("\ufeff") for cell in record.fields]
        if any(cell.strip() for cell in cells):
            return cells
    raise InputError("the file is empty, without a header; export the file again")


def decoded(line: bytes) -> str:
    """The text of a line in UTF-8, or otherwise in Latin-1, where every byte is a character."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def physical_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends, as a file opened with newline='', from bytes split at line feeds only."""
    for chunk in chunks:
        line, start = chunk + b"\n", 0
        while (position := line.find(b"\r", start)) != -1:
            end = position + 2 if line[position + 1 : position + 2] == b"\n" else position + 1
            yield line[start:end]
            start = end
        if start < len(line):
            yield line[start:]
