"""Notes of runs, which reveal interrupted runs: silver, quarantine and then the ledger are written with equal notes."""

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
    """The identity of a run.

    Attributes:
        kind: ingest, full or replay.
        city: the city.
        started: start of the run.
        files: hash of each file that it reads, by path.
    """

    kind: str
    city: str
    started: str
    files: dict[str, str]

    def __str__(self) -> str:
        """The note as text for a commit."""
        return json.dumps(asdict(self))


def note_of(kind: str, city: str, started: datetime, files: Iterable[LandedFile] = ()) -> Note:
    """The note of a new run."""
    return Note(kind, city, started.isoformat(), {file.path: file.sha256 for file in files})


def broken_off(lake: Lake) -> Note | None:
    """The interrupted run: it wrote silver or quarantine, but not the ledger; None without one."""
    notes = [_note(lake.last_note(table)) for table in (INCIDENTS, QUARANTINE)]
    last, finished = max((note for note in notes if note), key=_started, default=None), _note(lake.last_note(LEDGER))
    return last if last and (finished is None or _started(last) > _started(finished)) else None


def check_repeated(broken: Note, kind: str, city: str, files: Iterable[LandedFile] = ()) -> None:
    """Check that a run repeats an interrupted one with unchanged files, or rebuilds the city.

    Raises:
        AccountingError: it does not; the message says what to do first.
    """
    lost = set(broken.files.items()) - {(file.path, file.sha256) for file in files}
    if city == broken.city and (kind == FULL or (kind == broken.kind and not lost)):
        return
    run = "jobs/quarantine.py --replay" if broken.kind == REPLAY else "the same ingest"
    with_files = f" with {', '.join(sorted(broken.files))} unchanged" if broken.kind == INGEST else ""
    raise AccountingError(
        f"a run on {broken.city} was interrupted before it wrote the ledger: first repeat {run}{with_files}, or "
        f"rebuild {broken.city} from all its landed files by ingest --full"
    )


def _note(text: str | None) -> Note | None:
    return Note(**json.loads(text)) if text is not None else None


def _started(note: Note) -> datetime:
    return datetime.fromisoformat(note.started)
