"""Several versions of one incident to the one that counts."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.schemas import INCIDENTS

KEY = list(INCIDENTS.key)


def version_order() -> Column:
    """A row's place among the versions of its incident; the greatest counts.

    updated_at first (NULL lowest), then a hash of the row, so that the choice depends on content alone: not on the
    order, the names or the grouping of the files.
    """
    content = [F.col(name) for name in INCIDENTS.names if name != "source_file"]
    return F.struct(
        F.coalesce(F.col("updated_at"), F.lit("0001-01-01").cast("timestamp_ntz")).alias("updated_at"),
        F.xxhash64(*content).alias("content"),
        F.col("source_file").alias("source_file"),
    )


def latest_versions(rows: DataFrame) -> DataFrame:
    """One row an incident: the greatest in version order; among equal rows the first record of the file.

    rows has the columns of silver/incidents and `record`.
    """
    ordered = F.struct(version_order(), (-F.col("record")).alias("record"))
    marked = rows.withColumn("_version", ordered)
    best = (
        marked.groupBy(*KEY)
        .agg(F.max("_version").alias("_best"), F.count(F.lit(1)).alias("_versions"))
        .where("_versions > 1")
        .select(*(F.col(name).alias(f"_{name}") for name in KEY), "_best")
    )
    same_key = [F.col(name) == F.col(f"_{name}") for name in KEY]
    joined = marked.join(best, on=same_key, how="left")
    return joined.where("_best IS NULL OR _version = _best").select(*rows.columns)


def newer_than_stored(rows: DataFrame, stored: DataFrame) -> DataFrame:
    """Those of rows (one an incident) whose incident is not stored yet or is stored in a lesser version."""
    other = stored.select(*(F.col(name).alias(f"_{name}") for name in KEY), version_order().alias("_stored"))
    same_key = [F.col(name) == F.col(f"_{name}") for name in KEY]
    joined = rows.withColumn("_version", version_order()).join(other, on=same_key, how="left")
    return joined.where("_stored IS NULL OR _version > _stored").select(*rows.columns)
