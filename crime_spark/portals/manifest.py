"""Manifests of landed files: their origin, content and as-of time."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from crime_spark.errors import PortalError

ENDING = ".manifest.json"
EXPORT, INCREMENT = "export", "increment"


@dataclass(frozen=True)
class Manifest:
    """A finished fetch.

    Attributes:
        dataset: id of the data set.
        host: host of the portal.
        city: name of the city.
        kind: export or increment.
        query: the request.
        rows: number of rows.
        pages: number of pages.
        columns: header of the file.
        as_of: time by the portal's clock, such as 2026-01-31T05:00:00Z; all changes up to then are in this or earlier
            files.
        sha256: hash of the landed file; None if nothing had changed.
    """

    dataset: str
    host: str
    city: str
    kind: str
    query: str
    rows: int
    pages: int
    columns: tuple[str, ...]
    as_of: str
    sha256: str | None

    @property
    def data_name(self) -> str:
        """The name of the landed file, without colons, which some file systems refuse."""
        return f"{self.dataset}_{self.as_of.replace(':', '')}.csv.gz"


def write_manifest(folder: Path, manifest: Manifest, work: Path) -> None:
    """Write a manifest atomically into the folder of its landed file."""
    write_json(folder / (manifest.data_name + ENDING), asdict(manifest), work)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        PortalError: the file is not a manifest.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        values = {field.name: content[field.name] for field in fields(Manifest)}
        parse_time(values["as_of"])
        return Manifest(**{**values, "columns": tuple(values["columns"])})
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PortalError(
            f"{path} is not a valid manifest ({error}); remove it, and fetch continues from the previous one"
        ) from error


def last_finished(folder: Path, dataset: str) -> Manifest | None:
    """The newest manifest of a data set with its landed file. Later manifests of interrupted fetches are removed.

    A manifest is written just before its file is renamed, so that every landed file has a manifest.
    """
    manifests = [(read_manifest(path), path) for path in folder.glob(f"{dataset}_*.csv.gz{ENDING}")]
    for manifest, path in sorted(manifests, key=lambda entry: entry[0].as_of, reverse=True):
        if manifest.sha256 is None or (folder / manifest.data_name).exists():
            return manifest
        path.unlink()
    return None


def write_json(path: Path, content: object, work: Path) -> None:
    """Write JSON atomically, through a file in the folder `work` of the same file system."""
    temporary = work / "written.json"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def time_text(time: datetime) -> str:
    """A time in UTC as text, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """The inverse of `time_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
