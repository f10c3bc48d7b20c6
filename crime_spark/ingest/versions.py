"""Several versions of one incident to the one that counts."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
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


def repeated_keys(rows: DataFrame) -> DataFrame:
    """The key of each incident that rows has more than once, and how often: `versions`."""
    return rows.groupBy(*KEY).agg(F.count(F.lit(1)).alias("versions")).where("versions > 1")


def latest_versions(rows: DataFrame, repeated: DataFrame) -> DataFrame:
    """One row an incident: the greatest in version order; among equal rows the first record of the file.

    rows has the columns of silver/incidents and `record`; repeated is repeated_keys(rows). Only its rows are put in
    order: nearly every incident has one version, and ordering them all would sort the whole table.
    """
    order = Window.partitionBy(*KEY).orderBy(F.desc("_version"), F.asc("record"))
    several = rows.join(repeated, on=KEY, how="left_semi").withColumn("_version", version_order())
    best = several.withColumn("_place", F.row_number().over(order)).where("_place = 1").select(*rows.columns)
    return rows.join(repeated, on=KEY, how="left_anti").select(*rows.columns).unionByName(best)


def newer_than_stored(rows: DataFrame, stored: DataFrame) -> DataFrame:
    """Those of rows (one an incident) whose incident is not stored yet or is stored in a lesser version."""
    other = stored.select(*(F.col(name).alias(f"_{name}") for name in KEY), version_order().alias("_stored"))
    same_key = [F.col(name) == F.col(f"_{name}") for name in KEY]
    joined = rows.withColumn("_version", version_order()).join(other, on=same_key, how="left")
    return joined.where("_stored IS NULL OR _version > _stored").select(*rows.columns)
