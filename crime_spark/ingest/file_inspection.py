"""A look at each landed file before any work is done: its content's hash, its header, and whether it can be used."""

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

_LOOKED_AT_ONCE = 4
_GZIP, _ZIP = (0x1F, 0x8B), (0x50, 0x4B)  # the first two bytes of such a file
_DATE = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d\d)\2(\d\d)(?:[T_ -]?(\d\d)[:.-]?(\d\d)[:.-]?(\d\d)Z?)?(?!\d)")


def look_at(
    spark: SparkSession, cities: Mapping[str, City], found: Sequence[FoundFile]
) -> tuple[list[LandedFile], list[RefusedFile]]:
    """The files that can be ingested, and the others with the reason; packed ones are unpacked once."""

    def one(file: FoundFile) -> LandedFile | RefusedFile:
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
            reason = f"cannot be read ({reason_of(error, java_class=True)}); check its rights and that it is whole"
            return RefusedFile(file.city, file.path, digest, reason)

    with ThreadPoolExecutor(_LOOKED_AT_ONCE) as pool:
        looked = list(pool.map(one, found))
    return (
        [each for each in looked if isinstance(each, LandedFile)],
        [each for each in looked if isinstance(each, RefusedFile)],
    )


def changed_since(spark: SparkSession, files: Sequence[LandedFile]) -> list[RefusedFile]:
    """Those of the files that are no longer as they were when they were looked at."""

    def is_changed(file: LandedFile) -> bool:
        path = spark._jvm.org.apache.hadoop.fs.Path(file.uri)  # type: ignore[union-attr]
        try:
            now = path.getFileSystem(spark._jsc.hadoopConfiguration()).getFileStatus(path)
        except Exception:
            return True
        return (int(now.getLen()), int(now.getModificationTime())) != (file.size, file.modified)

    reason = "changed while it was being read; run the job again when it is whole"
    return [RefusedFile(file.city, file.path, None, reason) for file in files if is_changed(file)]


def as_of_name(name: str) -> datetime | None:
    """The latest date, with its time if there is one, that stands in a file's name: YYYY-MM-DD or YYYYMMDD."""
    dates = []
    for year, _, month, day, *time in _DATE.findall(name):
        try:
            hour, minute, second = (int(part or 0) for part in time)
            dates.append(datetime(int(year), int(month), int(day), hour, minute, second))
        except ValueError:
            continue
    return max(dates, default=None)


def check_header(city: City, header: Sequence[str]) -> None:
    """Raise InputError if a column that the city requires is missing from the header."""
    if "".join(header[:1]).lstrip().startswith("<"):
        raise InputError("it is an HTML page, not CSV; download the export again")
    absent = city.positions(header)[1]
    if absent:
        known = city.other_format(header)
        raise InputError(
            f"no column {', '.join(map(repr, absent))}, which {city.name} needs; "
            + (f"it is {known}" if known else "check that this is the city's file as the portal exports it")
        )


def _as_of(spark: SparkSession, status: Any, digest: str) -> datetime | None:
    """As of when the file is, UTC: what its manifest says, else its name."""
    jvm: Any = spark._jvm
    beside = jvm.org.apache.hadoop.fs.Path(status.getPath().toString() + MANIFEST_ENDING)
    files = beside.getFileSystem(spark._jsc.hadoopConfiguration())
    if not files.exists(beside):
        return as_of_name(status.getPath().getName())
    stream = files.open(beside)
    try:
        text = jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()
    try:
        manifest = json.loads(text)
        as_of = datetime.fromisoformat(manifest["as_of"])
        told = manifest["sha256"]
    except (ValueError, TypeError, LookupError) as error:
        raise InputError(f"its manifest cannot be read ({error}); fetch the file again, or remove both") from error
    if told != digest:
        raise InputError("it is not the file that its manifest tells of; fetch it again")
    return as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of


def _header(spark: SparkSession, status: Any) -> tuple[list[str], int]:
    """The cells of the first record that is not blank, and the lines up to its end.

    Lines come as Latin-1 so that no byte is lost on the way.
    """
    if status.getPath().getName().startswith(HIDDEN):
        raise InputError("Spark takes a file whose name starts with . or _ for hidden and reads nothing; rename it")
    jvm: Any = spark._jvm
    stream = _open(spark, status)
    taken = 0
    try:
        unpacked = _unpacked(spark, status, stream)
        if unpacked is None:
            first = (stream.read(), stream.read())
            if first == _GZIP:
                raise InputError("it is packed, but its name does not end in .gz; rename it")
            if first == _ZIP:
                raise InputError("it is a zip archive; unpack it and ingest what is in it")
            stream.seek(0)
            unpacked = stream
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(unpacked, "ISO-8859-1"))

        def lines() -> Any:
            nonlocal taken
            for line in iter(reader.readLine, None):
                taken += 1
                yield (decoded(line.encode("latin-1")) + "\n").lstrip("\ufeff")

        return header_cells(records(lines())), taken
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
    codec = _codec(spark, status)
    return None if codec is None else codec.createInputStream(stream)


def _codec(spark: SparkSession, status: Any) -> Any:
    jvm: Any = spark._jvm
    codecs = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(spark._jsc.hadoopConfiguration())
    return codecs.getCodec(status.getPath())
