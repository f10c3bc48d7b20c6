"""The long shape of gold/statistics, and all years together."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.schemas import STATISTICS


def with_all_years(frame: DataFrame) -> DataFrame:
    """Every row twice: as it is, and with year NULL, which stands for all years together."""
    return frame.withColumn("year", F.explode(F.array("year", F.lit(None).cast("int"))))


def one_row_a_measure(frame: DataFrame, measures: Mapping[str, Column], **keys: Column) -> DataFrame:
    """Rows of gold/statistics: each row of frame once for every measure that is not NULL in it.

    keys are the columns of the table's key, besides statistic, city and year; those not given are NULL.
    """
    identity = ("statistic", "city", "year")
    named = [
        keys.get(name, F.lit(None).cast("string")).alias(name)
        for name in STATISTICS.key
        if name not in (*identity, "measure")
    ]
    values = F.array(
        *(
            F.struct(F.lit(measure).alias("measure"), value.cast("double").alias("value"))
            for measure, value in measures.items()
        )
    )
    return frame.select(*identity, *named, F.inline(values)).where("value IS NOT NULL")
