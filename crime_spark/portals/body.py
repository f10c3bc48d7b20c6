"""CSV streams of portals as records, checks of their completeness, and reproducible gzip files."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from crime_spark.errors import PortalError

_BUFFER = 1 << 20
_MOST_LINES = 10_000  # of a record; an unclosed quote would otherwise collect the rest of the file in memory
_LONGEST_FIELD = 131_072
_LONE_RETURN = re.compile(r"\r(?!\n)")


class BrokenBodyError(PortalError):
    """A body is incomplete; another request may succeed."""


def whole_records(lines: Iterable[bytes]) -> Iterator[tuple[list[str], bytes]]:
    """Yield the fields and the bytes of each record; a blank line has no fields. The first record is the header.

    Raises:
        BrokenBodyError: the body is empty, or its last record is incomplete, which has then been yielded.
    """
    raw_lines: list[bytes] = []
    last = b""
    csv.field_size_limit(_LONGEST_FIELD)  # the limit applies to the process and may have been changed
    try:
        for fields in csv.reader(_texts(lines, raw_lines)):
            last = b"".join(raw_lines)
            raw_lines.clear()
            yield fields, last
    except csv.Error as error:
        raise BrokenBodyError(f"the body is not CSV ({error})") from error
    if not last:
        raise BrokenBodyError("the body is empty, without a header")
    if not last.endswith(b"\n") or _open_quote(last):
        raise BrokenBodyError(f"the body ends within a record: {last[-80:]!r}")


@contextmanager
def packed(path: Path) -> Iterator[BinaryIO]:
    """A gzip file to write to, synced to disk at the end. Equal content gives equal bytes, without name and time."""
    with path.open("wb") as file:
        # Blocks of equal size, because compression can depend on the size of blocks.
        pack = gzip.GzipFile("", "wb", 6, file, mtime=0)
        with io.BufferedWriter(cast(io.RawIOBase, pack), _BUFFER) as out:
            yield cast(BinaryIO, out)
        file.flush()
        os.fsync(file.fileno())


def _texts(lines: Iterable[bytes], raw: list[bytes]) -> Iterator[str]:
    encoding = "utf-8-sig"  # removes a byte order mark
    for line in lines:
        if len(raw) == _MOST_LINES:
            raise BrokenBodyError(
                f"a quote is not closed within {_MOST_LINES:,} lines; the record begins with {raw[0][:80]!r}"
            )
        raw.append(line)
        text = line.decode(encoding, "replace")
        encoding = "utf-8"
        # The csv module would end the record at a carriage return within a line.
        yield _LONE_RETURN.sub(" ", text) if "\r" in text else text


def _open_quote(record: bytes) -> bool:
    """Whether the record has an unclosed quote, so that another line would belong to it."""
    text = record.decode("utf-8", "replace")
    return list(csv.reader([*text.splitlines(keepends=True), "end\n"]))[-1] != ["end"]
