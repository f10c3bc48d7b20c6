"""A run writes silver, quarantine and at last the ledger with the same note: one that broke off is known by that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from crime_spark.errors import AccountingError
from crime_spark.ingest.landing import LandedFile
from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE

INGEST, FULL, REPLAY = "ingest", "full", "replay"


@dataclass(frozen=True)
class Note:
    """Which run it is: its kind, its city, when it started, and the files that it reads, path -> hash."""

    kind: str
    city: str
    started: str
    files: dict[str, str]

    def __str__(self) -> str:
        """As it is kept with a commit."""
        return json.dumps(asdict(self))


def note_of(kind: str, city: str, started: datetime, files: Iterable[LandedFile] = ()) -> Note:
    """The note of a run that is to begin."""
    return Note(kind, city, started.isoformat(), {file.path: file.sha256 for file in files})


def broken_off(lake: Lake) -> Note | None:
    """The run that wrote silver or quarantine, and then not the ledger."""
    found = [_note(lake.last_note(table)) for table in (INCIDENTS, QUARANTINE)]
    last, done = max((note for note in found if note), key=_started, default=None), _note(lake.last_note(LEDGER))
    return last if last and (done is None or _started(last) > _started(done)) else None


def check_repeated(broken: Note, kind: str, city: str, files: Iterable[LandedFile] = ()) -> None:
    """This run of the city does again what broke off, with the same files as they were, or rebuilds the city.

    Raises:
        AccountingError: it does not; the message says what to do first.
    """
    lost = set(broken.files.items()) - {(file.path, file.sha256) for file in files}
    if city == broken.city and (kind == FULL or (kind == broken.kind and not lost)):
        return
    again = "jobs/quarantine.py --replay" if broken.kind == REPLAY else "the same ingest"
    named = f" with {', '.join(sorted(broken.files))} as they were" if broken.kind == INGEST else ""
    raise AccountingError(
        f"a run on {broken.city} broke off before it could write the ledger: first repeat {again}{named}, or rebuild "
        f"{broken.city} from all its landed files by ingest --full"
    )


def _note(text: str | None) -> Note | None:
    return Note(**json.loads(text)) if text is not None else None


def _started(note: Note) -> datetime:
    return datetime.fromisoformat(note.started)
