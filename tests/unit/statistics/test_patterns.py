from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from crime_spark.statistics.numbers import HOUR_KNOWN, HOUR_OF_DAY, LATITUDE, LONGITUDE, MONTH_OF_YEAR, VICTIM_AGE
from crime_spark.statistics.patterns import count_patterns, describe_correlations, describe_missing
from crime_spark.statistics.statistic import Correlations, Missing, Number, Statistic
from tests.incidents import incident, incidents
from tests.unit.statistics.rows import assert_statistics, of_year


def missing(rows: DataFrame, *statistics: Statistic) -> DataFrame:
    return describe_missing(count_patterns(rows, statistics), statistics)


def correlated(rows: DataFrame, *numbers: Number) -> DataFrame:
    statistics = (Missing("missing", ("ward", "victim_age")), Correlations("correlation", numbers))
    return describe_correlations(count_patterns(rows, statistics), statistics)


def aged(age: int | None, month: int, hour: int = 9) -> dict[str, object]:
    return incident(victim_age=age, occurred_at=datetime(2016, month, 1, hour))


def test_missing_counts_nulls_by_year_and_over_all_years(spark: SparkSession):
    rows = incidents(
        spark,
        incident(ward=None),
        incident(ward="24", mo_codes=["0344"]),
        incident(ward="25", occurred_at=datetime(2015, 1, 1)),
    )
    ward, codes = ("column", "ward", None, None), ("column", "mo_codes", None, None)
    assert_statistics(
        missing(rows, Missing("missing", ("ward", "mo_codes"))),
        ("missing", "chicago", 2015, *ward, "null_rows", 0.0),
        ("missing", "chicago", 2015, *ward, "share_null", 0.0),
        ("missing", "chicago", 2015, *codes, "null_rows", 1.0),
        ("missing", "chicago", 2015, *codes, "share_null", 1.0),
        ("missing", "chicago", 2016, *ward, "null_rows", 1.0),
        ("missing", "chicago", 2016, *ward, "share_null", 0.5),
        ("missing", "chicago", 2016, *codes, "null_rows", 1.0),
        ("missing", "chicago", 2016, *codes, "share_null", 0.5),
        ("missing", "chicago", None, *ward, "null_rows", 1.0),
        ("missing", "chicago", None, *ward, "share_null", round(1 / 3, 12)),
        ("missing", "chicago", None, *codes, "null_rows", 2.0),
        ("missing", "chicago", None, *codes, "share_null", round(2 / 3, 12)),
    )


def test_numbers_that_move_together_correlate_fully_and_others_do_not(spark: SparkSession):
    rows = incidents(spark, aged(30, month=1, hour=3), aged(20, month=2, hour=1), aged(10, month=3, hour=3))
    pair = ("correlation", "chicago", 2016, "number")
    assert_statistics(
        of_year(correlated(rows, MONTH_OF_YEAR, VICTIM_AGE, HOUR_OF_DAY), 2016),
        (*pair, "month", "number", "victim_age", "rows", 3.0),
        (*pair, "month", "number", "victim_age", "pearson", -1.0),
        (*pair, "month", "number", "hour", "rows", 3.0),
        (*pair, "month", "number", "hour", "pearson", 0.0),
        (*pair, "victim_age", "number", "hour", "rows", 3.0),
        (*pair, "victim_age", "number", "hour", "pearson", 0.0),
    )


def test_rows_in_which_either_is_unknown_do_not_count(spark: SparkSession):
    rows = incidents(spark, aged(10, month=1), aged(20, month=2), aged(None, month=12))
    pair = ("correlation", "chicago", 2016, "number", "month", "number", "victim_age")
    assert_statistics(
        of_year(correlated(rows, MONTH_OF_YEAR, VICTIM_AGE), 2016), (*pair, "rows", 2.0), (*pair, "pearson", 1.0)
    )


def test_a_number_left_out_is_unknown(spark: SparkSession):
    rows = incidents(spark, aged(10, month=1), {**aged(20, month=2), "time_is_default": True})
    pair = ("correlation", "chicago", 2016, "number", "victim_age", "number", "hour_known_times")
    assert_statistics(of_year(correlated(rows, VICTIM_AGE, HOUR_KNOWN), 2016), (*pair, "rows", 1.0))


def test_nothing_correlates_with_a_number_that_is_always_the_same(spark: SparkSession):
    rows = incidents(spark, aged(10, month=1), aged(20, month=1))
    pair = ("correlation", "chicago", 2016, "number", "month", "number", "victim_age")
    assert_statistics(of_year(correlated(rows, MONTH_OF_YEAR, VICTIM_AGE), 2016), (*pair, "rows", 2.0))


def test_a_pair_never_known_together_has_no_rows(spark: SparkSession):
    assert correlated(incidents(spark, aged(None, month=1)), MONTH_OF_YEAR, VICTIM_AGE).isEmpty()


def test_all_years_together_are_one_set_of_rows(spark: SparkSession):
    rows = incidents(
        spark,
        incident(latitude=41.0, longitude=-87.0, occurred_at=datetime(2015, 1, 1)),
        incident(latitude=42.0, longitude=-88.0),
    )
    pair = ("number", "latitude", "number", "longitude")
    assert_statistics(
        correlated(rows, LATITUDE, LONGITUDE),
        ("correlation", "chicago", 2015, *pair, "rows", 1.0),
        ("correlation", "chicago", 2016, *pair, "rows", 1.0),
        ("correlation", "chicago", None, *pair, "rows", 2.0),
        ("correlation", "chicago", None, *pair, "pearson", -1.0),
    )


def test_two_correlations_may_name_a_pair_in_either_order(spark: SparkSession):
    statistics = (
        Correlations("one", (MONTH_OF_YEAR, VICTIM_AGE)),
        Correlations("other", (VICTIM_AGE, MONTH_OF_YEAR)),
    )
    rows = incidents(spark, aged(10, month=1), aged(20, month=2))
    actual = describe_correlations(count_patterns(rows, statistics), statistics)
    assert_statistics(
        of_year(actual, 2016),
        ("one", "chicago", 2016, "number", "month", "number", "victim_age", "rows", 2.0),
        ("one", "chicago", 2016, "number", "month", "number", "victim_age", "pearson", 1.0),
        ("other", "chicago", 2016, "number", "month", "number", "victim_age", "rows", 2.0),
        ("other", "chicago", 2016, "number", "month", "number", "victim_age", "pearson", 1.0),
    )
