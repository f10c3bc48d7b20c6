"""From counts of groups to breakdowns and summaries as rows of gold/statistics."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.statistics.dimensions import SHARES
from crime_spark.statistics.long_form import one_row_a_measure
from crime_spark.statistics.statistic import Breakdown, Statistic, Summary


def describe_breakdowns(counts: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics of each Breakdown: rows, and the shares of rows with a known flag."""
    names = [statistic.name for statistic in statistics if isinstance(statistic, Breakdown)]
    recorded = counts.where(F.col("statistic").isin(names)).transform(_where_recorded)
    shares = {
        share.measure: F.try_divide(F.col(f"{share.flag}_true"), F.col(f"{share.flag}_known")) for share in SHARES
    }
    return one_row_a_measure(recorded, {"rows": F.col("rows"), **shares})


def describe_summaries(counts: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics of each Summary, from the number of rows by value.

    Sums of whole steps in DECIMAL are exact. Quartiles are interpolated as in NumPy.
    """
    summaries = [s for s in statistics if isinstance(s, Summary)]
    units = {number.name: number.steps for s in summaries for number in s.numbers}
    unit = F.expr(f"CASE value_1 {' '.join(f'WHEN {name!r} THEN {steps}' for name, steps in units.items())} END")
    steps, times = F.col("steps"), F.col("rows").cast("decimal(20, 0)")
    totals = (
        counts.where(F.col("statistic").isin([s.name for s in summaries]) & F.col("value_1").isNotNull())
        .withColumn("steps", F.col("value_1").cast("bigint"))
        .groupBy("statistic", "city", "year", F.col("dimension_1").alias("value_1"))
        .agg(
            F.sum("rows").alias("n"),
            F.sum(steps * times).cast("decimal(38, 0)").alias("total"),
            F.sum(steps * steps * times).cast("decimal(38, 0)").alias("squares"),
            F.min(steps).alias("least"),
            F.max(steps).alias("most"),
            F.percentile(steps, [0.25, 0.5, 0.75], F.col("rows")).alias("quartiles"),
        )
    )
    measures = {
        "count": F.col("n"),
        "mean": F.col("total").cast("double") / F.col("n") / unit,
        "sd": _sample_deviation() / unit,
        "min": F.col("least") / unit,
        "quartile_1": F.col("quartiles")[0] / unit,
        "median": F.col("quartiles")[1] / unit,
        "quartile_3": F.col("quartiles")[2] / unit,
        "max": F.col("most") / unit,
    }
    with_dimensions = totals.selectExpr(
        "*", "'number' AS dimension_1", "CAST(NULL AS STRING) AS dimension_2", "CAST(NULL AS STRING) AS value_2"
    )
    return one_row_a_measure(with_dimensions, measures)


def _where_recorded(counts: DataFrame) -> DataFrame:
    """The counts without breakdowns by a column that a city never records.

    A year without values is kept if another year has values, because its NULL group is informative.
    """
    whole = Window.partitionBy("city", "statistic").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    for number in (1, 2):
        recorded = F.max(F.col(f"value_{number}").isNotNull()).over(whole)
        counts = counts.withColumn(f"recorded_{number}", F.col(f"dimension_{number}").isNull() | recorded)
    return counts.where("recorded_1 AND recorded_2").drop("recorded_1", "recorded_2")


def _sample_deviation() -> Column:
    """The standard deviation with n - 1 in steps; NULL for a single row. It is exact except for the root."""
    n = F.col("n").cast("decimal(20, 0)")
    spread = (n * F.col("squares") - F.col("total") * F.col("total")).cast("double")
    return F.sqrt(F.try_divide(spread, (n * (n - 1)).cast("double")))
