"""Samples that are drawn by a hash: every run and every partitioning draws the same rows."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PARTS = 1_000_000


def parts_of(share: float, parts: int = PARTS) -> int:
    """How many of the equal parts make up a share of all rows, at most all of them."""
    return round(parts * min(1.0, share))


def in_parts(hashed: Column, drawn: int | Column, parts: int = PARTS) -> Column:
    """Whether a row is drawn.

    Args:
        hashed: a hash of the row, BIGINT.
        drawn: how many of the parts are drawn.
        parts: the number of equal parts that hashes fall into.
    """
    return F.pmod(hashed, F.lit(parts)) < drawn


def in_share(share: float, column: str, draw: str) -> Column:
    """Whether a row is drawn, with this share of all rows, by a hash of the column.

    Draws with different names are independent of each other.
    """
    return in_parts(F.xxhash64(F.lit(draw), F.col(column)), parts_of(share))
