"""What follows from the counts of groups: breakdowns and summaries, as rows of gold/statistics."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.statistics.dimensions import SHARES
from crime_spark.statistics.long_form import one_row_a_measure
from crime_spark.statistics.statistic import Breakdown, Statistic, Summary


def describe_breakdowns(counts: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Every Breakdown: rows, and each share of the rows where its flag is known."""
    names = [each.name for each in statistics if isinstance(each, Breakdown)]
    recorded = counts.where(F.col("statistic").isin(names)).transform(_where_recorded)
    shares = {
        share.measure: F.try_divide(F.col(f"{share.flag}_true"), F.col(f"{share.flag}_known")) for share in SHARES
    }
    return one_row_a_measure(recorded, {"rows": F.col("rows"), **shares})


def describe_summaries(counts: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Every Summary: what follows from how often each value of a number occurs.

    Sums are of whole steps in DECIMAL, hence exact; quartiles are interpolated between neighbours, as NumPy does.
    """
    summaries = [each for each in statistics if isinstance(each, Summary)]
    units = {number.name: number.steps for each in summaries for number in each.numbers}
    unit = F.expr(f"CASE value_1 {' '.join(f'WHEN {name!r} THEN {steps}' for name, steps in units.items())} END")
    steps, times = F.col("steps"), F.col("rows").cast("decimal(20, 0)")
    totals = (
        counts.where(F.col("statistic").isin([each.name for each in summaries]) & F.col("value_1").isNotNull())
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
    named = totals.selectExpr(
        "*", "'number' AS dimension_1", "CAST(NULL AS STRING) AS dimension_2", "CAST(NULL AS STRING) AS value_2"
    )
    return one_row_a_measure(named, measures)


def _where_recorded(counts: DataFrame) -> DataFrame:
    """Without the breakdowns by what a city never records: they would only repeat the city's total as not recorded.

    A year without a record is kept where another year has one: there the NULL group says something.
    """
    whole = Window.partitionBy("city", "statistic").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    for at in (1, 2):
        recorded = F.max(F.col(f"value_{at}").isNotNull()).over(whole)
        counts = counts.withColumn(f"recorded_{at}", F.col(f"dimension_{at}").isNull() | recorded)
    return counts.where("recorded_1 AND recorded_2").drop("recorded_1", "recorded_2")


def _sample_deviation() -> Column:
    """Standard deviation with n - 1, in steps; NULL for a single row. Exact up to the root."""
    n = F.col("n").cast("decimal(20, 0)")
    spread = (n * F.col("squares") - F.col("total") * F.col("total")).cast("double")
    return F.sqrt(F.try_divide(spread, (n * (n - 1)).cast("double")))
