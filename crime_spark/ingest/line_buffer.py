"""A buffer of the lines of a file, which Spark delivers in batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crime_spark.ingest.csv_records import decoded, physical_lines

_NONE = pa.array([], pa.binary())


class Piece(NamedTuple):
    """Consecutive physical lines.

    Attributes:
        lines: the lines.
        with_ends: the lines include their ends; otherwise each ends with a line feed.
    """

    lines: pa.BinaryArray
    with_ends: bool

    def text(self, index: int) -> str:
        """A line with its end."""
        line: bytes = self.lines[index].as_py()
        return decoded(line) if self.with_ends else decoded(line) + "\n"


class Lines:
    """The lines of a file or of a part that starts with a line, consumed from the front."""

    def __init__(self, batches: Iterator[pa.BinaryArray]) -> None:
        self._batches = batches
        self._pieces: deque[Piece] = deque()
        self._taken = 0  # lines of the first piece

    def at_hand(self) -> Piece:
        """The next buffered lines; empty at the end."""
        while self._pieces or self._more():
            piece = self._pieces[0]
            if self._taken < len(piece.lines):
                return Piece(piece.lines.slice(self._taken), piece.with_ends)
            self._taken -= len(self._pieces.popleft().lines)
        return Piece(_NONE, False)

    def following(self, skipped: int = 0) -> Iterator[str]:
        """Yield the lines after a number of skipped lines, with their ends, without consuming them."""
        index, number = self._taken + skipped, 0
        while number < len(self._pieces) or self._more():
            piece = self._pieces[number]
            while index < len(piece.lines):
                yield piece.text(index)
                index += 1
            index -= len(piece.lines)
            number += 1

    def take(self, count: int) -> None:
        """Consume a number of lines."""
        self._taken += count

    def _more(self) -> bool:
        batch = next(self._batches, None)
        if batch is not None:
            self._pieces.append(_piece(batch))
        return batch is not None


def _piece(batch: pa.BinaryArray) -> Piece:
    """Lines split at line feeds, also split at single carriage returns."""
    returns = pc.sum(pc.count_substring(batch, "\r")).as_py()
    if not returns or returns == pc.sum(pc.ends_with(batch, "\r")).as_py():
        return Piece(batch, False)
    # The bytes are kept, because each line is decoded separately as UTF-8 or Latin-1.
    return Piece(pa.array(physical_lines(batch.to_pylist()), pa.binary()), True)
