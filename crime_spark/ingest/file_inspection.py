"""Inspection of landed files before they are read: hash, header, and whether they can be used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from crime_spark.cities.city import City
from crime_spark.errors import InputError, reason_of
from crime_spark.ingest.csv_records import decoded, header_cells, records
from crime_spark.ingest.landing import HIDDEN, MANIFEST_ENDING, FoundFile, LandedFile, RefusedFile

_INSPECTED_TOGETHER = 4
_GZIP, _ZIP = (0x1F, 0x8B), (0x50, 0x4B)  # the first two bytes of such a file
_DATE = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d\d)\2(\d\d)(?:[T_ -]?(\d\d)[:.-]?(\d\d)[:.-]?(\d\d)Z?)?(?!\d)")


def inspect_files(
    spark: SparkSession, cities: Mapping[str, City], files: Sequence[FoundFile]
) -> tuple[list[LandedFile], list[RefusedFile]]:
    """Inspect files, and return those that can be ingested and those that are refused."""

    def inspect(file: FoundFile) -> LandedFile | RefusedFile:
        digest: str | None = None
        try:
            digest = _sha256(spark, file.status)
            header, lines = _header(spark, file.status)
            check_header(cities[file.city], header)
            return LandedFile(
                city=file.city,
                path=file.path,
                uri=file.status.getPath().toString(),
                size=int(file.status.getLen()),
                modified=int(file.status.getModificationTime()),
                sha256=digest,
                header=tuple(header),
                header_lines=lines,
                as_of=_as_of(spark, file.status, digest),
                splits=_codec(spark, file.status) is None,
            )
        except InputError as error:
            return RefusedFile(file.city, file.path, digest, str(error))
        except Exception as error:
            reason = f"cannot be read ({reason_of(error, java_class=True)}); check permissions and that it is complete"
            return RefusedFile(file.city, file.path, digest, reason)

    with ThreadPoolExecutor(_INSPECTED_TOGETHER) as pool:
        looked = list(pool.map(inspect, files))
    return (
        [result for result in looked if isinstance(result, LandedFile)],
        [result for result in looked if isinstance(result, RefusedFile)],
    )


def changed_since(spark: SparkSession, files: Sequence[LandedFile]) -> list[RefusedFile]:
    """The files that have changed since their inspection."""

    def is_changed(file: LandedFile) -> bool:
        path = spark._jvm.org.apache.hadoop.fs.Path(file.uri)  # type: ignore[union-attr]
        try:
            now = path.getFileSystem(spark._jsc.hadoopConfiguration()).getFileStatus(path)
        except Exception:
            return True
        return (int(now.getLen()), int(now.getModificationTime())) != (file.size, file.modified)

    reason = "the file changed while it was read; run the job again when it is complete"
    return [RefusedFile(file.city, file.path, None, reason) for file in files if is_changed(file)]


def as_of_name(name: str) -> datetime | None:
    """The latest date in the name of a file (YYYY-MM-DD or YYYYMMDD), with its time if there is one."""
    dates = []
    for year, _, month, day, *time in _DATE.findall(name):
        try:
            hour, minute, second = (int(part or 0) for part in time)
            dates.append(datetime(int(year), int(month), int(day), hour, minute, second))
        except ValueError:
            continue
    return max(dates, default=None)


def check_header(city: City, header: Sequence[str]) -> None:
    """Check that a header has the columns that the city requires.

    Raises:
        InputError: columns are missing; the message names the publication if it is known.
    """
    if "".join(header[:1]).lstrip().startswith("<"):
        raise InputError("it is an HTML page, not CSV; download the export again")
    absent = city.positions(header)[1]
    if absent:
        other = city.other_format(header)
        raise InputError(
            f"no column {', '.join(map(repr, absent))}, which {city.name} needs; "
            + (f"it is {other}" if other else "check that this is the city's file as the portal exports it")
        )


def _as_of(spark: SparkSession, status: Any, digest: str) -> datetime | None:
    """The as-of time of a file in UTC, from its manifest or its name."""
    jvm: Any = spark._jvm
    manifest_path = jvm.org.apache.hadoop.fs.Path(status.getPath().toString() + MANIFEST_ENDING)
    files = manifest_path.getFileSystem(spark._jsc.hadoopConfiguration())
    if not files.exists(manifest_path):
        return as_of_name(status.getPath().getName())
    stream = files.open(manifest_path)
    try:
        text = jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()
    try:
        manifest = json.loads(text)
        as_of = datetime.fromisoformat(manifest["as_of"])
        expected = manifest["sha256"]
    except (ValueError, TypeError, LookupError) as error:
        raise InputError(f"its manifest cannot be read ({error}); fetch the file again, or remove both") from error
    if expected != digest:
        raise InputError("its content differs from its manifest; fetch it again")
    return as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of


def _header(spark: SparkSession, status: Any) -> tuple[list[str], int]:
    """The cells of the first record that is not blank, and the number of lines up to its end.

    Lines are read as Latin-1, so that no byte is lost.
    """
    if status.getPath().getName().startswith(HIDDEN):
        raise InputError("Spark ignores files whose name starts with . or _; rename it")
    jvm: Any = spark._jvm
    stream = _open(spark, status)
    header_lines = 0
    try:
        unpacked = _unpacked(spark, status, stream)
        if unpacked is None:
            first = (stream.read(), stream.read())
            if first == _GZIP:
                raise InputError("it is compressed with gzip, but its name does not end in .gz; rename it")
            if first == _ZIP:
                raise InputError("it is a zip archive; unpack it and ingest the files in it")
            stream.seek(0)
            unpacked = stream
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(unpacked, "ISO-8859-1"))

        def lines() -> Any:
            nonlocal header_lines
            for line in iter(reader.readLine, None):
                header_lines += 1
                yield (decoded(line.encode("latin-1")) + "\n").lstrip("\ufeff")

        return header_cells(records(lines())), header_lines
    finally:
        stream.close()


def _sha256(spark: SparkSession, status: Any) -> str:
    """The hash of the file. A compressed file is also decompressed, to detect damage."""
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
    """The decompressed stream of a file whose name has the ending of a codec; otherwise None."""
    codec = _codec(spark, status)
    return None if codec is None else codec.createInputStream(stream)


def _codec(spark: SparkSession, status: Any) -> Any:
    jvm: Any = spark._jvm
    codecs = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(spark._jsc.hadoopConfiguration())
    return codecs.getCodec(status.getPath())
