"""Hashes by which runs recognize equal inputs. Stored tables contain them: what is hashed, and how, must not change."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pyspark.sql import Column
from pyspark.sql import functions as F


def text_hash(text: str) -> str:
    """The SHA-256 of a text, 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def row_hash(columns: Iterable[Column]) -> Column:
    """A hash of the values of several columns, BIGINT.

    Spark's hash skips NULL. The hash therefore includes which columns are NULL, so that a value that moves from one
    column to another changes it.
    """
    hashed = list(columns)
    return F.xxhash64(*hashed, *(column.isNull() for column in hashed))
