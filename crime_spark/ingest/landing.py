"""Finding landed files on any file system that Spark supports."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from crime_spark.errors import UsageError, reason_of

ENDINGS = (".csv", ".csv.gz")
HIDDEN = (".", "_")
MANIFEST_ENDING = ".manifest.json"


@dataclass(frozen=True)
class FoundFile:
    """A file that matches a pattern.

    Attributes:
        city: the city of the pattern.
        path: its path, without the scheme if it is local.
        status: its Hadoop file status.
    """

    city: str
    path: str
    status: Any


@dataclass(frozen=True)
class LandedFile:
    """A file to ingest.

    Attributes:
        city: its city.
        path: its name in ledger and silver; see `ledger_name`.
        uri: the URI for Spark.
        size: its size in bytes.
        modified: time of its last change in milliseconds.
        sha256: hash of its bytes.
        header: its header.
        header_lines: number of lines up to the end of the header.
        as_of: as-of time in UTC; None if unknown.
        splits: several tasks may read parts of it.
    """

    city: str
    path: str
    uri: str
    size: int
    modified: int
    sha256: str
    header: tuple[str, ...]
    header_lines: int
    as_of: datetime | None
    splits: bool


@dataclass(frozen=True)
class RefusedFile:
    """A file that cannot be used, with the reason; sha256 is None if it could not be read."""

    city: str
    path: str
    sha256: str | None
    reason: str


def is_local(pattern: str) -> bool:
    """Whether a pattern is about local files, so that it can be checked without Spark."""
    return "://" not in pattern or pattern.startswith("file:")


def check_patterns(inputs: Mapping[str, Sequence[str]]) -> list[str]:
    """Faults of patterns that can be found without Spark: local patterns that match no file.

    Patterns with {a,b} are left to Spark, because Python's glob does not support them.
    """
    return [
        _no_match(city, pattern)
        for city, patterns in inputs.items()
        for pattern in patterns
        if is_local(pattern) and "{" not in pattern
        if not os.path.exists(plain_path(pattern)) and not glob.glob(plain_path(pattern))
    ]


def find_files(spark: SparkSession, inputs: Mapping[str, Sequence[str]]) -> list[FoundFile]:
    """All files that the patterns match, sorted by city and path; folders are searched for .csv and .csv.gz.

    Raises:
        UsageError: patterns match no file or cannot be looked up; the message lists all.
    """
    status_by_file: dict[tuple[str, str], Any] = {}
    faults = []
    for city, patterns in inputs.items():
        for pattern in patterns:
            try:
                matched = list(_matching(spark, pattern))
            except Exception as error:
                faults.append(f"{city}={pattern} cannot be looked up ({reason_of(error)})")
                continue
            if not matched:
                faults.append(_no_match(city, pattern))
            for status in matched:
                status_by_file[city, plain_path(status.getPath().toString())] = status
    if faults:
        raise UsageError("; ".join(faults))
    return [FoundFile(*key, status_by_file[key]) for key in sorted(status_by_file)]


def plain_path(uri: str) -> str:
    """A path as users write it: without the scheme if it is local."""
    return re.sub("^file:/+", "/", uri)


def _no_match(city: str, pattern: str) -> str:
    return f"no file matches {city}={pattern}; give a file, a folder of {' or '.join(ENDINGS)} files, or a quoted glob"


def _matching(spark: SparkSession, pattern: str) -> Iterator[Any]:
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(os.path.abspath(plain_path(pattern)) if is_local(pattern) else pattern)
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    # A file's own name may hold the characters of a glob.
    for status in [files.getFileStatus(path)] if files.exists(path) else files.globStatus(path) or []:
        if status.isFile():
            if not status.getPath().getName().endswith(MANIFEST_ENDING):
                yield status
            continue
        folder = status.getPath().toString().rstrip("/")
        below = files.listFiles(status.getPath(), True)
        while below.hasNext():
            inner = below.next()
            parts = inner.getPath().toString()[len(folder) + 1 :].split("/")
            if parts[-1].lower().endswith(ENDINGS) and not any(part.startswith(HIDDEN) for part in parts):
                yield inner
