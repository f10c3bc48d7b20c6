"""Incidents by the pattern of what is known of them, counted in one pass, and what follows from that."""

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
    """city, year, known, rows and sums: of each number, then of each product of two, in steps; unknown adds 0.

    known has a bit for each column and number, 1 where it is not NULL. A sum over the rows in which two numbers are
    known is a sum over patterns, so that one set of sums in one pass serves every pair.
    """
    known = " + ".join(f"IF({sql} IS NULL, 0L, {1 << bit}L)" for bit, sql in enumerate(_looked_at(statistics)))
    numbers = _numbers(statistics)
    steps = [f"coalesce(CAST({each.known} AS BIGINT), 0L) AS {each.name}" for each in numbers]
    sums = ", ".join(f"sum({' * '.join(number.name for number in each)})" for each in _summed(numbers))
    return (
        incidents.selectExpr("city", "year", f"{known} AS known", *steps)
        .groupBy("city", "year", "known")
        .agg(F.count(F.lit(1)).alias("rows"), F.expr(f"array({sums})").alias("sums"))
    )


def describe_missing(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Every Missing: the number and the share of rows in which a column is NULL."""
    bits = {sql: bit for bit, sql in enumerate(_looked_at(statistics))}
    columns = ", ".join(
        f"named_struct('statistic', '{each.name}', 'value_1', '{column}', 'bit', {bits[column]})"
        for each in statistics
        if isinstance(each, Missing)
        for column in each.columns
    )
    totals = (
        with_all_years(patterns)
        .select("city", "year", "rows", "known", F.expr(f"inline(array({columns}))"))
        .groupBy("statistic", "city", "year", "value_1")
        .agg(F.sum("rows").alias("n"), F.expr("sum(rows * (1 - getbit(known, bit)))").alias("null_rows"))
    )
    named = totals.selectExpr("*", "'column' AS dimension_1", *NO_DIMENSION_2)
    return one_row_a_measure(named, {"null_rows": F.col("null_rows"), "share_null": F.col("null_rows") / F.col("n")})


def describe_correlations(patterns: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """Every Correlations: rows in which both numbers are known, and pearson over those.

    No pearson where either number is the same in all of these rows.
    """
    pairs = ", ".join(
        _pair(each, one, other, statistics)
        for each in statistics
        if isinstance(each, Correlations)
        for one, other in each.pairs
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
                for name, sql in (("n", "rows"), *((each, f"sums[{each}]") for each in moments))
            )
        )
    )
    # n times each sum of products of deviations from the means: whole numbers, in which nothing cancels out.
    spread = "sqrt(CAST(n * xx - x * x AS DOUBLE)) * sqrt(CAST(n * yy - y * y AS DOUBLE))"
    pearson = F.expr(f"try_divide(CAST(n * xy - x * y AS DOUBLE), {spread})")
    named = totals.selectExpr("*", "'number' AS dimension_1", "'number' AS dimension_2")
    return one_row_a_measure(named, {"rows": F.col("n"), "pearson": pearson})


def _looked_at(statistics: Sequence[Statistic]) -> list[str]:
    """The SQL of everything of which `known` says whether it is NULL, in the order of its bits."""
    columns = [column for each in statistics if isinstance(each, Missing) for column in each.columns]
    return list(dict.fromkeys([*columns, *(number.known for number in _numbers(statistics))]))


def _numbers(statistics: Sequence[Statistic]) -> list[Number]:
    correlated = [each for each in statistics if isinstance(each, Correlations)]
    return list(dict.fromkeys(number for each in correlated for number in each.numbers))


def _summed(numbers: Sequence[Number]) -> list[tuple[Number, ...]]:
    """What `sums` holds, in its order."""
    return [*((each,) for each in numbers), *combinations_with_replacement(numbers, 2)]


def _pair(of: Correlations, one: Number, other: Number, statistics: Sequence[Statistic]) -> str:
    """SQL: names of a pair, its bits in `known`, and the places of its moments in `sums`."""
    numbers, looked_at = _numbers(statistics), _looked_at(statistics)
    if numbers.index(one) > numbers.index(other):  # products are summed in one order only
        one, other = other, one
    summed = _summed(numbers)
    places = {"x": (one,), "y": (other,), "xx": (one, one), "yy": (other, other), "xy": (one, other)}
    held = {
        "statistic": f"'{of.name}'",
        "value_1": f"'{one.name}'",
        "value_2": f"'{other.name}'",
        "bit_1": looked_at.index(one.known),
        "bit_2": looked_at.index(other.known),
        **{name: summed.index(numbers) for name, numbers in places.items()},
    }
    return f"named_struct({', '.join(f'{name!r}, {value}' for name, value in held.items())})"
