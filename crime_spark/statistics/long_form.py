"""The long shape of gold/statistics, and all years together."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.schemas import STATISTICS


def with_all_years(frame: DataFrame) -> DataFrame:
    """Every row twice: as it is, and with year NULL, which stands for all years together."""
    return frame.withColumn("year", F.explode(F.array("year", F.lit(None).cast("int"))))


def one_row_a_measure(frame: DataFrame, measures: Mapping[str, Column]) -> DataFrame:
    """Rows of gold/statistics: each row of frame, which has the rest of its key, once for every measure not NULL."""
    values = [
        F.struct(F.lit(measure).alias("measure"), value.cast("double").alias("value"))
        for measure, value in measures.items()
    ]
    key = [name for name in STATISTICS.key if name != "measure"]
    return frame.select(*key, F.inline(F.array(*values))).where("value IS NOT NULL")
