"""Landed files to one row a record, every published column as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from crime_spark.cities.city import City
from crime_spark.ingest.landing import LandedFile, plain_path
from crime_spark.ingest.records import Record, header_cells, physical_lines, records

_ROWS_PER_BATCH = 8192
_BLANKS = r"[ \t\n\v\f\r]+"
_RUN_OF_BLANKS = r"[ \t\n\v\f\r]{2}|[\t\n\v\f\r]"


def published_schema(city: City) -> StructType:
    """file, record (1 = first after the header), text, problem (why it has no fields), then the published columns."""
    fields = [StructField("file", StringType()), StructField("record", LongType())]
    fields += [StructField(name, StringType()) for name in ("text", "problem", *city.published)]
    return StructType(fields)


def read_published(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    """Every record of the files, in the schema of `published_schema`: trimmed, runs of blanks as one, NULL if blank.

    Each file is read as a stream by one task: a record may span lines, so a file has no safe place to be cut.
    Run the action on the result inside `whole_files`.
    """
    # Whatever the session says: a file that cannot be read is an error, never fewer rows.
    whole = {"lineSep": "\n", "ignoreCorruptFiles": "false", "ignoreMissingFiles": "false"}
    lines = spark.read.options(**whole).text([_escaped(file.uri) for file in files])
    parts = lines.select(F.col("_metadata.file_path").alias("file"), F.col("value").cast("binary").alias("line"))
    names = {plain_path(file.uri): file.path for file in files}
    return parts.mapInArrow(_parser(city, names), published_schema(city))


@contextmanager
def whole_files(spark: SparkSession, files: Iterable[LandedFile]) -> Iterator[None]:
    """While it lasts, Spark gives each landed file to one task: no splitting, hardly any packing together."""
    sizes = [file.size for file in files]
    wanted = {
        "spark.sql.files.maxPartitionBytes": str(max(sizes, default=0) + 1),
        "spark.sql.files.openCostInBytes": str(max(sizes, default=0) + 1),
        "spark.sql.files.minPartitionNum": str(max(1, len(sizes))),
    }
    before = {key: spark.conf.get(key, None) for key in wanted}
    for key, value in wanted.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, old in before.items():
            if old is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, old)


def _escaped(uri: str) -> str:
    """Spark takes a path for a glob; the file's own name may hold such characters."""
    return "".join("\\" + c if c in "[]{}*?\\" else c for c in uri)


def _parser(city: City, names: Mapping[str, str]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does: batches of (URI of the file, line) to batches of `published_schema`; names are by path."""

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        texts = [pa.field(name, pa.string()) for name in ("text", "problem", *city.published)]
        schema = pa.schema([("file", pa.string()), ("record", pa.int64()), *texts])
        for uri, pieces in groupby(_pieces(batches), key=itemgetter(0)):
            lines = physical_lines(chain.from_iterable(piece for _, piece in pieces))
            yield from _file_batches(city, names[plain_path(unquote(uri))], records(lines), schema)

    return parse


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, list[bytes]]]:
    """(file, lines) runs: nearly every batch is of one file."""
    for batch in batches:
        lines = batch.column(1).to_pylist()
        files = batch.column(0)
        if lines and files[0] == files[-1]:
            yield files[0].as_py(), lines
        else:
            for uri, run in groupby(zip(files.to_pylist(), lines, strict=True), key=itemgetter(0)):
                yield uri, [line for _, line in run]


def _file_batches(city: City, file: str, found: Iterator[Record], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    cells = header_cells(found)
    places = dict(zip(city.published, city.positions(cells)[0], strict=True))
    present = [name for name, at in places.items() if at is not None]
    pick = itemgetter(*(places[name] for name in present))
    blank = [None] * len(present)
    number = 0
    while chunk := list(islice(found, _ROWS_PER_BATCH)):
        problems = [_problem(record, len(cells)) for record in chunk]
        rows = [
            blank if problem or record.fields is None else pick(record.fields)
            for record, problem in zip(chunk, problems, strict=True)
        ]
        texts = pa.array([record.text for record in chunk], pa.string())
        # Looked for once in whole records: a search in each of their columns costs more than the parsing.
        runs = pc.any(pc.match_substring_regex(texts, _RUN_OF_BLANKS)).as_py()
        columns = {
            name: _trimmed(pa.array(column, pa.string()), runs)
            for name, column in zip(present, zip(*rows, strict=True), strict=True)
        }
        absent = pa.nulls(len(chunk), pa.string())
        values = [
            pa.array([file] * len(chunk), pa.string()),
            pa.array(range(number + 1, number + len(chunk) + 1), pa.int64()),
            texts,
            pa.array(problems, pa.string()),
            *(columns.get(name, absent) for name in city.published),
        ]
        number += len(chunk)
        yield pa.RecordBatch.from_arrays(values, schema=schema)


def _trimmed(values: pa.StringArray, runs: bool) -> pa.StringArray:
    """Without white space around them, runs of it one blank if there may be any; what is blank is NULL."""
    trimmed = pc.utf8_trim_whitespace(values)
    if runs:
        trimmed = pc.replace_substring_regex(trimmed, _BLANKS, " ")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _problem(record: Record, width: int) -> str | None:
    if record.fields is None:
        return "unclosed quote"
    if len(record.fields) != width:
        return f"wrong number of fields: {len(record.fields)} instead of {width}"
    return None
