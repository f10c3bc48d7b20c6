"""Rows with one column shuffled at a time."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

AS_IT_IS = ""  # in the place of a feature: nothing is shuffled


def permuted(rows: DataFrame, features: Sequence[str], seed: int) -> DataFrame:
    """Each row once as it is and once for each of the features, the values of which are then another row's.

    rows: example_id (STRING, each once), the features, and columns that are kept. `permuted` (STRING) is added: the
    feature, or AS_IT_IS. Each row borrows from the next one in the order of a seeded hash of example_id, the last from
    the first: a permutation without a fixed point, the same for every feature, which depends on the rows and the seed
    alone and not on how they are partitioned. The order is found in one task, on example_id alone.
    """
    order = Window.orderBy(F.xxhash64(F.lit(f"permuted {seed}"), "example_id"), "example_id")
    # Of the last row there is no next one: the first follows it.
    lenders = rows.select(
        "example_id", F.lead("example_id").over(order).alias("_next"), F.first("example_id").over(order).alias("_first")
    )
    lenders = lenders.select("example_id", F.coalesce("_next", "_first").alias("_lender"))
    lent = rows.select(F.col("example_id").alias("_lender"), *(F.col(name).alias(f"_{name}") for name in features))
    both = rows.join(lenders, on="example_id", how="inner").join(lent, on="_lender", how="inner")
    each = F.explode(F.array(*map(F.lit, (AS_IT_IS, *features))))
    kept = [name for name in rows.columns if name not in features]
    copies = both.withColumn("permuted", each)
    values = [
        F.when(F.col("permuted") == name, F.col(f"_{name}")).otherwise(F.col(name)).alias(name) for name in features
    ]
    return copies.select("permuted", *kept, *values)
