"""Hashes that identify equal inputs. Stored tables contain them, so the functions must not change."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pyspark.sql import Column
from pyspark.sql import functions as F


def text_hash(text: str) -> str:
    """The SHA-256 hash of a text as 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def row_hash(columns: Iterable[Column]) -> Column:
    """A hash of the values of several columns, BIGINT.

    Spark's hash skips NULL. The flags of NULL are therefore hashed as well, so that the hash changes if a value moves
    to another column.
    """
    values = list(columns)
    return F.xxhash64(*values, *(column.isNull() for column in values))
