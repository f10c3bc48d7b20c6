"""Samples drawn by a hash, so that every run and every partitioning draws the same rows."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PARTS = 1_000_000


def parts_of(share: float, parts: int = PARTS) -> int:
    """The number of equal parts that make up a share of all rows, at most `parts`."""
    return round(parts * min(1.0, share))


def in_parts(hashed: Column, drawn: int | Column, parts: int = PARTS) -> Column:
    """Whether a row is in the sample, BOOLEAN.

    Args:
        hashed: a hash of the row, BIGINT.
        drawn: number of parts in the sample.
        parts: number of equal parts that the hashes are divided into.
    """
    return F.pmod(hashed, F.lit(parts)) < drawn


def in_share(share: float, column: str, draw: str) -> Column:
    """Whether a row is in a sample with this share of all rows, BOOLEAN.

    Args:
        share: the share of rows, from 0 to 1.
        column: the column whose hash decides.
        draw: the name of the sample. Samples with different names are independent of each other.
    """
    return in_parts(F.xxhash64(F.lit(draw), F.col(column)), parts_of(share))
