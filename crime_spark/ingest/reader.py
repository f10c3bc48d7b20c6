"""From landed files to a row for each record, with all published columns as text."""

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
    """The schema of published rows: file, part, record, text, problem, and the published columns.

    part is the byte where the part of the file starts that a task reads. record counts from 1 in the part. problem is
    the reason why a record has no fields.
    """
    fields = [StructField("file", StringType()), StructField("part", LongType()), StructField("record", LongType())]
    fields += [StructField(name, StringType()) for name in ("text", "problem", *city.published)]
    return StructType(fields)


def published_types(city: City) -> pa.Schema:
    """`published_schema` for Arrow."""
    texts = [pa.field(name, pa.string()) for name in ("text", "problem", *city.published)]
    return pa.schema([("file", pa.string()), ("part", pa.int64()), ("record", pa.int64()), *texts])


def read_published(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    """Read all records of files as rows of `published_schema`: trimmed, with single blanks, NULL if blank.

    A file with splits=True is divided at line ends into parts for several tasks. If a row has the problem TORN, a
    record is in two parts, and the file must be read again with splits=False, by a single task.
    """
    frames = [
        _read(spark if splits else _unsplitting(spark), city, [file for file in files if file.splits is splits])
        for splits in (True, False)
        if any(file.splits is splits for file in files)
    ]
    # Later steps run in the session of the first frame, which must be the usual session with its settings.
    return reduce(DataFrame.unionByName, frames, spark.createDataFrame([], published_schema(city)))


def _read(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    # A file that cannot be read is an error, whatever the settings of the session.
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
    """A session of the same application that reads each file in one task; a reader has no option for this."""
    session = spark.newSession()
    for setting in ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes"):
        session.conf.set(setting, str(2**46))
    return session


def _escaped(uri: str) -> str:
    """The URI with escaped glob characters, because Spark interprets paths as globs."""
    return "".join("\\" + c if c in "[]{}*?\\" else c for c in uri)


def _parser(
    city: City, files: Mapping[str, LandedFile]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for tasks from batches of (URI, part, last, line) to batches of `published_schema`."""

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


Part = tuple[str, int, bool]  # URI of the file, start of the part, and whether it is the last


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Part, pa.BinaryArray]]:
    """Yield runs of lines of the same part; nearly every batch is a single run."""
    for batch in batches:
        *keys, lines = batch.columns
        if len(lines) == 0:
            continue
        first, final = (tuple(key[index].as_py() for key in keys) for index in (0, -1))
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
    """A batch of published rows from a chunk.

    Args:
        file: the file.
        part: start of the part.
        number: number of the first record.
        chunk: the chunk.
        places: position of each published column in the fields.
        schema: `published_types`.
    """
    texts, problems, fields = chunk
    size = len(texts)
    # A search in whole records, because a search in each column would take longer than parsing.
    runs = pc.any(pc.match_substring_regex(texts, _RUN_OF_BLANKS)).as_py()
    absent = pa.nulls(size, pa.string())
    values = [
        pa.repeat(pa.scalar(file, pa.string()), size),
        pa.repeat(pa.scalar(part, pa.int64()), size),
        pa.array(range(number, number + size), pa.int64()),
        texts,
        problems,
        *(absent if position is None else _trimmed(fields[position], runs) for position in places),
    ]
    return pa.RecordBatch.from_arrays(values, schema=schema)


def _trimmed(values: pa.StringArray, runs: bool) -> pa.StringArray:
    """Trim values, replace runs of white space by a blank if there are any, and blank values by NULL."""
    trimmed = pc.utf8_trim_whitespace(values)
    if runs:
        trimmed = pc.replace_substring_regex(trimmed, _BLANKS, " ")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
