"""Landed files: finding them on any file system that Spark reads, and looking at each before any work is done."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import SparkSession

from crime_spark.cities.city import City
from crime_spark.errors import InputError, UsageError
from crime_spark.ingest.records import decoded, header_cells, records

ENDINGS = (".csv", ".csv.gz")
_HASHED_AT_ONCE = 4
_HIDDEN = (".", "_")
_GZIP = (0x1F, 0x8B)  # the first two bytes of such a file


@dataclass(frozen=True)
class LandedFile:
    """A file to ingest: its name in ledger and silver, the URI Spark opens it by, size and content.

    The name is its path (without the scheme if local); see `told_apart` for when it is not.
    """

    city: str
    path: str
    uri: str
    size: int
    sha256: str


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


def find_files(spark: SparkSession, inputs: Mapping[str, Sequence[str]]) -> list[tuple[str, str, Any]]:
    """(city, path, Hadoop file status) of every file that the patterns match; folders are searched for .csv[.gz].

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
                faults.append(f"{city}={pattern} cannot be looked up ({_reason(error)})")
                continue
            if not matched:
                faults.append(_no_match(city, pattern))
            for status in matched:
                found[city, plain_path(status.getPath().toString())] = status
    if faults:
        raise UsageError("; ".join(faults))
    return [(city, path, status) for (city, path), status in sorted(found.items(), key=lambda item: item[0])]


def look_at(spark: SparkSession, cities: Mapping[str, City], found: Sequence[tuple[str, str, Any]]) -> list[LandedFile]:
    """Every file's content hash, its header checked against the city's required columns, packed ones unpacked once.

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
            return f"{path}: cannot be read ({_reason(error)}); check its rights and that it is whole"

    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        looked = list(pool.map(one, found))
    if faults := [each for each in looked if isinstance(each, str)]:
        raise InputError("; ".join(faults))
    return [each for each in looked if isinstance(each, LandedFile)]


def told_apart(file: LandedFile, taken: Container[tuple[str, str]]) -> LandedFile:
    """The file under a name of its own, path@hash, if other content of its path is in the ledger already.

    taken holds (city, name) of the files in the ledger. Without it the rows of both would have one name, and neither
    could be accounted for.
    """
    return replace(file, path=f"{file.path}@{file.sha256[:12]}") if (file.city, file.path) in taken else file


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
            yield status
            continue
        folder = status.getPath().toString().rstrip("/")
        below = files.listFiles(status.getPath(), True)
        while below.hasNext():
            inner = below.next()
            parts = inner.getPath().toString()[len(folder) + 1 :].split("/")
            if parts[-1].lower().endswith(ENDINGS) and not any(part.startswith(_HIDDEN) for part in parts):
                yield inner


def _header(spark: SparkSession, status: Any) -> list[str]:
    """The cells of the first record; its lines come as Latin-1 so that no byte is lost on the way."""
    if status.getPath().getName().startswith(_HIDDEN):
        raise InputError("Spark takes a file whose name starts with . or _ for hidden and reads nothing; rename it")
    jvm: Any = spark._jvm
    stream = _open(spark, status)
    try:
        unpacked = _unpacked(spark, status, stream)
        if unpacked is None:
            if (stream.read(), stream.read()) == _GZIP:
                raise InputError("it is packed, but its name does not end in .gz; rename it")
            stream.seek(0)
            unpacked = stream
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(unpacked, "ISO-8859-1"))
        lines = (decoded(line.encode("latin-1")) + "\n" for line in iter(reader.readLine, None))
        return header_cells(records(line.lstrip("\ufeff") for line in lines))
    finally:
        stream.close()


def _sha256(spark: SparkSession, status: Any) -> str:
    """The hash of the file as it lies there; a packed one is unpacked on the way, so that damage shows now."""
    jvm: Any = spark._jvm
    digest = jvm.org.apache.commons.codec.digest.DigestUtils.getSha256Digest()
    stream = jvm.java.security.DigestInputStream(_open(spark, status), digest)
    try:
        unpacked = _unpacked(spark, status, stream)
        if unpacked is not None:
            jvm.org.apache.commons.io.IOUtils.consume(unpacked)
        jvm.org.apache.commons.io.IOUtils.consume(stream)
        return str(jvm.org.apache.commons.codec.binary.Hex.encodeHexString(digest.digest()))
    finally:
        stream.close()


def _open(spark: SparkSession, status: Any) -> Any:
    return status.getPath().getFileSystem(spark._jsc.hadoopConfiguration()).open(status.getPath())


def _unpacked(spark: SparkSession, status: Any, stream: Any) -> Any:
    """The stream of a file's content if its name says that it is packed, else None."""
    jvm: Any = spark._jvm
    codecs = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(spark._jsc.hadoopConfiguration())
    codec = codecs.getCodec(status.getPath())
    return None if codec is None else codec.createInputStream(stream)


def _reason(error: Exception) -> str:
    """The first line of what went wrong, in Java if it was there."""
    cause = getattr(error, "java_exception", None) or error
    return (str(cause).strip() or type(error).__name__).splitlines()[0]
