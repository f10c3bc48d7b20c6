"""Rows of gold/statistics written by hand, and their comparison with a whole frame."""

from __future__ import annotations

from chispa import assert_df_equality
from pyspark.sql import DataFrame

from crime_spark.schemas import STATISTICS

Row = tuple[str, str, int | None, str | None, str | None, str | None, str | None, str, float]


def assert_statistics(actual: DataFrame, *rows: Row) -> None:
    """actual holds exactly these rows, in any order; their values stand in the order of the table's columns.

    Numbers are compared to 12 decimals: the last bits of a root are not what any test is about.
    """
    expected = actual.sparkSession.createDataFrame(list(rows), STATISTICS.struct)
    assert_df_equality(
        actual,
        expected,
        transforms=[lambda frame: frame.selectExpr(*STATISTICS.names[:-1], "round(value, 12) AS value")],
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )


def of_year(actual: DataFrame, year: int | None) -> DataFrame:
    """The rows of one year, or those of all years together, for tests that are about something else."""
    return actual.where("year IS NULL" if year is None else f"year = {year}")
