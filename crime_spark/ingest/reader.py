"""Landed files to one row a record, every published column as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import itemgetter
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from crime_spark.cities.city import City
from crime_spark.ingest.fast_parser import Chunk, chunks
from crime_spark.ingest.landing import LandedFile, plain_path
from crime_spark.ingest.line_buffer import Lines

_BLANKS = r"[ \t\n\v\f\r]+"
_RUN_OF_BLANKS = r"[ \t\n\v\f\r]{2}|[\t\n\v\f\r]"


def published_schema(city: City) -> StructType:
    """file, part, record, text, problem (why it has no fields), then the published columns.

    part is the byte at which the piece of the file begins that one task has read, record counts from 1 within it.
    """
    fields = [StructField("file", StringType()), StructField("part", LongType()), StructField("record", LongType())]
    fields += [StructField(name, StringType()) for name in ("text", "problem", *city.published)]
    return StructType(fields)


def published_types(city: City) -> pa.Schema:
    """The same for Arrow."""
    texts = [pa.field(name, pa.string()) for name in ("text", "problem", *city.published)]
    return pa.schema([("file", pa.string()), ("part", pa.int64()), ("record", pa.int64()), *texts])


def read_published(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    """Every record of the files, in the schema of `published_schema`: trimmed, runs of blanks as one, NULL if blank.

    A file that may be split is cut at line ends, each part a task's; if one of its rows has the problem TORN, a record
    spans two parts, and the file must be read with splits=False instead: as a stream by one task.
    """
    frames = [
        _read(spark if splits else _unsplitting(spark), city, [file for file in files if file.splits is splits])
        for splits in (True, False)
        if any(file.splits is splits for file in files)
    ]
    # What is made of the rows runs in the session of the first frame, which must be the one with everybody's settings.
    return reduce(DataFrame.unionByName, frames, spark.createDataFrame([], published_schema(city)))


def _read(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    # Whatever the session says: a file that cannot be read is an error, never fewer rows.
    whole = {"lineSep": "\n", "ignoreCorruptFiles": "false", "ignoreMissingFiles": "false"}
    lines = spark.read.options(**whole).text([_escaped(file.uri) for file in files])
    source = F.col("_metadata")
    parts = lines.select(
        source["file_path"].alias("file"),
        source["file_block_start"].alias("part"),
        (source["file_block_start"] + source["file_block_length"] >= source["file_size"]).alias("last"),
        F.col("value").cast("binary").alias("line"),
    )
    by_path = {plain_path(file.uri): file for file in files}
    return parts.mapInArrow(_parser(city, by_path), published_schema(city))


def _unsplitting(spark: SparkSession) -> SparkSession:
    """A session of the same application that gives each file to a task of its own: the settings are not a reader's."""
    session = spark.newSession()
    for setting in ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes"):
        session.conf.set(setting, str(2**46))
    return session


def _escaped(uri: str) -> str:
    """Spark takes a path for a glob; the file's own name may hold such characters."""
    return "".join("\\" + c if c in "[]{}*?\\" else c for c in uri)


def _parser(
    city: City, files: Mapping[str, LandedFile]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does: batches of (URI, part, last, line) to batches of `published_schema`; files are by path."""

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = published_types(city)
        for (uri, part, last), pieces in groupby(_pieces(batches), key=itemgetter(0)):
            file = files[plain_path(unquote(uri))]
            lines = Lines(piece for _, piece in pieces)
            if part == 0:
                lines.take(file.header_lines)
            places = city.positions(file.header)[0]
            number = 1
            for chunk in chunks(lines, len(file.header), last):
                yield batch_of(file.path, part, number, chunk, places, schema)
                number += len(chunk[0])

    return parse


Part = tuple[str, int, bool]  # URI of the file, where the part begins, whether it is the last


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Part, pa.BinaryArray]]:
    """Runs of lines of the same part: nearly every batch is one."""
    for batch in batches:
        *keys, lines = batch.columns
        if len(lines) == 0:
            continue
        first, final = (tuple(key[at].as_py() for key in keys) for at in (0, -1))
        if first == final:
            yield first, lines
        else:
            start = 0
            for part, run in groupby(zip(*(key.to_pylist() for key in keys), strict=True)):
                size = sum(1 for _ in run)
                yield part, lines.slice(start, size)
                start += size


def batch_of(
    file: str | None, part: int, number: int, chunk: Chunk, places: Sequence[int | None], schema: pa.Schema
) -> pa.RecordBatch:
    """A chunk whose first record has this number, its fields in the order of the published columns."""
    texts, problems, fields = chunk
    size = len(texts)
    # Looked for once in whole records: a search in each of their columns costs more than the parsing.
    runs = pc.any(pc.match_substring_regex(texts, _RUN_OF_BLANKS)).as_py()
    absent = pa.nulls(size, pa.string())
    values = [
        pa.repeat(pa.scalar(file, pa.string()), size),
        pa.repeat(pa.scalar(part, pa.int64()), size),
        pa.array(range(number, number + size), pa.int64()),
        texts,
        problems,
        *(absent if at is None else _trimmed(fields[at], runs) for at in places),
    ]
    return pa.RecordBatch.from_arrays(values, schema=schema)


def _trimmed(values: pa.StringArray, runs: bool) -> pa.StringArray:
    """Without white space around them, runs of it one blank if there may be any; what is blank is NULL."""
    trimmed = pc.utf8_trim_whitespace(values)
    if runs:
        trimmed = pc.replace_substring_regex(trimmed, _BLANKS, " ")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
