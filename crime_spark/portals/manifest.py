"""What stands beside a landed file: where it is from, what it holds, and as of when."""

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
    """One finished fetch. sha256 is of the landed file as it lies there; None if nothing had changed and none landed.

    as_of is a time by the portal's clock, such as 2026-01-31T05:00:00Z: every change up to then is in this file or in
    one before it.
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
        """Name of the landed file; without colons, which some file systems refuse."""
        return f"{self.dataset}_{self.as_of.replace(':', '')}.csv.gz"


def write_manifest(folder: Path, manifest: Manifest, work: Path) -> None:
    """Write it where its landed file will be, whole or not at all."""
    write_json(folder / (manifest.data_name + ENDING), asdict(manifest), work)


def read_manifest(path: Path) -> Manifest:
    """A manifest as it was written.

    Raises:
        PortalError: the file is not a manifest.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        given = {field.name: found[field.name] for field in fields(Manifest)}
        parse_time(given["as_of"])
        return Manifest(**{**given, "columns": tuple(given["columns"])})
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PortalError(
            f"{path} is no manifest ({error}); remove it, and fetch goes on from the one before"
        ) from error


def last_finished(folder: Path, dataset: str) -> Manifest | None:
    """The newest manifest of the dataset whose landed file is there; later ones, of a fetch cut short, are removed.

    A manifest is written just before its file takes its name, so that no landed file is ever without one.
    """
    found = [(read_manifest(path), path) for path in folder.glob(f"{dataset}_*.csv.gz{ENDING}")]
    for manifest, path in sorted(found, key=lambda entry: entry[0].as_of, reverse=True):
        if manifest.sha256 is None or (folder / manifest.data_name).exists():
            return manifest
        path.unlink()
    return None


def write_json(path: Path, content: object, work: Path) -> None:
    """Written in the folder `work` of the same file system and renamed, so that it is never seen in part."""
    beside = work / "written.json"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def time_text(time: datetime) -> str:
    """UTC to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """The inverse of `time_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
