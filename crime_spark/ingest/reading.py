"""Landed files to one row a record, every published column as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from urllib.parse import unquote

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from crime_spark.cities.city import City
from crime_spark.ingest.landing import LandedFile, plain_path
from crime_spark.ingest.records import Record, decoded, physical_lines, records

_ROWS_PER_BATCH = 8192


def published_schema(city: City) -> StructType:
    """file, record (1 = first after the header), text, problem (why it has no fields), then the published columns."""
    fields = [StructField("file", StringType()), StructField("record", LongType())]
    fields += [StructField(name, StringType()) for name in ("text", "problem", *city.published)]
    return StructType(fields)


def read_published(spark: SparkSession, city: City, files: Sequence[LandedFile]) -> DataFrame:
    """Every record of the files, in the schema of `published_schema`.

    Each file is read as a stream by one task: a record may span lines, so a file has no safe place to be cut.
    Run the action on the result inside `whole_files`.
    """
    lines = spark.read.option("lineSep", "\n").text([_escaped(file.uri) for file in files])
    parts = lines.select(F.col("_metadata.file_path").alias("file"), F.col("value").cast("binary").alias("line"))
    return parts.mapInArrow(_parser(city), published_schema(city))


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


def _parser(city: City) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = pa.schema([("file", pa.string()), ("record", pa.int64())]).append(pa.field("text", pa.string()))
        for name in ("problem", *city.published):
            schema = schema.append(pa.field(name, pa.string()))
        for uri, pieces in groupby(_pieces(batches), key=itemgetter(0)):
            lines = physical_lines(chain.from_iterable(piece for _, piece in pieces))
            yield from _file_batches(city, plain_path(unquote(uri)), records(lines), schema)

    return parse


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, list[str]]]:
    """(file, lines) runs: nearly every batch is of one file."""
    for batch in batches:
        lines = [decoded(line) for line in batch.column(1).to_pylist()]
        files = batch.column(0)
        if lines and files[0] == files[-1]:
            yield files[0].as_py(), lines
        else:
            for uri, run in groupby(zip(files.to_pylist(), lines, strict=True), key=itemgetter(0)):
                yield uri, [line for _, line in run]


def _file_batches(
    city: City, file: str, found: Iterator[Record], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    header = next(found, None)
    if header is None or header.fields is None:
        return
    cells = [cell.lstrip("\ufeff") for cell in header.fields]
    places, _ = city.positions(cells)
    blank: list[str | None] = [None] * len(places)
    number = 0
    while chunk := list(islice(found, _ROWS_PER_BATCH)):
        rows = []
        problems: list[str | None] = []
        for record in chunk:
            problem = _problem(record, len(cells))
            problems.append(problem)
            fields = record.fields
            rows.append(blank if fields is None or problem else [None if at is None else fields[at] for at in places])
        values = [
            pa.array([file] * len(chunk), pa.string()),
            pa.array(range(number + 1, number + len(chunk) + 1), pa.int64()),
            pa.array([record.text for record in chunk], pa.string()),
            pa.array(problems, pa.string()),
            *(pa.array(column, pa.string()) for column in zip(*rows, strict=True)),
        ]
        number += len(chunk)
        yield pa.RecordBatch.from_arrays(values, schema=schema)


def _problem(record: Record, width: int) -> str | None:
    if record.fields is None:
        return "unclosed quote"
    if len(record.fields) != width:
        return f"wrong number of fields: {len(record.fields)} instead of {width}"
    return None
