"""Incidents by the pattern of what is known of them, all in one pass, and what follows from that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.statistics.statistic import Correlations, Missing, Number, Statistic
from crime_spark.statistics.tidying import one_row_a_measure, with_all_years

EXACT = "decimal(38, 0)"


def count_patterns(incidents: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """city, year, known, rows, and the sum of each number and of each product of two, in steps; unknown adds 0.

    known has a bit for each column and number, 1 where it is not NULL. Rows in which two numbers are known are a sum
    over patterns, so that one pass with one set of sums serves every pair, where `corr` would need six a pair.
    """
    bits = [F.expr(sql).isNotNull().cast("bigint") * F.lit(1 << at) for at, sql in enumerate(_looked_at(statistics))]
    numbers = _numbers(statistics)
    known = sum(bits, F.lit(0).cast("bigint")).alias("known")
    steps = [F.coalesce(F.expr(each.sql).cast("bigint"), F.lit(0)).alias(each.name) for each in numbers]
    return (
        incidents.select("city", "year", known, *steps)
        .groupBy("city", "year", "known")
        .agg(
            F.count(F.lit(1)).alias("rows"),
            *(F.sum(each.name).alias(_sum(each)) for each in numbers),
            *(
                F.sum(F.col(one.name) * F.col(other.name)).alias(_sum(one, other))
                for one, other in combinations_with_replacement(numbers, 2)
            ),
        )
    )


def describe_missing(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics for every Missing: the number and the share of rows in which a column is NULL."""
    columns = [
        F.struct(
            F.lit(each.name).alias("statistic"),
            F.lit(column).alias("column"),
            F.when(~_known(column, statistics), F.col("rows")).alias("null_rows"),
        )
        for each in statistics
        if isinstance(each, Missing)
        for column in each.columns
    ]
    totals = (
        with_all_years(patterns)
        .select("city", "year", "rows", F.inline(F.array(*columns)))
        .groupBy("city", "year", "statistic", "column")
        .agg(F.sum("rows").alias("rows"), F.coalesce(F.sum("null_rows"), F.lit(0)).alias("null_rows"))
    )
    measures = {"null_rows": F.col("null_rows"), "share_null": F.col("null_rows") / F.col("rows")}
    return one_row_a_measure(totals, measures, dimension_1=F.lit("column"), value_1=F.col("column"))


def describe_correlations(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics for every Correlations: rows in which both numbers are known, and pearson over those.

    No pearson where either number is the same in all of these rows.
    """
    pairs = [
        F.when(_known(one.sql, statistics) & _known(other.sql, statistics), _moments(each.name, one, other))
        for each in statistics
        if isinstance(each, Correlations)
        for one, other in each.pairs
    ]
    totals = (
        with_all_years(patterns)
        .select("city", "year", F.inline(F.array(*pairs)))
        .where("one IS NOT NULL")
        .groupBy("city", "year", "statistic", "one", "other")
        .agg(*(F.sum(name).cast(EXACT).alias(name) for name in ("n", "x", "y", "xx", "yy", "xy")))
    )
    spread = F.sqrt(_times_n("xx", "x", "x")) * F.sqrt(_times_n("yy", "y", "y"))
    measures = {"rows": F.col("n"), "pearson": F.try_divide(_times_n("xy", "x", "y"), spread)}
    values = {"value_1": F.col("one"), "value_2": F.col("other")}
    return one_row_a_measure(totals, measures, dimension_1=F.lit("number"), dimension_2=F.lit("number"), **values)


def _looked_at(statistics: Sequence[Statistic]) -> list[str]:
    """The SQL of everything of which `known` says whether it is NULL, in the order of its bits."""
    columns = [column for each in statistics if isinstance(each, Missing) for column in each.columns]
    return list(dict.fromkeys([*columns, *(number.sql for number in _numbers(statistics))]))


def _numbers(statistics: Sequence[Statistic]) -> list[Number]:
    return list(
        dict.fromkeys(number for each in statistics if isinstance(each, Correlations) for number in each.numbers)
    )


def _known(sql: str, statistics: Sequence[Statistic]) -> Column:
    return F.col("known").bitwiseAND(F.lit(1 << _looked_at(statistics).index(sql))) != 0


def _sum(*numbers: Number) -> str:
    return "_times_".join(number.name for number in numbers) + "_sum"


def _moments(statistic: str, one: Number, other: Number) -> Column:
    sums = {"n": "rows", "x": _sum(one), "y": _sum(other)}
    sums |= {"xx": _sum(one, one), "yy": _sum(other, other), "xy": _sum(one, other)}
    names = {"statistic": statistic, "one": one.name, "other": other.name}
    return F.struct(
        *(F.lit(name).alias(key) for key, name in names.items()),
        *(F.col(name).cast("decimal(20, 0)").alias(key) for key, name in sums.items()),
    )


def _times_n(product: str, x: str, y: str) -> Column:
    """n times the sum of products of the deviations from the means; whole numbers, so that nothing cancels out."""
    return (F.col("n") * F.col(product) - F.col(x) * F.col(y)).cast("double")
