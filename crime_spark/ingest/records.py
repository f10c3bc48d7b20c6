"""Lines of a CSV file to records, exactly as Python's csv module reads them, with damage kept apart."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A quote open for longer than this is damage: without a limit one stray quote swallows the rest of a file.
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or None if it is damaged, and its text without the line end."""

    fields: list[str] | None
    text: str


class _OpenQuote(Exception):
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
                raise _OpenQuote
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
        except (_OpenQuote, csv.Error):
            pass
        if pending:
            yield Record(None, pending[0].rstrip("\r\n"))
            again.extendleft(reversed(pending[1:]))
            pending.clear()


def decoded(line: bytes) -> str:
    """The text of a line: UTF-8, or else Latin-1, in which every byte is a character."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def physical_lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends as a file opened with newline='' gives them, from text split at line feeds only."""
    for chunk in chunks:
        if "\r" in chunk and "\r" in chunk[:-1]:
            yield from _split_at_returns(chunk + "\n")
        else:
            yield chunk + "\n"


def _split_at_returns(line: str) -> Iterator[str]:
    start = 0
    while (at := line.find("\r", start)) != -1:
        end = at + 2 if line[at + 1 : at + 2] == "\n" else at + 1
        yield line[start:end]
        start = end
    if start < len(line):
        yield line[start:]
