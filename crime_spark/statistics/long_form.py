"""The long form of gold/statistics, and totals over all years."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.schemas import STATISTICS


def with_all_years(frame: DataFrame) -> DataFrame:
    """Repeat each row with year NULL, which means all years together."""
    return frame.withColumn("year", F.explode(F.array("year", F.lit(None).cast("int"))))


def one_row_a_measure(frame: DataFrame, measures: Mapping[str, Column]) -> DataFrame:
    """Rows of gold/statistics, one for each row of a frame with its key and each measure that is not NULL."""
    values = [
        F.struct(F.lit(measure).alias("measure"), value.cast("double").alias("value"))
        for measure, value in measures.items()
    ]
    key = [name for name in STATISTICS.key if name != "measure"]
    return frame.select(*key, F.inline(F.array(*values))).where("value IS NOT NULL")
