"""The whole dataset in one body, as the portal publishes it.

It has no parts to go on from: portals give neither ranges nor lengths for it. An interrupted export starts over.
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
    """Data that came whole, in a file not landed yet."""

    file: Path
    query: str
    columns: tuple[str, ...]
    rows: int
    pages: int
    as_of: datetime


def fetch_export(portal: Socrata, source: Source, work: Path, progress: Progress) -> Whole:
    """Stream the export to a file in the folder `work`, its bytes unchanged but packed.

    An export with fewer rows than the portal counted just before was cut off, or rows were deleted meanwhile: it is
    asked for once more.

    Raises:
        PortalError: it does not come whole.
    """
    for last_try in (False, True):
        counted = portal.count(source)
        whole = portal.again(source, partial(_download, portal, source, counted, work, progress))
        if whole.rows >= counted.rows:
            return whole
        short = f"the export has {whole.rows:,} rows, the portal counts {counted.rows:,}"
        if whole.as_of < counted.as_of:
            # Portals keep exports for a while; an older one may rightly be shorter, and as_of says how old it is.
            progress.say(
                f"fetch: {source}: {short}: it is older; the next fetch brings what changed since {whole.as_of}"
            )
            return whole
        if not last_try:
            progress.say(f"fetch: {source}: {short}; trying once more")
    raise PortalError(f"{short}, twice; it is cut off; try later")


def _download(portal: Socrata, source: Source, counted: Counted, work: Path, progress: Progress) -> Whole:
    path, query = f"/api/views/{source.dataset}/rows.csv", {"accessType": "DOWNLOAD"}
    file = work / "export.csv.gz"
    rows, said = 0, time.monotonic()
    with portal.csv(source, path, query) as answer, packed(file) as out:
        records = whole_records(answer.lines)
        header, raw = next(records)
        check_header(source, header)
        out.write(raw)
        for fields, raw in records:
            out.write(raw)
            rows += bool(fields)
            if not rows % 1000 and time.monotonic() - said > _SAY_EVERY:
                said = time.monotonic()
                progress.say(f"fetch: {source}: {rows:,} of {counted.rows:,} rows")
    return Whole(file, described(path, query), tuple(header), rows, 1, min(answer.as_of, counted.as_of))
