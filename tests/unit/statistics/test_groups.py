from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from crime_spark.statistics.counts import count_groups
from crime_spark.statistics.dimensions import AREA, REPORTING_DELAY_BAND, VICTIM_AGE_BAND, WEAPON
from crime_spark.statistics.groups import describe_breakdowns, describe_summaries
from crime_spark.statistics.numbers import LATITUDE, VICTIM_AGE
from crime_spark.statistics.statistic import Breakdown, Statistic, Summary
from tests.incidents import incident, incidents
from tests.unit.statistics.rows import assert_statistics, of_year


def broken_down(rows: DataFrame, *statistics: Statistic) -> DataFrame:
    return describe_breakdowns(count_groups(rows, statistics), statistics)


def summarized(rows: DataFrame, *statistics: Statistic) -> DataFrame:
    return describe_summaries(count_groups(rows, statistics), statistics)


def test_a_breakdown_gives_rows_and_shares_by_year_and_over_all_years(spark: SparkSession):
    rows = incidents(
        spark,
        incident(area="010", serious=True, arrest=False),
        incident(area="010", serious=True, arrest=True),
        incident(area="010", serious=False, arrest=False, occurred_at=datetime(2015, 1, 1)),
    )
    key = ("by_area", "chicago", 2016, "area", "010", None, None)
    earlier = ("by_area", "chicago", 2015, "area", "010", None, None)
    always = ("by_area", "chicago", None, "area", "010", None, None)
    assert_statistics(
        broken_down(rows, Breakdown("by_area", (AREA,))),
        (*earlier, "rows", 1.0),
        (*earlier, "share_serious", 0.0),
        (*earlier, "share_arrested", 0.0),
        (*earlier, "share_domestic", 0.0),
        (*key, "rows", 2.0),
        (*key, "share_serious", 1.0),
        (*key, "share_arrested", 0.5),
        (*key, "share_domestic", 0.0),
        (*always, "rows", 3.0),
        (*always, "share_serious", round(2 / 3, 12)),
        (*always, "share_arrested", round(1 / 3, 12)),
        (*always, "share_domestic", 0.0),
    )


def test_a_share_is_over_the_rows_where_the_flag_is_known(spark: SparkSession):
    rows = incidents(
        spark,
        incident(serious=True, arrest=None, domestic=True),
        incident(serious=None, arrest=None, domestic=False),
    )
    key = ("by_year", "chicago", 2016, None, None, None, None)
    assert_statistics(
        of_year(broken_down(rows, Breakdown("by_year")), 2016),
        (*key, "rows", 2.0),
        (*key, "share_serious", 1.0),
        (*key, "share_domestic", 0.5),
    )


def test_what_a_city_never_records_is_not_broken_down(spark: SparkSession):
    rows = incidents(spark, incident(weapon=None), incident(city="los_angeles", weapon="HAND GUN", arrest=None))
    key = ("by_weapon", "los_angeles", 2016, "weapon", "HAND GUN", None, None)
    statistics = (Breakdown("by_weapon", (WEAPON,)), Breakdown("by_both", (AREA, WEAPON)))
    assert_statistics(
        of_year(broken_down(rows, *statistics), 2016).where("statistic = 'by_weapon'"),
        (*key, "rows", 1.0),
        (*key, "share_serious", 1.0),
        (*key, "share_domestic", 0.0),
    )
    assert broken_down(rows, *statistics).where("statistic = 'by_both' AND city = 'chicago'").isEmpty()


def test_a_year_without_a_record_is_kept_where_another_year_has_one(spark: SparkSession):
    rows = incidents(
        spark,
        incident(weapon=None, arrest=None, serious=None, domestic=None),
        incident(weapon="KNIFE", arrest=None, serious=None, domestic=None, occurred_at=datetime(2015, 1, 1)),
    )
    assert_statistics(
        broken_down(rows, Breakdown("by_weapon", (WEAPON,))),
        ("by_weapon", "chicago", 2015, "weapon", "KNIFE", None, None, "rows", 1.0),
        ("by_weapon", "chicago", 2016, "weapon", None, None, None, "rows", 1.0),
        ("by_weapon", "chicago", None, "weapon", "KNIFE", None, None, "rows", 1.0),
        ("by_weapon", "chicago", None, "weapon", None, None, None, "rows", 1.0),
    )


def test_ages_fall_into_bands(spark: SparkSession):
    ages = (1, 17, 18, 24, 25, 35, 45, 55, 64, 65, 110, None)
    rows = incidents(spark, *(incident(victim_age=age, serious=None, arrest=None, domestic=None) for age in ages))
    key = ("by_victim_age", "chicago", 2016, "victim_age")
    assert_statistics(
        of_year(broken_down(rows, Breakdown("by_victim_age", (VICTIM_AGE_BAND,))), 2016),
        (*key, "1-17", None, None, "rows", 2.0),
        (*key, "18-24", None, None, "rows", 2.0),
        (*key, "25-34", None, None, "rows", 1.0),
        (*key, "35-44", None, None, "rows", 1.0),
        (*key, "45-54", None, None, "rows", 1.0),
        (*key, "55-64", None, None, "rows", 2.0),
        (*key, "65+", None, None, "rows", 2.0),
        (*key, None, None, None, "rows", 1.0),
    )


def test_delays_are_between_calendar_days_and_may_be_negative(spark: SparkSession):
    late, midnight = datetime(2016, 1, 9, 23, 59), datetime(2016, 1, 10)
    reports = (datetime(2016, 1, 8), datetime(2016, 1, 9), midnight, datetime(2017, 1, 10), None)
    rows = incidents(
        spark,
        *(
            incident(occurred_at=late, reported_at=report, serious=None, arrest=None, domestic=None)
            for report in reports
        ),
    )
    key = ("by_reporting_delay", "chicago", 2016, "reporting_delay_days")
    assert_statistics(
        of_year(broken_down(rows, Breakdown("by_reporting_delay", (REPORTING_DELAY_BAND,))), 2016),
        (*key, "<0", None, None, "rows", 1.0),
        (*key, "0", None, None, "rows", 1.0),
        (*key, "1", None, None, "rows", 1.0),
        (*key, "366+", None, None, "rows", 1.0),
        (*key, None, None, None, "rows", 1.0),
    )


def test_a_summary_is_over_the_rows_where_the_number_is_known(spark: SparkSession):
    rows = incidents(spark, *(incident(victim_age=age) for age in (20, 20, 30, 50, None)))
    key = ("summary", "chicago", 2016, "number", "victim_age", None, None)
    assert_statistics(
        of_year(summarized(rows, Summary("summary", (VICTIM_AGE,))), 2016),
        (*key, "count", 4.0),
        (*key, "mean", 30.0),
        (*key, "sd", round(200**0.5, 12)),
        (*key, "min", 20.0),
        (*key, "quartile_1", 20.0),
        (*key, "median", 25.0),
        (*key, "quartile_3", 35.0),
        (*key, "max", 50.0),
    )


def test_a_single_row_has_no_deviation_and_a_number_never_known_has_no_summary(spark: SparkSession):
    rows = incidents(spark, incident(latitude=41.86004, victim_age=None))
    key = ("summary", "chicago", 2016, "number", "latitude", None, None)
    assert_statistics(
        of_year(summarized(rows, Summary("summary", (LATITUDE, VICTIM_AGE))), 2016),
        (*key, "count", 1.0),
        *((*key, measure, 41.86) for measure in ("mean", "min", "quartile_1", "median", "quartile_3", "max")),
    )
