"""Fetching a whole data set in one body.

Portals support no ranges for it, so an interrupted export starts again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from crime_spark.errors import PortalError
from crime_spark.portals.body import packed, whole_records
from crime_spark.portals.socrata import Counted, Socrata, described
from crime_spark.portals.source import Source, check_header
from crime_spark.progress import Progress

_SAY_EVERY = 20.0  # seconds


@dataclass(frozen=True)
class Whole:
    """Complete data in a file that is not landed yet."""

    file: Path
    query: str
    columns: tuple[str, ...]
    rows: int
    pages: int
    as_of: datetime


def fetch_export(portal: Socrata, source: Source, work: Path, progress: Progress) -> Whole:
    """Stream the export into a compressed file in the folder `work`.

    If the export has fewer rows than the portal counted just before, it is incomplete or rows were deleted. It is then
    requested again.

    Raises:
        PortalError: the export is incomplete.
    """
    for last_try in (False, True):
        counted = portal.count(source)
        whole = portal.again(source, partial(_download, portal, source, counted, work, progress))
        if whole.rows >= counted.rows:
            return whole
        short = f"the export has {whole.rows:,} rows, the portal counts {counted.rows:,}"
        if whole.as_of < counted.as_of:
            # Portals cache exports. An older export can be shorter, and as_of tells its age.
            progress.say(
                f"fetch: {source}: {short}; the export is older, and the next fetch gets changes since {whole.as_of}"
            )
            return whole
        if not last_try:
            progress.say(f"fetch: {source}: {short}; trying once more")
    raise PortalError(f"{short}, also at the second request; it is incomplete, so try again later")


def _download(portal: Socrata, source: Source, counted: Counted, work: Path, progress: Progress) -> Whole:
    path, query = f"/api/views/{source.dataset}/rows.csv", {"accessType": "DOWNLOAD"}
    file = work / "export.csv.gz"
    rows, last_message = 0, time.monotonic()
    with portal.csv(source, path, query) as answer, packed(file) as out:
        records = whole_records(answer.lines)
        header, raw = next(records)
        check_header(source, header)
        out.write(raw)
        for fields, raw in records:
            out.write(raw)
            rows += bool(fields)
            if not rows % 1000 and time.monotonic() - last_message > _SAY_EVERY:
                last_message = time.monotonic()
                progress.say(f"fetch: {source}: {rows:,} of {counted.rows:,} rows")
    return Whole(file, described(path, query), tuple(header), rows, 1, min(answer.as_of, counted.as_of))
