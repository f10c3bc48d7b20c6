"""The ingest stage: landed files to silver/incidents, quarantine and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from crime_spark.cities.city import City
from crime_spark.ingest.conformance import conform, wall_clock
from crime_spark.ingest.file_inspection import changed_since, look_at
from crime_spark.ingest.file_selection import choose, told_apart, without_settled
from crime_spark.ingest.landing import LandedFile, RefusedFile, find_files
from crime_spark.ingest.ledger import (
    INGESTED,
    Entry,
    count_by_part,
    ingested_entry,
    refused_entry,
)
from crime_spark.ingest.ledger_table import read_entries, write_entries
from crime_spark.ingest.merge import Batch, write_incidents
from crime_spark.ingest.reader import read_published
from crime_spark.ingest.run_notes import FULL, INGEST, Note, broken_off, check_repeated, note_of
from crime_spark.lake import Lake, sql_condition
from crime_spark.locking import locked
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE


def ingest(
    lake: Lake, cities: Sequence[City], inputs: Mapping[str, Sequence[str]], progress: Progress, full: bool = False
) -> list[str]:
    """Read the files of inputs (city -> patterns) that the lake has not seen, and merge their rows into silver.

    With full the files are read as if it had seen none, and take the place of all that it has of their cities. The
    ledger is written last: a run that breaks off before is simply done again. Returns a line for each file that cannot
    be used; nothing of it is taken in.

    Raises:
        UsageError: no file matches a pattern.
        LakeError: another job is at work on the lake.
        AccountingError: rows read are not rows accepted, superseded and quarantined; or a run broke off that must be
            repeated first.
    """
    by_name = {city.name: city for city in cities}
    with locked(lake, "ingest"):
        with progress.working("ingest: looking at the files"):
            landed, refused = look_at(lake.spark, by_name, find_files(lake.spark, inputs))
        with progress.working(f"ingest: reading {LEDGER.name}"):
            broken, entries = broken_off(lake), read_entries(lake)
        said: list[str] = []
        for name in sorted(inputs, key=lambda name: broken is None or name != broken.city):
            run = _Run(lake, by_name[name], progress, full, _now())
            own = [file for file in landed if file.city == name]
            lines, entries = run.ingest(entries, own, [file for file in refused if file.city == name], broken)
            said += lines
            broken = None
        for line in said:
            progress.say(f"ingest: {line}")
        return said


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class _Read:
    """Conformed rows of files, cached, and their numbers by file and part."""

    rows: DataFrame
    files: list[LandedFile]
    parts: list[Row]

    def total(self, what: str) -> int:
        return sum(part[what] for part in self.parts)

    def without(self, paths: set[str]) -> _Read:
        return _Read(
            self.rows.where(~F.col("source_file").isin(*paths)),
            [file for file in self.files if file.path not in paths],
            [part for part in self.parts if part["file"] not in paths],
        )


@dataclass(frozen=True)
class _Run:
    """One city's part of the stage."""

    lake: Lake
    city: City
    progress: Progress
    full: bool
    started: datetime

    def ingest(
        self, before: list[Entry], landed: list[LandedFile], refused: list[RefusedFile], broken: Note | None
    ) -> tuple[list[str], list[Entry]]:
        """A line for each refused file, and the ledger, which was `before`, as it is then."""
        if spared := self._spared(before, refused):
            return spared, before
        kept = without_settled(before, [*landed, *refused])
        if self.full and landed:
            kept = [entry for entry in kept if entry["city"] != self.city.name]
        choice = choose([entry for entry in kept if entry["city"] == self.city.name], landed)
        note = note_of(FULL if self.full else INGEST, self.city.name, self.started, choice.new)
        if broken:
            check_repeated(broken, note.kind, note.city, choice.new)
        for path in choice.skipped:
            self.progress.say(f"ingest: skipped {path}: its content has been ingested")
        entries = list(kept)
        expected = None
        if choice.new:
            read, changed = self._read_whole(choice.new)
            refused = [*refused, *changed]
            if spared := self._spared(before, refused):
                return spared, before
            contents = {file.sha256 for file in read.files}
            replaced = [entry for entry in choice.replaced if entry["sha256"] in contents]
            if read.files:
                expected = self._write(read, kept, replaced, note, broken is not None)
            self.lake.spark.catalog.clearCache()  # nothing else is cached while a stage is at work
            columns = sorted(self.city.unreadable)
            entries = [entry for entry in kept if entry not in replaced]
            entries += [ingested_entry(file, read.parts, columns, self.started, _now()) for file in read.files]
        entries += self._refusals(refused, entries, before)
        lines = [f"{file.path} was refused: {file.reason}" for file in refused]
        if expected is None and not _differ(entries, before):
            return lines, before
        with self.progress.working(f"ingest: writing {LEDGER.name}"):
            return lines, write_entries(self.lake, entries, self.city.name, expected, str(note))

    def _spared(self, before: Sequence[Entry], refused: Sequence[RefusedFile]) -> list[str]:
        """Why a rebuild is not begun: it would lose the rows of a file that was read once and cannot be now."""
        held = {entry["file"] for entry in before if entry["city"] == self.city.name and entry["status"] == INGESTED}
        lost = [file for file in refused if file.path in held]
        if not self.full or not lost:
            return []
        why = [f"{file.path} was refused: {file.reason}" for file in refused]
        return [*why, f"{self.city.name} was not rebuilt: it would lose the rows of {lost[0].path}"]

    def _refusals(
        self, refused: Sequence[RefusedFile], entries: Sequence[Entry], before: Sequence[Entry]
    ) -> list[Entry]:
        """Entries of the refused files; one that stands there already stays as it is."""
        taken = {entry["file"] for entry in entries if entry["city"] == self.city.name and entry["status"] == INGESTED}
        made = []
        for file in refused:
            named = replace(file, path=told_apart(file.path, file.sha256, taken))
            entry = refused_entry(named, self.started, _now())
            made.append(next((old for old in before if _account(old) == _account(entry)), entry))
        return made

    def _read_whole(self, files: Sequence[LandedFile]) -> tuple[_Read, list[RefusedFile]]:
        """What is in the files, and those that changed meanwhile, of which nothing is."""
        with self.progress.working(f"ingest: reading {len(files)} files of {self.city.title}"):
            try:
                read = self._read(files)
            except (PySparkException, Py4JError):
                changed = changed_since(self.lake.spark, files)
                if not changed:
                    raise
                rest = [file for file in files if file.path not in {each.path for each in changed}]
                read, also = self._read_whole(rest)
                return read, [*changed, *also]
        changed = changed_since(self.lake.spark, files)
        return (read.without({file.path for file in changed}) if changed else read), changed

    def _write(self, read: _Read, kept: Sequence[Entry], replaced: Sequence[Entry], note: Note, repeated: bool) -> int:
        """Rows to silver and quarantine; how many rows silver should then have of the city."""
        name = self.city.name
        own = [entry for entry in kept if entry["city"] == name]
        batch = Batch(
            city=name,
            rows=read.rows.where(F.size("reasons") == 0),
            accepted=read.total("rows_read") - read.total("rows_quarantined"),
            provisional=read.total("provisional"),
            as_of={entry["file"]: entry["as_of"] for entry in own} | {file.path: file.as_of for file in read.files},
            note=str(note),
        )
        stored = sum(entry["rows_accepted"] for entry in own)
        is_new = self.full or not stored
        if repeated and not is_new:  # silver has rows by now that the ledger does not know of
            stored = self.lake.read(INCIDENTS).where(sql_condition({"city": name})).count()
        with self.progress.working(f"ingest: writing {INCIDENTS.name}"):
            gained = write_incidents(self.lake, batch, is_new)
        with self.progress.working(f"ingest: writing {QUARANTINE.name}"):
            self._write_quarantine(read, replaced, note, repeated)
        return gained if is_new else stored + gained

    def _read(self, files: Sequence[LandedFile]) -> _Read:
        """The files' rows, those of a file again as a whole where a record spans two parts of it."""
        rows = self._conformed(files)
        parts = count_by_part(rows, sorted(self.city.unreadable)).collect()
        torn = {part["file"] for part in parts if part["torn"]}
        if not torn:
            return _Read(rows, list(files), parts)
        whole = self._read([replace(file, splits=False) for file in files if file.path in torn])
        rest = _Read(rows, list(files), parts).without(torn)
        return _Read(rest.rows.unionByName(whole.rows), list(files), rest.parts + whole.parts)

    def _conformed(self, files: Sequence[LandedFile]) -> DataFrame:
        published = read_published(self.lake.spark, self.city, files)
        rows = conform(published, self.city, wall_clock(self.city, self.started))
        return rows.persist(StorageLevel.MEMORY_AND_DISK)

    def _write_quarantine(self, read: _Read, replaced: Sequence[Entry], note: Note, repeated: bool) -> None:
        named = [file.path for file in read.files] + [entry["file"] for entry in replaced]
        where = {"city": self.city.name} if self.full else {"city": self.city.name, "file": named}
        exists = self.lake.exists(QUARANTINE)
        nothing = not read.total("rows_quarantined")
        known = self.full or replaced or repeated  # else it cannot have rows of these files yet
        if exists and nothing and (not known or self.lake.read(QUARANTINE).where(sql_condition(where)).isEmpty()):
            return
        refused = read.rows.where(F.size("reasons") > 0)
        numbered = refused.join(_offsets(self.lake, read.parts), on=["source_file", "part"], how="inner").select(
            "city",
            F.col("source_file").alias("file"),
            (F.col("offset") + F.col("record")).alias("record"),
            "text",
            "reasons",
        )
        self.lake.replace(QUARANTINE, numbered.coalesce(1), where=where if exists else None, note=str(note))


def _differ(one: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """Whether the ledgers have other files, or say something else of one that was refused."""
    return set(map(_account, one)) != set(map(_account, other))


def _account(entry: Entry) -> tuple[Any, ...]:
    """What two entries have in common that are about the same content of a file and end alike."""
    return tuple(entry[key] for key in ("city", "file", "sha256", "status", "reason"))


def _offsets(lake: Lake, parts: Sequence[Row]) -> DataFrame:
    """source_file, part and offset: how many records of the file are before the part."""
    rows: list[tuple[str, int, int]] = []
    for file in {part["file"] for part in parts}:
        own = sorted((part for part in parts if part["file"] == file), key=lambda part: int(part["part"]))
        before = accumulate((part["rows_read"] for part in own), initial=0)
        rows += [(file, part["part"], offset) for part, offset in zip(own, before, strict=False)]
    return F.broadcast(lake.spark.createDataFrame(rows, "source_file STRING, part BIGINT, offset BIGINT"))
