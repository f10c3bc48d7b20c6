from __future__ import annotations

from datetime import datetime

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from crime_spark.statistics.counts import GROUP, count_groups
from crime_spark.statistics.dimensions import AREA, HOUR, OFFENSE_GROUP, PREMISE, WEEKDAY
from crime_spark.statistics.numbers import HOUR_KNOWN
from crime_spark.statistics.statistic import Breakdown, Summary
from tests.incidents import incident, incidents

Counts = tuple[str, int | None, str, str | None, str | None, str | None, str | None, int]

MONDAY_AT_9 = datetime(2016, 1, 4, 9)
MONDAY_AT_12 = datetime(2016, 1, 4, 12)
TUESDAY_AT_9 = datetime(2016, 1, 5, 9)


def assert_counts(actual: DataFrame, *rows: Counts) -> None:
    """actual holds exactly these counts of rows: city, year, GROUP, rows."""
    schema = f"city STRING, year INT, {', '.join(f'{name} STRING' for name in GROUP)}, rows BIGINT"
    expected = actual.sparkSession.createDataFrame(list(rows), schema)
    assert_df_equality(
        actual.select(*expected.columns), expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True
    )


def test_every_city_and_year_is_counted_and_all_years_together(spark: SparkSession):
    rows = incidents(
        spark,
        incident(),
        incident(),
        incident(occurred_at=datetime(2015, 1, 1)),
        incident(city="los_angeles"),
    )
    assert_counts(
        count_groups(rows, [Breakdown("by_year")]),
        ("chicago", 2015, "by_year", None, None, None, None, 1),
        ("chicago", 2016, "by_year", None, None, None, None, 2),
        ("chicago", None, "by_year", None, None, None, None, 3),
        ("los_angeles", 2016, "by_year", None, None, None, None, 1),
        ("los_angeles", None, "by_year", None, None, None, None, 1),
    )


def test_what_is_not_recorded_is_a_group(spark: SparkSession):
    rows = incidents(spark, incident(premise="STREET"), incident(premise=None))
    assert_counts(
        count_groups(rows, [Breakdown("by_premise", (PREMISE,))]).where("year = 2016"),
        ("chicago", 2016, "by_premise", "premise", "STREET", None, None, 1),
        ("chicago", 2016, "by_premise", "premise", None, None, None, 1),
    )


def test_sums_over_a_larger_breakdown_are_counts_too(spark: SparkSession):
    by_both = Breakdown("by_both", (AREA, OFFENSE_GROUP))
    by_group = Breakdown("by_group", (OFFENSE_GROUP,))
    rows = incidents(
        spark,
        incident(area="010", offense_group="theft"),
        incident(area="011", offense_group="theft"),
        incident(area="011", offense_group="arson"),
    )
    assert_counts(
        count_groups(rows, [by_group, by_both, Breakdown("by_year")]).where("year = 2016"),
        ("chicago", 2016, "by_both", "area", "010", "offense_group", "theft", 1),
        ("chicago", 2016, "by_both", "area", "011", "offense_group", "theft", 1),
        ("chicago", 2016, "by_both", "area", "011", "offense_group", "arson", 1),
        ("chicago", 2016, "by_group", "offense_group", "theft", None, None, 2),
        ("chicago", 2016, "by_group", "offense_group", "arson", None, None, 1),
        ("chicago", 2016, "by_year", None, None, None, None, 3),
    )


def test_one_dimension_in_two_orders(spark: SparkSession):
    breakdowns = [Breakdown("by_one", (AREA, PREMISE)), Breakdown("by_other", (PREMISE, AREA))]
    assert_counts(
        count_groups(incidents(spark, incident(area="010", premise="STREET")), breakdowns).where("year = 2016"),
        ("chicago", 2016, "by_one", "area", "010", "premise", "STREET", 1),
        ("chicago", 2016, "by_other", "premise", "STREET", "area", "010", 1),
    )


def test_default_times_are_left_out_where_the_breakdown_says_so(spark: SparkSession):
    rows = incidents(
        spark,
        incident(occurred_at=MONDAY_AT_9),
        incident(occurred_at=TUESDAY_AT_9, time_is_default=None),
        incident(occurred_at=MONDAY_AT_12, time_is_default=True),
    )
    breakdowns = [
        Breakdown("all", (WEEKDAY, HOUR)),
        Breakdown("known", (WEEKDAY, HOUR), leave_out="time_is_default"),
        Summary("summary", (HOUR_KNOWN,)),
    ]
    assert_counts(
        count_groups(rows, breakdowns).where("year = 2016"),
        ("chicago", 2016, "all", "weekday", "1", "hour", "9", 1),
        ("chicago", 2016, "all", "weekday", "2", "hour", "9", 1),
        ("chicago", 2016, "all", "weekday", "1", "hour", "12", 1),
        ("chicago", 2016, "known", "weekday", "1", "hour", "9", 1),
        ("chicago", 2016, "known", "weekday", "2", "hour", "9", 1),
        ("chicago", 2016, "summary", "hour_known_times", "9", None, None, 2),
    )


def test_flags_are_counted_where_they_are_known(spark: SparkSession):
    rows = incidents(
        spark,
        incident(serious=True, arrest=True, domestic=None),
        incident(serious=False, arrest=None, domestic=None),
    )
    counts = count_groups(rows, [Breakdown("by_year")]).where("year = 2016")
    expected = spark.createDataFrame(
        [(2, 2, 1, 1, 1, 0, 0)],
        "rows BIGINT, serious_known BIGINT, serious_true BIGINT, arrest_known BIGINT, arrest_true BIGINT, "
        "domestic_known BIGINT, domestic_true BIGINT",
    )
    assert_df_equality(counts.select(*expected.columns), expected, ignore_nullable=True)
