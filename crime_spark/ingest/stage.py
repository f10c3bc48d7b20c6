"""The ingest stage: from landed files to silver/incidents, quarantine and ledger."""

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
from crime_spark.ingest.file_inspection import changed_since, inspect_files
from crime_spark.ingest.file_selection import choose, ledger_name, without_refusals
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
    """Read new files and merge their rows into silver.

    The ledger is written last, so that an interrupted run can be repeated.

    Args:
        lake: the lake.
        cities: the cities.
        inputs: patterns of files by city.
        progress: where messages go.
        full: read all files, and replace everything in the lake of their cities.

    Returns:
        A line for each refused file; none of its rows is used.

    Raises:
        UsageError: no file matches a pattern.
        LakeError: another job uses the lake.
        AccountingError: the numbers of rows do not add up, or an interrupted run must be repeated first.
    """
    by_name = {city.name: city for city in cities}
    with locked(lake, "ingest"):
        with progress.working("ingest: inspecting files"):
            landed, refused = inspect_files(lake.spark, by_name, find_files(lake.spark, inputs))
        with progress.working(f"ingest: reading {LEDGER.name}"):
            broken, entries = broken_off(lake), read_entries(lake)
        messages: list[str] = []
        for name in sorted(inputs, key=lambda name: broken is None or name != broken.city):
            run = _Run(lake, by_name[name], progress, full, _now())
            files_of_city = [file for file in landed if file.city == name]
            lines, entries = run.ingest(entries, files_of_city, [file for file in refused if file.city == name], broken)
            messages += lines
            broken = None
        for line in messages:
            progress.say(f"ingest: {line}")
        return messages


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class _Read:
    """Conformed rows of files, cached, with counts by file and part."""

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
    """The stage for a city."""

    lake: Lake
    city: City
    progress: Progress
    full: bool
    started: datetime

    def ingest(
        self, before: list[Entry], landed: list[LandedFile], refused: list[RefusedFile], broken: Note | None
    ) -> tuple[list[str], list[Entry]]:
        """Ingest files of the city, and return a line for each refused file and the new ledger entries."""
        if spared := self._spared(before, refused):
            return spared, before
        kept = without_refusals(before, [*landed, *refused])
        if self.full and landed:
            kept = [entry for entry in kept if entry["city"] != self.city.name]
        choice = choose([entry for entry in kept if entry["city"] == self.city.name], landed)
        note = note_of(FULL if self.full else INGEST, self.city.name, self.started, choice.new)
        if broken:
            check_repeated(broken, note.kind, note.city, choice.new)
        for path in choice.skipped:
            self.progress.say(f"ingest: skipped {path}: its content has been ingested before")
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
            self.lake.spark.catalog.clearCache()  # a stage caches nothing else
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
        """Why a rebuild is not started: it would lose rows of a file that was ingested and is now refused."""
        ingested = {
            entry["file"] for entry in before if entry["city"] == self.city.name and entry["status"] == INGESTED
        }
        lost = [file for file in refused if file.path in ingested]
        if not self.full or not lost:
            return []
        why = [f"{file.path} was refused: {file.reason}" for file in refused]
        return [*why, f"{self.city.name} was not rebuilt: it would lose the rows of {lost[0].path}"]

    def _refusals(
        self, refused: Sequence[RefusedFile], entries: Sequence[Entry], before: Sequence[Entry]
    ) -> list[Entry]:
        """The entries of refused files; existing entries are kept."""
        taken = {entry["file"] for entry in entries if entry["city"] == self.city.name and entry["status"] == INGESTED}
        new_entries = []
        for file in refused:
            named_file = replace(file, path=ledger_name(file.path, file.sha256, taken))
            entry = refused_entry(named_file, self.started, _now())
            new_entries.append(next((old for old in before if _account(old) == _account(entry)), entry))
        return new_entries

    def _read_whole(self, files: Sequence[LandedFile]) -> tuple[_Read, list[RefusedFile]]:
        """Read files, and return their rows and the files that changed meanwhile, whose rows are excluded."""
        with self.progress.working(f"ingest: reading {len(files)} files of {self.city.title}"):
            try:
                read = self._read(files)
            except (PySparkException, Py4JError):
                changed = changed_since(self.lake.spark, files)
                if not changed:
                    raise
                rest = [file for file in files if file.path not in {file.path for file in changed}]
                read, more = self._read_whole(rest)
                return read, [*changed, *more]
        changed = changed_since(self.lake.spark, files)
        return (read.without({file.path for file in changed}) if changed else read), changed

    def _write(self, read: _Read, kept: Sequence[Entry], replaced: Sequence[Entry], note: Note, repeated: bool) -> int:
        """Write rows to silver and quarantine, and return the expected rows of the city in silver."""
        name = self.city.name
        entries_of_city = [entry for entry in kept if entry["city"] == name]
        batch = Batch(
            city=name,
            rows=read.rows.where(F.size("reasons") == 0),
            accepted=read.total("rows_read") - read.total("rows_quarantined"),
            provisional=read.total("provisional"),
            as_of={entry["file"]: entry["as_of"] for entry in entries_of_city}
            | {file.path: file.as_of for file in read.files},
            note=str(note),
        )
        stored = sum(entry["rows_accepted"] for entry in entries_of_city)
        is_new = self.full or not stored
        if repeated and not is_new:  # silver has rows that are not in the ledger
            stored = self.lake.read(INCIDENTS).where(sql_condition({"city": name})).count()
        with self.progress.working(f"ingest: writing {INCIDENTS.name}"):
            gained = write_incidents(self.lake, batch, is_new)
        with self.progress.working(f"ingest: writing {QUARANTINE.name}"):
            self._write_quarantine(read, replaced, note, repeated)
        return gained if is_new else stored + gained

    def _read(self, files: Sequence[LandedFile]) -> _Read:
        """Read files in parts, and those with a record in two parts again as a whole."""
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
        names = [file.path for file in read.files] + [entry["file"] for entry in replaced]
        where = {"city": self.city.name} if self.full else {"city": self.city.name, "file": names}
        exists = self.lake.exists(QUARANTINE)
        is_empty = not read.total("rows_quarantined")
        may_exist = self.full or replaced or repeated  # otherwise quarantine has no rows of these files
        if exists and is_empty and (not may_exist or self.lake.read(QUARANTINE).where(sql_condition(where)).isEmpty()):
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


def _differ(entries: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """Whether two ledgers differ in their files or in the reason of a refusal."""
    return set(map(_account, entries)) != set(map(_account, other))


def _account(entry: Entry) -> tuple[Any, ...]:
    """The values that are equal for entries of the same content with the same outcome."""
    return tuple(entry[key] for key in ("city", "file", "sha256", "status", "reason"))


def _offsets(lake: Lake, parts: Sequence[Row]) -> DataFrame:
    """The number of records in a file before each part: source_file, part and offset."""
    rows: list[tuple[str, int, int]] = []
    for file in {part["file"] for part in parts}:
        parts_of_file = sorted((part for part in parts if part["file"] == file), key=lambda part: int(part["part"]))
        before = accumulate((part["rows_read"] for part in parts_of_file), initial=0)
        rows += [(file, part["part"], offset) for part, offset in zip(parts_of_file, before, strict=False)]
    return F.broadcast(lake.spark.createDataFrame(rows, "source_file STRING, part BIGINT, offset BIGINT"))
