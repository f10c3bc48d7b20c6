"""Counts of incidents by pattern of known values, and the statistics that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.statistics.long_form import one_row_a_measure, with_all_years
from crime_spark.statistics.statistic import Correlations, Missing, Number, Statistic

EXACT = "decimal(38, 0)"
NO_DIMENSION_2 = ("CAST(NULL AS STRING) AS dimension_2", "CAST(NULL AS STRING) AS value_2")


def count_patterns(incidents: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Count incidents and sum their numbers by pattern of known values, in one pass.

    The sum over rows where two numbers are known is a sum over patterns, so one set of sums serves all pairs.

    Returns:
        city, year, known (a bit for each column and number, 1 if it is not NULL), rows, and sums (of each number, then
        of each product of two numbers, in steps; NULL counts as 0).
    """
    known_bits = " + ".join(f"IF({sql} IS NULL, 0L, {1 << bit}L)" for bit, sql in enumerate(_known_columns(statistics)))
    numbers = _numbers(statistics)
    steps = [f"coalesce(CAST({number.known_sql} AS BIGINT), 0L) AS {number.name}" for number in numbers]
    sums = ", ".join(f"sum({' * '.join(number.name for number in factors)})" for factors in _summed(numbers))
    return (
        incidents.selectExpr("city", "year", f"{known_bits} AS known", *steps)
        .groupBy("city", "year", "known")
        .agg(F.count(F.lit(1)).alias("rows"), F.expr(f"array({sums})").alias("sums"))
    )


def describe_missing(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics of each Missing: number and share of rows where a column is NULL."""
    bits = {sql: bit for bit, sql in enumerate(_known_columns(statistics))}
    columns = ", ".join(
        f"named_struct('statistic', '{statistic.name}', 'value_1', '{column}', 'bit', {bits[column]})"
        for statistic in statistics
        if isinstance(statistic, Missing)
        for column in statistic.columns
    )
    totals = (
        with_all_years(patterns)
        .select("city", "year", "rows", "known", F.expr(f"inline(array({columns}))"))
        .groupBy("statistic", "city", "year", "value_1")
        .agg(F.sum("rows").alias("n"), F.expr("sum(rows * (1 - getbit(known, bit)))").alias("null_rows"))
    )
    rows = totals.selectExpr("*", "'column' AS dimension_1", *NO_DIMENSION_2)
    return one_row_a_measure(rows, {"null_rows": F.col("null_rows"), "share_null": F.col("null_rows") / F.col("n")})


def describe_correlations(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Rows of gold/statistics of each Correlations: rows where both numbers are known, and pearson over these.

    There is no pearson if a number is constant in these rows.
    """
    pairs = ", ".join(
        _pair(statistic, first, second, statistics)
        for statistic in statistics
        if isinstance(statistic, Correlations)
        for first, second in statistic.pairs
    )
    moments = ("x", "y", "xx", "yy", "xy")
    totals = (
        with_all_years(patterns)
        .select("city", "year", "rows", "known", "sums", F.expr(f"inline(array({pairs}))"))
        .where("getbit(known, bit_1) = 1 AND getbit(known, bit_2) = 1")
        .groupBy("statistic", "city", "year", "value_1", "value_2")
        .agg(
            *(
                F.expr(f"CAST(sum(CAST({sql} AS DECIMAL(20, 0))) AS {EXACT})").alias(name)
                for name, sql in (("n", "rows"), *((statistic, f"sums[{statistic}]") for statistic in moments))
            )
        )
    )
    # n times the sums of products of deviations are whole numbers, so no precision is lost.
    spread = "sqrt(CAST(n * xx - x * x AS DOUBLE)) * sqrt(CAST(n * yy - y * y AS DOUBLE))"
    pearson = F.expr(f"try_divide(CAST(n * xy - x * y AS DOUBLE), {spread})")
    rows = totals.selectExpr("*", "'number' AS dimension_1", "'number' AS dimension_2")
    return one_row_a_measure(rows, {"rows": F.col("n"), "pearson": pearson})


def _known_columns(statistics: Sequence[Statistic]) -> list[str]:
    """The SQL of all columns and numbers in `known`, in the order of bits."""
    columns = [column for statistic in statistics if isinstance(statistic, Missing) for column in statistic.columns]
    return list(dict.fromkeys([*columns, *(number.known_sql for number in _numbers(statistics))]))


def _numbers(statistics: Sequence[Statistic]) -> list[Number]:
    correlated = [statistic for statistic in statistics if isinstance(statistic, Correlations)]
    return list(dict.fromkeys(number for statistic in correlated for number in statistic.numbers))


def _summed(numbers: Sequence[Number]) -> list[tuple[Number, ...]]:
    """The numbers and products in `sums`, in order."""
    return [*((number,) for number in numbers), *combinations_with_replacement(numbers, 2)]


def _pair(statistic: Correlations, first: Number, second: Number, statistics: Sequence[Statistic]) -> str:
    """SQL for the names of a pair, its bits in `known`, and the indices of its moments in `sums`."""
    numbers, looked_at = _numbers(statistics), _known_columns(statistics)
    if numbers.index(first) > numbers.index(second):  # products are summed in this order only
        first, second = second, first
    summed = _summed(numbers)
    places = {"x": (first,), "y": (second,), "xx": (first, first), "yy": (second, second), "xy": (first, second)}
    fields = {
        "statistic": f"'{statistic.name}'",
        "value_1": f"'{first.name}'",
        "value_2": f"'{second.name}'",
        "bit_1": looked_at.index(first.known_sql),
        "bit_2": looked_at.index(second.known_sql),
        **{name: summed.index(numbers) for name, numbers in places.items()},
    }
    return f"named_struct({', '.join(f'{name!r}, {value}' for name, value in fields.items())})"
