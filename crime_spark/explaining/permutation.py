"""Permutation of one feature at a time."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

AS_IT_IS = ""  # in place of a feature: no permutation


def permuted(rows: DataFrame, features: Sequence[str], seed: int) -> DataFrame:
    """Repeat rows for each feature, with the value of this feature taken from another row.

    A row takes the value of the next row in the order of a seeded hash of example_id; the last row takes that of the
    first. This permutation has no fixed points, is the same for all features, and depends only on the rows and the
    seed.

    Args:
        rows: example_id (unique STRING), features and other columns.
        features: names of the features.
        seed: seed of the permutation.

    Returns:
        The rows with `permuted` (STRING): the permuted feature, or AS_IT_IS for unchanged rows.
    """
    order = Window.orderBy(F.xxhash64(F.lit(f"permuted {seed}"), "example_id"), "example_id")
    # The last row has no next row, so it gets the first.
    lenders = rows.select(
        "example_id", F.lead("example_id").over(order).alias("_next"), F.first("example_id").over(order).alias("_first")
    )
    lenders = lenders.select("example_id", F.coalesce("_next", "_first").alias("_lender"))
    lent = rows.select(F.col("example_id").alias("_lender"), *(F.col(name).alias(f"_{name}") for name in features))
    with_lender = rows.join(lenders, on="example_id", how="inner").join(lent, on="_lender", how="inner")
    names_of_copies = F.explode(F.array(*map(F.lit, (AS_IT_IS, *features))))
    kept = [name for name in rows.columns if name not in features]
    copies = with_lender.withColumn("permuted", names_of_copies)
    values = [
        F.when(F.col("permuted") == name, F.col(f"_{name}")).otherwise(F.col(name)).alias(name) for name in features
    ]
    return copies.select("permuted", *kept, *values)
