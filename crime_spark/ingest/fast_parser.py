"""From lines to records in chunks: complete lines by Arrow's parser, all others by the csv module.

The csv module defines how damaged lines are read. Arrow's parser gets only lines that are complete records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from crime_spark.ingest.csv_records import OpenEndError, Record, next_record
from crime_spark.ingest.line_buffer import Lines, Piece

TORN = "its quote is open where the part ends"
_BOM = "\ufeff".encode()
_BLANK_LINES = pa.array([b"", b"\r"], pa.binary())

Chunk = tuple[pa.StringArray, pa.StringArray, Sequence[pa.StringArray]]  # texts, problems, fields by position
Taken = list[tuple[int, int, Record | None]]  # first line, number of lines, and record; None for a blank line


class _NotPlainError(Exception):
    """A line that looked complete is not a record."""


def chunks(lines: Lines, width: int, last: bool) -> Iterator[Chunk]:
    """Yield the records of lines; blank lines are skipped.

    Args:
        lines: the lines.
        width: the expected number of fields.
        last: the lines include the last of the file; otherwise an incomplete last record has the problem TORN.
    """
    while len((piece := lines.at_hand()).lines):
        try:
            try:
                chunk, behind = _mixed(lines, piece, width, last)
            except _NotPlainError:
                taken = _one_by_one(lines, range(len(piece.lines)), last)
                chunk, behind = of_records(taken, width), _behind(taken)
        except OpenEndError:
            yield pa.array([""], pa.string()), pa.array([TORN], pa.string()), [pa.nulls(1, pa.string())] * width
            return
        lines.take(max(behind, len(piece.lines)))
        if len(chunk[0]):
            yield chunk


def _mixed(lines: Lines, piece: Piece, width: int, last: bool) -> tuple[Chunk, int]:
    """The records that start in the piece, and the first line after the last record of the csv module."""
    if piece.with_ends:
        raise _NotPlainError
    taken = _one_by_one(lines, _faulty(piece.lines), last)
    behind = _behind(taken)
    plain = ~np.asarray(pc.is_in(piece.lines, _BLANK_LINES))
    for start, count, _ in taken:
        plain[start : start + count] = False
    places = np.flatnonzero(plain)
    plain_lines = piece.lines if len(places) == len(plain) else piece.lines.filter(pa.array(plain))
    (texts, fields), wrong = _parsed(plain_lines, width)
    for place in places[wrong].tolist():
        record, count = next_record(lines.following(place))
        if count != 1:
            raise _NotPlainError
        taken.append((place, count, record))
    parsed: Chunk = texts, pa.nulls(len(texts), pa.string()), fields
    if not taken:
        return parsed, behind
    starts = [start for start, _, record in taken if record is not None]
    order = pa.array(np.argsort(np.concatenate([np.delete(places, wrong), np.array(starts, int)]), kind="stable"))
    return _merged(parsed, of_records(taken, width), order), behind


def _faulty(lines: pa.BinaryArray) -> list[int]:
    """Lines that the two parsers may read differently: with an odd number of quotes, or not in UTF-8."""
    odd = set(np.flatnonzero(np.asarray(pc.count_substring(lines, '"')) % 2).tolist())
    try:
        lines.cast(pa.string())
    except pa.ArrowInvalid:
        odd |= {number for number, line in enumerate(lines.to_pylist()) if not _is_utf8(line)}
    return sorted(odd)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _one_by_one(lines: Lines, starts: Iterable[int], last: bool) -> Taken:
    """The records that start at these lines, except lines within another record."""
    taken: Taken = []
    for start in starts:
        if start >= _behind(taken):
            record, count = next_record(lines.following(start), last)
            taken.append((start, count, record))
    return taken


def _behind(taken: Taken) -> int:
    """The first line after all of these records."""
    return taken[-1][0] + taken[-1][1] if taken else 0


def _parsed(lines: pa.BinaryArray, width: int) -> tuple[tuple[pa.StringArray, list[pa.StringArray]], list[int]]:
    """Texts and fields of the lines with the expected number of fields, and the indices of other lines.

    If the numbers of lines and rows are equal, no quote was open at the end of a line, and Arrow's parser agrees with
    the csv module. An added line of commas would be swallowed by an open quote of the last line.
    """
    whole = pa.ListArray.from_arrays([0, len(lines) + 1], pa.concat_arrays([lines, pa.array([b"," * (width - 1)])]))
    data = pc.binary_join(whole, b"\n")[0].as_buffer()
    raw = memoryview(data).tobytes()
    if raw.startswith(_BOM) or raw.count(b"\r") != raw.count(b"\r\n"):
        raise _NotPlainError
    names = [str(index) for index in range(width)]
    wrong: list[int] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        wrong.append(row.number - 1)
        return "skip"

    try:
        texts = pc.utf8_rtrim(lines.cast(pa.string()), "\r")
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1),
            parse_options=pa_csv.ParseOptions(invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid as error:
        raise _NotPlainError from error
    if len(table) + len(wrong) != len(lines) + 1:
        raise _NotPlainError
    if wrong:
        texts = texts.take(pa.array(np.delete(np.arange(len(lines)), wrong)))
    return (texts, [column.combine_chunks().slice(0, len(texts)) for column in table.columns]), wrong


def of_records(taken: Taken, width: int) -> Chunk:
    """Records of the csv module as a chunk; `width` is the expected number of fields."""
    records = [record for _, _, record in taken if record is not None]
    problems = [_problem(record, width) for record in records]
    blank = [None] * width
    rows = [blank if problem else record.fields for record, problem in zip(records, problems, strict=True)]
    columns = list(zip(*rows, strict=True)) or [()] * width
    texts = pa.array([record.text for record in records], pa.string())
    return texts, pa.array(problems, pa.string()), [pa.array(column, pa.string()) for column in columns]


def _merged(first_chunk: Chunk, second_chunk: Chunk, order: pa.Array) -> Chunk:
    """The rows of both chunks in the given order."""
    texts, problems, *fields = (
        pa.concat_arrays([first, second]).take(order)
        for first, second in zip(
            (*first_chunk[:2], *first_chunk[2]), (*second_chunk[:2], *second_chunk[2]), strict=True
        )
    )
    return texts, problems, fields


def _problem(record: Record, width: int) -> str | None:
    if record.fields is None:
        return "unclosed quote"
    if len(record.fields) != width:
        return f"wrong number of fields: {len(record.fields)} instead of {width}"
    return None
