"""What changed in a dataset since a time, page by page; pages that are on disk are not asked for again.

A page begins behind the last `:id` of the one before, not at an offset: a row that is revised, comes or goes meanwhile
moves no other row to another page. A row revised behind that point is in the next increment's window. `:id` values
are compared by the portal alone: what they show is not what they are ordered by.
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
    """How far an increment has come; kept beside its pages."""

    since: str
    as_of: str
    expected: int
    columns: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)  # rows of each
    last: str | None = None

    @property
    def where(self) -> str:
        return f":updated_at > '{self.since}'"

    @property
    def rows(self) -> int:
        return sum(self.pages)


class _ChangedHeaderError(PortalError):
    """The columns of a page are not those of the page before."""


def fetch_increment(
    portal: Socrata, source: Source, before: Manifest, since: str, page_rows: int, work: Path, progress: Progress
) -> Whole | None:
    """Rows changed after `since`, in a file in the folder `work`; None if the portal has nothing newer than `before`.

    The folder may hold pages of the same window from a fetch that was interrupted; those of another are removed.

    Raises:
        PortalError: it does not come whole; its pages stay for the next time if they are good.
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
            # Rows of the window leave it only by being deleted.
            if window.rows >= window.expected or window.rows >= portal.count(source, window.where).rows:
                return _joined(window, source, before, work)
            why = f"{window.rows:,} changed rows came, the portal counts {window.expected:,}"
        _empty(work)
        progress.say(f"fetch: {source}: {why}; starting over")
    raise PortalError(f"{why}; again after starting over; try later")


def _opened(portal: Socrata, source: Source, before: Manifest, since: str, work: Path) -> _Window | None:
    """A window that begins now, with no page; the time of the first answer is what the whole increment is as of."""
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
        progress.say(f"fetch: {source}: going on behind {len(window.pages)} pages of an interrupted fetch")
    return window


def _get_pages(
    portal: Socrata, source: Source, window: _Window, page_rows: int, work: Path, progress: Progress
) -> None:
    """Until an empty one: a page with fewer rows than asked for may have been cut off between two records."""
    while window.expected:
        columns, rows, last = portal.again(source, partial(_get_page, portal, source, window, page_rows, work))
        if window.columns and columns != window.columns:
            raise _ChangedHeaderError(changes(window.columns, columns) or "their order")
        window.columns = columns
        if not rows:
            return
        if last == window.last:
            raise PortalError(f"the portal gives the rows up to {ROW_ID} {last} again and again; it does not page")
        window.pages, window.last = [*window.pages, rows], last
        write_json(work / _STATE, asdict(window), work)
        progress.say(
            f"fetch: {source}: page {len(window.pages)}, {window.rows:,} of {window.expected:,} changed rows or more"
        )


def _get_page(
    portal: Socrata, source: Source, window: _Window, page_rows: int, work: Path
) -> tuple[list[str], int, str | None]:
    """One page, without the portal's row ids, in a file: its columns, how many rows it has, and the last row's id."""
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
        at = columns.index(ROW_ID)
        del columns[at]
        check_header(source, columns)
        for fields, _ in records:
            if not fields:
                continue
            if len(fields) != len(header):
                raise BrokenBodyError(f"a record of a page has {len(fields)} fields instead of {len(header)}")
            last = fields.pop(at)
            writer.writerow(fields)
            rows += 1
    return columns, rows, last


def _joined(window: _Window, source: Source, before: Manifest, work: Path) -> Whole:
    """All pages in one file under one header."""
    columns: Sequence[str] = window.columns or before.columns  # no page was asked for if nothing changed
    file = work / "increment.csv.gz"
    with packed(file) as out:
        with _writer(out) as writer:
            writer.writerow(columns)
        for number in range(len(window.pages)):
            with gzip.open(_page(work, number)) as page:
                shutil.copyfileobj(page, out, 1 << 20)
    query = {"$select": _SELECT, "$where": window.where, "$order": ROW_ID}
    asked = described(f"/resource/{source.dataset}.csv", query)
    return Whole(file, asked, tuple(columns), window.rows, len(window.pages), parse_time(window.as_of))


@contextmanager
def _writer(out: BinaryIO) -> Iterator[Any]:
    """A csv writer onto bytes; the stream below stays open."""
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
