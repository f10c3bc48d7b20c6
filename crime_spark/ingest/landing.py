"""Landed files: finding them on any file system that Spark reads, and looking at each before any work is done."""

from __future__ import annotations

import csv
import glob
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from crime_spark.cities.city import City
from crime_spark.errors import InputError, UsageError
from crime_spark.ingest.records import decoded

ENDINGS = (".csv", ".csv.gz")
_HASHED_AT_ONCE = 4


@dataclass(frozen=True)
class LandedFile:
    """A file to ingest: its path (without the scheme if local), the URI Spark opens it by, size and content."""

    city: str
    path: str
    uri: str
    size: int
    sha256: str


def is_local(pattern: str) -> bool:
    """Whether the pattern names local files, so that it can be looked up without Spark."""
    return "://" not in pattern or pattern.startswith("file:")


def check_patterns(inputs: Mapping[str, Sequence[str]]) -> list[str]:
    """Faults of patterns that can be seen without Spark: local ones that match nothing."""
    return [
        _no_match(city, pattern)
        for city, patterns in inputs.items()
        for pattern in patterns
        if is_local(pattern) and not glob.glob(re.sub("^file:/*", "/", pattern))
    ]


def find_files(spark: SparkSession, inputs: Mapping[str, Sequence[str]]) -> list[tuple[str, str, Any]]:
    """(city, path, Hadoop file status) of every file that the patterns match; folders are searched for .csv[.gz].

    Raises:
        UsageError: a pattern matches no file.
    """
    found: dict[tuple[str, str], Any] = {}
    faults = []
    for city, patterns in inputs.items():
        for pattern in patterns:
            matched = list(_matching(spark, pattern))
            if not matched:
                faults.append(_no_match(city, pattern))
            for status in matched:
                found[city, plain_path(status.getPath().toUri().toString())] = status
    if faults:
        raise UsageError("; ".join(faults))
    return [(city, path, status) for (city, path), status in sorted(found.items(), key=lambda item: item[0])]


def look_at(spark: SparkSession, cities: Mapping[str, City], found: Sequence[tuple[str, str, Any]]) -> list[LandedFile]:
    """Every file's content hash, its header checked against the city's required columns.

    Raises:
        InputError: files that cannot be read or lack a required column, all of them in one message.
    """

    def one(entry: tuple[str, str, Any]) -> LandedFile | str:
        city, path, status = entry
        try:
            absent = cities[city].positions(_header(spark, status))[1]
            if absent:
                return (
                    f"{path}: no column {', '.join(map(repr, absent))}, which {city} needs; check that this is the "
                    "city's file as the portal exports it, with its header line"
                )
            return LandedFile(city, path, status.getPath().toString(), int(status.getLen()), _sha256(spark, status))
        except InputError as error:
            return f"{path}: {error}"
        except Exception as error:
            cause = getattr(error, "java_exception", error)
            return f"{path}: cannot be read ({str(cause).splitlines()[0]}); check its rights and that it is whole"

    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        looked = list(pool.map(one, found))
    if faults := [each for each in looked if isinstance(each, str)]:
        raise InputError("; ".join(faults))
    return [each for each in looked if isinstance(each, LandedFile)]


def plain_path(uri: str) -> str:
    """A path as a person writes it: local ones without the scheme."""
    return re.sub("^file:/+", "/", uri)


def _no_match(city: str, pattern: str) -> str:
    return f"no file matches {city}={pattern}; give a file, a folder of {' or '.join(ENDINGS)} files, or a quoted glob"


def _matching(spark: SparkSession, pattern: str) -> list[Any]:
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(os.path.abspath(pattern) if "://" not in pattern else pattern)
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    matched = []
    for status in files.globStatus(path) or []:
        if status.isFile():
            matched.append(status)
            continue
        below = files.listFiles(status.getPath(), True)
        while below.hasNext():
            inner = below.next()
            name = inner.getPath().getName()
            if name.lower().endswith(ENDINGS) and not name.startswith((".", "_")):
                matched.append(inner)
    return matched


def _open(spark: SparkSession, status: Any) -> Any:
    return status.getPath().getFileSystem(spark._jsc.hadoopConfiguration()).open(status.getPath())


def _sha256(spark: SparkSession, status: Any) -> str:
    jvm: Any = spark._jvm
    stream = _open(spark, status)
    try:
        return str(jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream))
    finally:
        stream.close()


def _header(spark: SparkSession, status: Any) -> list[str]:
    """The cells of the first line that is not blank; the line comes as Latin-1 so that no byte is lost on the way."""
    jvm: Any = spark._jvm
    codecs = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(spark._jsc.hadoopConfiguration())
    codec = codecs.getCodec(status.getPath())
    stream = _open(spark, status)
    try:
        unpacked = stream if codec is None else codec.createInputStream(stream)
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(unpacked, "ISO-8859-1"))
        while (line := reader.readLine()) is not None:
            text = decoded(line.encode("latin-1")).lstrip("\ufeff")
            if text.strip():
                return next(csv.reader([text]))
    finally:
        stream.close()
    raise InputError("the file is empty; an export without incidents still has its header line")
