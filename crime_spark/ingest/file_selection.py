"""Selection of the landed files to read: new content, and content with a later as-of time."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crime_spark.ingest.landing import LandedFile, RefusedFile
from crime_spark.ingest.ledger import INGESTED, REFUSED, Entry


@dataclass(frozen=True)
class Choice:
    """The selection for a city.

    Attributes:
        new: files to read.
        skipped: paths of files with known content.
        replaced: ledger entries that the new files replace.
    """

    new: list[LandedFile]
    skipped: list[str]
    replaced: list[Entry]


def choose(ledger: Sequence[Entry], landed: Sequence[LandedFile]) -> Choice:
    """Select the files of a city whose content is not in the ledger, or is there with an earlier as-of time.

    Of files with equal content, the one with the latest as-of time and the first path is selected. Content with a later
    as-of time replaces its entry, so that the order of files does not matter.

    Args:
        ledger: entries of the city.
        landed: landed files of the city.
    """
    by_hash = {entry["sha256"]: entry for entry in ledger if entry["status"] == INGESTED}
    taken = {entry["file"] for entry in by_hash.values()}
    choice = Choice([], [], [])
    of_content: set[str] = set()
    for file in sorted(landed, key=lambda file: (_reversed(file.as_of), file.path)):
        previous = by_hash.get(file.sha256)
        if file.sha256 in of_content or (previous is not None and _time(file.as_of) <= _time(previous["as_of"])):
            choice.skipped.append(file.path)
            continue
        of_content.add(file.sha256)
        choice.new.append(replace(file, path=ledger_name(file.path, file.sha256, taken)))
        if previous is not None:
            choice.replaced.append(previous)
    choice.new.sort(key=lambda file: file.path)
    return choice


def without_refusals(ledger: Sequence[Entry], files: Sequence[LandedFile | RefusedFile]) -> list[Entry]:
    """The ledger without refusals of files that have been inspected again."""
    inspected = {(file.city, file.path) for file in files}
    return [
        entry
        for entry in ledger
        if entry["status"] != REFUSED
        or not {(entry["city"], entry["file"]), (entry["city"], entry["file"].rpartition("@")[0])} & inspected
    ]


def ledger_name(path: str, sha256: str | None, taken: Container[str]) -> str:
    """The name of a file in ledger and silver: its path, or path@hash if the path is taken by other content.

    Otherwise the rows of both contents could not be distinguished.
    """
    return f"{path}@{sha256[:12] if sha256 else 'unread'}" if path in taken else path


def _time(as_of: datetime | None) -> datetime:
    return as_of or datetime.min


def _reversed(as_of: datetime | None) -> float:
    return -(_time(as_of) - datetime.min).total_seconds()
