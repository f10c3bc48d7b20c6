"""The lines of one landed file, as they come in batches from Spark: all that are at hand, or one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crime_spark.ingest.csv_records import decoded, physical_lines

_NONE = pa.array([], pa.binary())


class Piece(NamedTuple):
    """Consecutive physical lines. Those with_ends hold their line ends; to the others belongs a line feed each."""

    lines: pa.BinaryArray
    with_ends: bool

    def text(self, at: int) -> str:
        """One line with its end."""
        line: bytes = self.lines[at].as_py()
        return decoded(line) if self.with_ends else decoded(line) + "\n"


class Lines:
    """A file, or a part of one that begins with a line, of which lines are taken from the front."""

    def __init__(self, batches: Iterator[pa.BinaryArray]) -> None:
        self._batches = batches
        self._pieces: deque[Piece] = deque()
        self._taken = 0  # of the first piece

    def at_hand(self) -> Piece:
        """The lines that come next without waiting, none behind the last one."""
        while self._pieces or self._more():
            piece = self._pieces[0]
            if self._taken < len(piece.lines):
                return Piece(piece.lines.slice(self._taken), piece.with_ends)
            self._taken -= len(self._pieces.popleft().lines)
        return Piece(_NONE, False)

    def following(self, skipped: int = 0) -> Iterator[str]:
        """Line after line behind so many that are skipped, with their ends; none is taken."""
        at, number = self._taken + skipped, 0
        while number < len(self._pieces) or self._more():
            piece = self._pieces[number]
            while at < len(piece.lines):
                yield piece.text(at)
                at += 1
            at -= len(piece.lines)
            number += 1

    def take(self, count: int) -> None:
        """Go on behind so many lines."""
        self._taken += count

    def _more(self) -> bool:
        batch = next(self._batches, None)
        if batch is not None:
            self._pieces.append(_piece(batch))
        return batch is not None


def _piece(batch: pa.BinaryArray) -> Piece:
    """What was split at line feeds, split at lone carriage returns too."""
    returns = pc.sum(pc.count_substring(batch, "\r")).as_py()
    if not returns or returns == pc.sum(pc.ends_with(batch, "\r")).as_py():
        return Piece(batch, False)
    # Latin-1 as well as UTF-8 is decoded line by line, so the bytes are kept.
    return Piece(pa.array(physical_lines(batch.to_pylist()), pa.binary()), True)
