"""Fetching and landing of data sets, safe against interruptions at any time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from crime_spark.cities.city import City
from crime_spark.errors import CrimeSparkError, PortalError, UsageError
from crime_spark.portals.export import Whole, fetch_export
from crime_spark.portals.increment import fetch_increment
from crime_spark.portals.manifest import (
    EXPORT,
    INCREMENT,
    Manifest,
    last_finished,
    parse_time,
    time_text,
    write_manifest,
)
from crime_spark.portals.socrata import Socrata
from crime_spark.portals.source import Source, changes, check_portals, sources
from crime_spark.progress import Progress
from crime_spark.settings import Portals


@dataclass(frozen=True)
class Landed:
    """A finished fetch: its manifest, and the landed file or None if nothing had changed."""

    manifest: Manifest
    file: Path | None


def fetch(
    landing: str,
    cities: Sequence[City],
    portals: Portals,
    progress: Progress,
    environment: Mapping[str, str] | None = None,
) -> list[Landed]:
    """Land all data sets of the cities in landing/<city>/: first the whole export, then changes.

    A failed data set does not stop the others. Data sets without changes are not in the result.

    Args:
        landing: the landing folder.
        cities: the cities.
        portals: the settings of portals.
        progress: where messages go.
        environment: environment variables; by default those of the process.

    Raises:
        UsageError: a setting is wrong; nothing was requested.
        PortalError: data sets could not be fetched; the message lists all.
    """
    faults = check_portals(landing, portals, cities)
    if faults:
        raise UsageError("; ".join(faults))
    token = (os.environ if environment is None else environment).get(portals.token_variable, "").strip()
    landed = []
    with Socrata(portals, token or None, progress.say) as portal, _locked(Path(landing)) as root:
        for source in sources(portals, cities):
            try:
                with progress.working(f"fetch: {source}"):
                    landed_file = _fetch_one(portal, source, root / source.city.name, portals, progress)
            except CrimeSparkError as error:
                faults.append(f"{source}: {error}")
            except OSError as error:
                faults.append(f"{source}: cannot write to {root / source.city.name} ({error})")
            else:
                landed += [landed_file] if landed_file else []
    if faults:
        raise PortalError("; ".join(faults))
    return landed


def _fetch_one(portal: Socrata, source: Source, folder: Path, portals: Portals, progress: Progress) -> Landed | None:
    # The name is hidden from ingest. The folder is next to the landed files, so that files can be renamed into place.
    work = folder / f".{source.dataset}"
    work.mkdir(parents=True, exist_ok=True)
    before = last_finished(folder, source.dataset)
    if before is None:
        whole: Whole | None = fetch_export(portal, source, work, progress)
    else:
        start = parse_time(before.as_of) - timedelta(hours=portals.overlap_hours)
        since = time_text(start).replace("Z", ".000Z")
        whole = fetch_increment(portal, source, before, since, portals.page_rows, work, progress)
    if before is not None and whole is None:
        progress.say(f"fetch: {source}: nothing newer than {before.as_of}")
    if before is not None and whole is not None and (drift := changes(before.columns, whole.columns)):
        progress.say(f"warning: {source}: {drift}")
    landed = None
    if whole is not None:
        landed = _land(whole, source, EXPORT if before is None else INCREMENT, folder)
        progress.say(
            f"fetch: {source}: {whole.rows:,} rows as of {landed.manifest.as_of} in {landed.file or 'no file'}"
        )
    shutil.rmtree(work)
    return landed


def _land(whole: Whole, source: Source, kind: str, folder: Path) -> Landed:
    """Write the manifest, then rename the file, so that each visible file has a manifest.

    An increment without rows has only a manifest, whose time is the start of the next increment.
    """
    keeps = kind == EXPORT or whole.rows > 0
    manifest = Manifest(
        dataset=source.dataset,
        host=source.host,
        city=source.city.name,
        kind=kind,
        query=whole.query,
        rows=whole.rows,
        pages=whole.pages,
        columns=whole.columns,
        as_of=time_text(whole.as_of),
        sha256=_sha256(whole.file) if keeps else None,
    )
    write_manifest(folder, manifest, whole.file.parent)
    if not keeps:
        return Landed(manifest, None)
    file = folder / manifest.data_name
    os.replace(whole.file, file)
    return Landed(manifest, file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(root: Path) -> Iterator[Path]:
    """Lock the landing folder against other fetches."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / ".fetch.lock").open("w")
    except OSError as error:
        raise UsageError(f"setting landing: cannot write to {root} ({error})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PortalError(f"another fetch is landing files in {root}; wait until it is done") from None
        yield root
