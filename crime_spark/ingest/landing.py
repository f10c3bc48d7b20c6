"""Landed files: finding them on any file system that Spark reads."""

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
    """A file that a pattern of a city matched: its path, without the scheme if local, and its Hadoop file status."""

    city: str
    path: str
    status: Any


@dataclass(frozen=True)
class LandedFile:
    """A file to ingest: its name in ledger and silver, the URI Spark opens it by, and what a look at it has shown.

    The name is its path; see `told_apart` for when it is not. modified is in milliseconds; header_lines are the lines
    up to the end of the header; as_of is UTC, None if nothing says it; one that splits may be read by several tasks.
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
    """A file that cannot be used, and why; without a hash if it could not be read to its end."""

    city: str
    path: str
    sha256: str | None
    reason: str


def is_local(pattern: str) -> bool:
    """Whether the pattern names local files, so that it can be looked up without Spark."""
    return "://" not in pattern or pattern.startswith("file:")


def check_patterns(inputs: Mapping[str, Sequence[str]]) -> list[str]:
    """Faults of patterns that can be seen without Spark: local ones that match nothing.

    Python's glob knows no {a,b}: such patterns wait for Spark's.
    """
    return [
        _no_match(city, pattern)
        for city, patterns in inputs.items()
        for pattern in patterns
        if is_local(pattern) and "{" not in pattern
        if not os.path.exists(plain_path(pattern)) and not glob.glob(plain_path(pattern))
    ]


def find_files(spark: SparkSession, inputs: Mapping[str, Sequence[str]]) -> list[FoundFile]:
    """Every file that the patterns match, by city and path; folders are searched for .csv[.gz].

    Raises:
        UsageError: patterns match no file or cannot be looked up, all of them in one message.
    """
    found: dict[tuple[str, str], Any] = {}
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
                found[city, plain_path(status.getPath().toString())] = status
    if faults:
        raise UsageError("; ".join(faults))
    return [FoundFile(*key, found[key]) for key in sorted(found)]


def plain_path(uri: str) -> str:
    """A path as a person writes it: local ones without the scheme."""
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
