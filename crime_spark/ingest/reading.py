"""Landed files to one row a record, every published column as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from crime_spark.cities.city import City
from crime_spark.ingest.landing import LandedFile, plain_path
from crime_spark.ingest.records import Record, header_cells, physical_lines, records
from crime_spark.session import configured

_ROWS_PER_BATCH = 8192
_BOM = "\ufeff".encode()
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
    with configured(spark, wanted):
        yield


def _escaped(uri: str) -> str:
    """Spark takes a path for a glob; the file's own name may hold such characters."""
    return "".join("\\" + c if c in "[]{}*?\\" else c for c in uri)


def _parser(city: City, names: Mapping[str, str]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does: batches of (URI of the file, line) to batches of `published_schema`; names are by path."""

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        texts = [pa.field(name, pa.string()) for name in ("text", "problem", *city.published)]
        schema = pa.schema([("file", pa.string()), ("record", pa.int64()), *texts])
        for uri, pieces in groupby(_pieces(batches), key=itemgetter(0)):
            lines = _Lines(piece for _, piece in pieces)
            yield from _file_batches(city, names[plain_path(unquote(uri))], lines, schema)

    return parse


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, pa.BinaryArray]]:
    """(file, lines) runs: nearly every batch is of one file."""
    for batch in batches:
        files, lines = batch.columns
        if lines and files[0] == files[-1]:
            yield files[0].as_py(), lines
        else:
            start = 0
            for uri, run in groupby(files.to_pylist()):
                size = sum(1 for _ in run)
                yield uri, lines.slice(start, size)
                start += size


class _Lines:
    """The lines of one file: one by one, or all that are at hand."""

    def __init__(self, pieces: Iterator[pa.BinaryArray]) -> None:
        self._pieces = pieces
        self._held: pa.BinaryArray = pa.array([], pa.binary())
        self._singly: list[bytes] = []
        self._taken = 0
        self.split = False  # one of those given singly is several lines to the csv module

    def __iter__(self) -> Iterator[bytes]:
        while self._more():
            if not self._singly:
                self._singly = self._held.to_pylist()
            line = self._singly[self._taken]
            self._taken += 1
            self.split |= b"\r" in line[:-1]
            yield line

    def at_hand(self) -> pa.BinaryArray:
        """Lines that come next, not yet taken; empty behind the last one."""
        return self._held.slice(self._taken) if self._more() else pa.array([], pa.binary())

    def skip(self) -> None:
        """Go on behind those at hand."""
        self._taken = len(self._held)

    def _more(self) -> bool:
        while self._taken == len(self._held):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._held, self._singly, self._taken = piece, [], 0
        return True


def _file_batches(city: City, file: str, lines: _Lines, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The file's records. As long as each line is a record without a fault, a fast parser takes all that are at hand.

    The first line that is not, and all behind it, are for the csv module: it alone says what damage means.
    """
    found = records(physical_lines(lines))
    cells = header_cells(found)
    places = city.positions(cells)[0]
    chunks = chain(_plain_chunks(lines, len(cells)), _chunks(found, len(cells)))
    number = 0
    for texts, problems, fields in chunks:
        # Looked for once in whole records: a search in each of their columns costs more than the parsing.
        runs = pc.any(pc.match_substring_regex(texts, _RUN_OF_BLANKS)).as_py()
        absent = pa.nulls(len(texts), pa.string())
        values = [
            pa.repeat(pa.scalar(file, pa.string()), len(texts)),
            pa.array(range(number + 1, number + len(texts) + 1), pa.int64()),
            texts,
            problems,
            *(absent if at is None else _trimmed(fields[at], runs) for at in places),
        ]
        number += len(texts)
        yield pa.RecordBatch.from_arrays(values, schema=schema)


Chunk = tuple[pa.StringArray, pa.StringArray, Sequence[pa.StringArray]]  # texts, problems, fields by position


def _plain_chunks(lines: _Lines, width: int) -> Iterator[Chunk]:
    while not lines.split and len(held := lines.at_hand()):
        chunk = _plain(held, width)
        if chunk is None:
            return
        yield chunk
        lines.skip()


def _plain(lines: pa.BinaryArray, width: int) -> Chunk | None:
    """The lines if each is a record of so many fields; else None.

    Where lines and rows are equal in number, no line was blank and no quote was open at its end; Arrow's parser and the
    csv module then agree. A line of commas behind the last one would be swallowed by its open quote.
    """
    whole = pa.ListArray.from_arrays([0, len(lines) + 1], pa.concat_arrays([lines, pa.array([b"," * (width - 1)])]))
    data = pc.binary_join(whole, b"\n")[0].as_buffer()
    raw = memoryview(data).tobytes()
    if raw.startswith(_BOM) or raw.count(b"\r") != raw.count(b"\r\n"):
        return None
    names = [str(at) for at in range(width)]
    try:
        texts = pc.utf8_rtrim(lines.cast(pa.string()), "\r")
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    if len(table) != len(lines) + 1:
        return None
    fields = [column.combine_chunks().slice(0, len(lines)) for column in table.columns]
    return texts, pa.nulls(len(lines), pa.string()), fields


def _chunks(found: Iterator[Record], width: int) -> Iterator[Chunk]:
    blank = [None] * width
    while chunk := list(islice(found, _ROWS_PER_BATCH)):
        problems = [_problem(record, width) for record in chunk]
        rows = [blank if problem else record.fields for record, problem in zip(chunk, problems, strict=True)]
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        yield pa.array([record.text for record in chunk], pa.string()), pa.array(problems, pa.string()), columns


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
