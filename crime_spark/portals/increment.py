"""Fetching the changes of a data set since a time, page by page; pages on disk are not requested again.

A page starts after the last `:id` of the previous page instead of at an offset, so that revised, new and deleted rows
do not shift other rows between pages. A row that is revised after its page was fetched is part of the next increment.
`:id` values are compared only by the portal, because their order differs from that of their text.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from crime_spark.errors import PortalError
from crime_spark.portals.body import BrokenBodyError, packed, whole_records
from crime_spark.portals.export import Whole
from crime_spark.portals.manifest import Manifest, parse_time, time_text, write_json
from crime_spark.portals.socrata import Socrata, described
from crime_spark.portals.source import Source, changes, check_header
from crime_spark.progress import Progress

ROW_ID = ":id"
_SELECT = f"{ROW_ID}, *"
_STATE = "window.json"


@dataclass
class _Window:
    """The state of an increment, stored next to its pages."""

    since: str
    as_of: str
    expected: int
    columns: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)  # rows by page
    last: str | None = None

    @property
    def where(self) -> str:
        return f":updated_at > '{self.since}'"

    @property
    def rows(self) -> int:
        return sum(self.pages)


class _ChangedHeaderError(PortalError):
    """The columns of a page differ from those of the previous page."""


def fetch_increment(
    portal: Socrata, source: Source, before: Manifest, since: str, page_rows: int, work: Path, progress: Progress
) -> Whole | None:
    """Fetch rows that changed after `since` into a file in the folder `work`.

    Pages of an interrupted fetch of the same window are used; other pages are removed.

    Args:
        portal: the client.
        source: the data set.
        before: manifest of the previous fetch.
        since: start of the window.
        page_rows: rows of a page.
        work: folder for pages.
        progress: where messages go.

    Returns:
        The data; None if the portal has no changes since `before`.

    Raises:
        PortalError: the increment is incomplete; usable pages are kept for the next fetch.
    """
    why = ""
    for _ in range(2):
        window = _resumed(work, since, source, progress) or _opened(portal, source, before, since, work)
        if window is None:
            return None
        try:
            _get_pages(portal, source, window, page_rows, work, progress)
        except _ChangedHeaderError as changed:
            why = f"the portal's columns changed between two pages: {changed}"
        else:
            # Only deleted rows leave the window.
            if window.rows >= window.expected or window.rows >= portal.count(source, window.where).rows:
                return _joined(window, source, before, work)
            why = f"{window.rows:,} changed rows came, the portal counts {window.expected:,}"
        _empty(work)
        progress.say(f"fetch: {source}: {why}; starting over")
    raise PortalError(f"{why}, also after starting again; try later")


def _opened(portal: Socrata, source: Source, before: Manifest, since: str, work: Path) -> _Window | None:
    """A new window without pages. The time of the first answer is the as-of time of the increment."""
    window = _Window(since, "", 0)
    counted = portal.count(source, window.where)
    window.as_of, window.expected = time_text(counted.as_of), counted.rows
    if window.as_of <= before.as_of:
        return None
    _empty(work)
    write_json(work / _STATE, asdict(window), work)
    return window


def _resumed(work: Path, since: str, source: Source, progress: Progress) -> _Window | None:
    try:
        window = _Window(**json.loads((work / _STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if window.since != since:
        return None
    if window.pages:
        progress.say(f"fetch: {source}: continuing after {len(window.pages)} pages of an interrupted fetch")
    return window


def _get_pages(
    portal: Socrata, source: Source, window: _Window, page_rows: int, work: Path, progress: Progress
) -> None:
    """Fetch pages until an empty one, because a short page may have been cut off between records."""
    while window.expected:
        columns, rows, last = portal.again(source, partial(_get_page, portal, source, window, page_rows, work))
        if window.columns and columns != window.columns:
            raise _ChangedHeaderError(changes(window.columns, columns) or "their order")
        window.columns = columns
        if not rows:
            return
        if last == window.last:
            raise PortalError(f"the portal repeats the rows up to {ROW_ID} {last}; paging does not work there")
        window.pages, window.last = [*window.pages, rows], last
        write_json(work / _STATE, asdict(window), work)
        progress.say(
            f"fetch: {source}: page {len(window.pages)}, {window.rows:,} of {window.expected:,} changed rows or more"
        )


def _get_page(
    portal: Socrata, source: Source, window: _Window, page_rows: int, work: Path
) -> tuple[list[str], int, str | None]:
    """Fetch a page into a file without row ids, and return its columns, number of rows and last row id."""
    behind = "" if window.last is None else f" AND {ROW_ID} > '{window.last.replace(chr(39), chr(39) * 2)}'"
    query = {"$select": _SELECT, "$where": window.where + behind, "$order": ROW_ID, "$limit": str(page_rows)}
    rows, last = 0, None
    with (
        portal.csv(source, f"/resource/{source.dataset}.csv", query) as answer,
        packed(_page(work, len(window.pages))) as out,
        _writer(out) as writer,
    ):
        records = whole_records(answer.lines)
        header, _ = next(records)
        columns = list(header)
        if ROW_ID not in columns:
            raise PortalError(f"the page has no column {ROW_ID}: {', '.join(columns)[:500]}")
        position = columns.index(ROW_ID)
        del columns[position]
        check_header(source, columns)
        for fields, _ in records:
            if not fields:
                continue
            if len(fields) != len(header):
                raise BrokenBodyError(f"a record of a page has {len(fields)} fields instead of {len(header)}")
            last = fields.pop(position)
            writer.writerow(fields)
            rows += 1
    return columns, rows, last


def _joined(window: _Window, source: Source, before: Manifest, work: Path) -> Whole:
    """Join all pages in a file with one header."""
    columns: Sequence[str] = window.columns or before.columns  # without changes there are no pages
    file = work / "increment.csv.gz"
    with packed(file) as out:
        with _writer(out) as writer:
            writer.writerow(columns)
        for number in range(len(window.pages)):
            with gzip.open(_page(work, number)) as page:
                shutil.copyfileobj(page, out, 1 << 20)
    query = {"$select": _SELECT, "$where": window.where, "$order": ROW_ID}
    query_text = described(f"/resource/{source.dataset}.csv", query)
    return Whole(file, query_text, tuple(columns), window.rows, len(window.pages), parse_time(window.as_of))


@contextmanager
def _writer(out: BinaryIO) -> Iterator[Any]:
    """A csv writer for a binary stream, which is not closed."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    try:
        yield csv.writer(text, lineterminator="\n")
    finally:
        text.detach()


def _page(work: Path, number: int) -> Path:
    return work / f"page_{number:05}.csv.gz"


def _empty(work: Path) -> None:
    shutil.rmtree(work)
    work.mkdir()
