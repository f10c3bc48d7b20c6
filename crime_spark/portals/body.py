"""CSV as it streams from a portal, record by record, and whether it came whole; gzip files of equal bytes."""

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
_MOST_LINES = 10_000  # of one record; without a bound a quote that stays open would gather all that follows in memory
_LONGEST_FIELD = 131_072
_LONE_RETURN = re.compile(r"\r(?!\n)")


class BrokenBodyError(PortalError):
    """A body that did not come whole; asking again may help."""


def whole_records(lines: Iterable[bytes]) -> Iterator[tuple[list[str], bytes]]:
    """Each record's fields and its bytes; a blank line has no fields. The first record is the header.

    Raises:
        BrokenBodyError: nothing came, or the last record is cut off: by then it has been given.
    """
    held: list[bytes] = []
    last = b""
    csv.field_size_limit(_LONGEST_FIELD)  # the limit is the whole process's: others may have lifted it
    try:
        for fields in csv.reader(_texts(lines, held)):
            last = b"".join(held)
            held.clear()
            yield fields, last
    except csv.Error as error:
        raise BrokenBodyError(f"the body is not CSV ({error})") from error
    if not last:
        raise BrokenBodyError("the body is empty, without a header")
    if not last.endswith(b"\n") or _open_quote(last):
        raise BrokenBodyError(f"the body is cut off within a record; it ends with {last[-80:]!r}")


@contextmanager
def packed(path: Path) -> Iterator[BinaryIO]:
    """A gzip file to write to, on the disk when the block ends. Equal content gives equal bytes: no name, no time."""
    with path.open("wb") as file:
        # In blocks of one size, because compression may depend on how the content is cut.
        pack = gzip.GzipFile("", "wb", 6, file, mtime=0)
        with io.BufferedWriter(cast(io.RawIOBase, pack), _BUFFER) as out:
            yield cast(BinaryIO, out)
        file.flush()
        os.fsync(file.fileno())


def _texts(lines: Iterable[bytes], held: list[bytes]) -> Iterator[str]:
    encoding = "utf-8-sig"  # a byte order mark is no part of the first header
    for line in lines:
        if len(held) == _MOST_LINES:
            raise BrokenBodyError(f"a quote stays open for {_MOST_LINES:,} lines; the record begins {held[0][:80]!r}")
        held.append(line)
        text = line.decode(encoding, "replace")
        encoding = "utf-8"
        # Within a line it ends no record here, and the csv module refuses what follows it.
        yield _LONE_RETURN.sub(" ", text) if "\r" in text else text


def _open_quote(record: bytes) -> bool:
    """Whether a further line would still belong to the record."""
    text = record.decode("utf-8", "replace")
    return list(csv.reader([*text.splitlines(keepends=True), "end\n"]))[-1] != ["end"]
