"""Lines of a CSV file to records, exactly as Python's csv module reads them, with damage kept apart."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crime_spark.errors import InputError

# A quote open for longer than this is damage: without a limit one stray quote swallows the rest of a file.
MOST_LINES = 100


class Record(NamedTuple):
    """One record: its fields, or None if it is damaged, and its text without the line end."""

    fields: list[str] | None
    text: str


class _OpenQuoteError(Exception):
    """Out of the line source, through csv.reader: the record under way has too many lines."""


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of lines (each with its line end) as csv.reader(strict=False) reads them; blank lines are none.

    A quote still open after MOST_LINES lines or at the end is damage: the first line is a record with fields None and
    reading resumes on the next line.
    """
    csv.field_size_limit(sys.maxsize)
    source = iter(lines)
    again: deque[str] = deque()
    pending: list[str] = []
    ended = False

    def feed() -> Iterator[str]:
        nonlocal ended
        while True:
            if again:
                line = again.popleft()
            else:
                try:
                    line = next(source)
                except StopIteration:
                    ended = True
                    return
            if len(pending) == MOST_LINES:
                again.appendleft(line)
                raise _OpenQuoteError
            pending.append(line)
            yield line

    while not ended or again:
        ended = False
        try:
            for fields in csv.reader(feed()):
                if ended:
                    break
                if fields:
                    text = pending[0] if len(pending) == 1 else "".join(pending)
                    yield Record(fields, text.rstrip("\r\n"))
                pending.clear()
        except (_OpenQuoteError, csv.Error):
            pass
        if pending:
            yield Record(None, pending[0].rstrip("\r\n"))
            again.extendleft(reversed(pending[1:]))
            pending.clear()


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


def physical_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines with their ends as a file opened with newline='' gives them, from bytes split at line feeds only."""
    for chunk in chunks:
        if b"\r" in chunk and b"\r" in chunk[:-1]:
            yield from map(decoded, _split_at_returns(chunk + b"\n"))
        else:
            yield decoded(chunk) + "\n"


def _split_at_returns(line: bytes) -> Iterator[bytes]:
    start = 0
    while (at := line.find(b"\r", start)) != -1:
        end = at + 2 if line[at + 1 : at + 2] == b"\n" else at + 1
        yield line[start:end]
        start = end
    if start < len(line):
        yield line[start:]
