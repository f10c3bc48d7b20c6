"""Which of the landed files are read: new content, and content that is known as of an earlier time only."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crime_spark.ingest.landing import LandedFile, RefusedFile
from crime_spark.ingest.ledger import INGESTED, REFUSED, Entry


@dataclass(frozen=True)
class Choice:
    """Files of one city to read, paths of others that are known already, and entries that the former replace."""

    new: list[LandedFile]
    skipped: list[str]
    replaced: list[Entry]


def choose(ledger: Sequence[Entry], landed: Sequence[LandedFile]) -> Choice:
    """Files whose content the ledger does not have, or has as of an earlier time; of equal ones the latest, by path.

    ledger and landed are of one city. The order in which files come must not matter: content that turns out to be of a
    later time is read again under its new name, and the old entry goes.
    """
    seen = {entry["sha256"]: entry for entry in ledger if entry["status"] == INGESTED}
    taken = {entry["file"] for entry in seen.values()}
    choice = Choice([], [], [])
    of_content: set[str] = set()
    for file in sorted(landed, key=lambda file: (_reversed(file.as_of), file.path)):
        known = seen.get(file.sha256)
        if file.sha256 in of_content or (known is not None and _time(file.as_of) <= _time(known["as_of"])):
            choice.skipped.append(file.path)
            continue
        of_content.add(file.sha256)
        choice.new.append(replace(file, path=told_apart(file.path, file.sha256, taken)))
        if known is not None:
            choice.replaced.append(known)
    choice.new.sort(key=lambda file: file.path)
    return choice


def without_settled(ledger: Sequence[Entry], looked: Sequence[LandedFile | RefusedFile]) -> list[Entry]:
    """The ledger without what it says of files refused before that have been looked at again."""
    again = {(file.city, file.path) for file in looked}
    return [
        entry
        for entry in ledger
        if entry["status"] != REFUSED
        or not {(entry["city"], entry["file"]), (entry["city"], entry["file"].rpartition("@")[0])} & again
    ]


def told_apart(path: str, sha256: str | None, taken: Container[str]) -> str:
    """The file's name in ledger and silver: its path, or path@hash if other content of that path has been taken in.

    Without it the rows of both would have one name, and neither could be accounted for.
    """
    return f"{path}@{sha256[:12] if sha256 else 'unread'}" if path in taken else path


def _time(as_of: datetime | None) -> datetime:
    return as_of or datetime.min


def _reversed(as_of: datetime | None) -> float:
    return -(_time(as_of) - datetime.min).total_seconds()
