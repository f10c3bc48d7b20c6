"""The full panel: zeros, stretches of days, hours that clocks skip or show twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from crime_spark.examples.panels import complete_spans, missing_hours, panel

ZONE = "America/Chicago"
ROWS = "unit STRING, occurred_at TIMESTAMP_NTZ, year INT, month INT, label DOUBLE, incidents DOUBLE"


def counted(spark: SparkSession, *rows: tuple[str, datetime, float]) -> DataFrame:
    return spark.createDataFrame(list(rows), "unit STRING, occurred_at TIMESTAMP_NTZ, value DOUBLE")


def units(spark: SparkSession, *names: str) -> DataFrame:
    return spark.createDataFrame([(name,) for name in names], "unit STRING")


def equal(actual: DataFrame, expected: list[tuple[object, ...]]) -> None:
    frame = actual.sparkSession.createDataFrame(expected, ROWS)
    assert_df_equality(actual, frame, ignore_row_order=True, ignore_nullable=True)


def test_every_unit_has_every_day_with_zeros_and_nothing_else_is_counted(spark):
    rows = counted(
        spark,
        ("a", datetime(2015, 12, 31, 0, 0), 70.0),
        ("a", datetime(2015, 12, 31, 23, 59), 15.0),
        ("b", datetime(2016, 1, 1, 12, 0), 5.0),
        ("a", datetime(2016, 1, 2, 0, 0), 1.0),  # the day after
        ("a", datetime(2015, 12, 30, 23, 59), 1.0),  # the day before
        ("elsewhere", datetime(2016, 1, 1, 12, 0), 1.0),
    )
    first, second = datetime(2015, 12, 31), datetime(2016, 1, 1)
    equal(
        panel(rows, units(spark, "a", "b"), [(first.date(), second.date())], 24, ZONE),
        [
            ("a", first, 2015, 12, 85.0, 2.0),
            ("a", second, 2016, 1, 0.0, 0.0),
            ("b", first, 2015, 12, 0.0, 0.0),
            ("b", second, 2016, 1, 5.0, 1.0),
        ],
    )


def test_shifts_begin_at_midnight_at_eight_and_at_four(spark):
    day = datetime(2016, 5, 1)
    rows = counted(spark, *(("a", day + timedelta(hours=hour), 1.0) for hour in (0, 7.9, 8, 15.9, 16)))
    equal(
        panel(rows, units(spark, "a"), [(day.date(), day.date())], 8, ZONE),
        [
            ("a", day, 2016, 5, 2.0, 2.0),
            ("a", day.replace(hour=8), 2016, 5, 2.0, 2.0),
            ("a", day.replace(hour=16), 2016, 5, 1.0, 1.0),
        ],
    )


def test_no_row_between_two_stretches(spark):
    rows = counted(spark, ("a", datetime(2016, 1, 2, 3), 1.0), ("a", datetime(2016, 1, 1, 3), 1.0))
    spans = [(date(2016, 1, 1), date(2016, 1, 1)), (date(2016, 1, 3), date(2016, 1, 3))]
    equal(
        panel(rows, units(spark, "a"), spans, 24, ZONE),
        [("a", datetime(2016, 1, 1), 2016, 1, 1.0, 1.0), ("a", datetime(2016, 1, 3), 2016, 1, 0.0, 0.0)],
    )


def test_the_hour_that_clocks_skip_is_no_row_and_the_one_they_show_twice_is_one(spark):
    spring, autumn = datetime(2016, 3, 13), datetime(2016, 11, 6)
    # Before and after the clocks go back, 01:20 is written the same.
    rows = counted(
        spark,
        ("a", spring.replace(hour=2, minute=30), 1.0),
        ("a", autumn.replace(hour=1, minute=20), 1.0),
        ("a", autumn.replace(hour=1, minute=20), 1.0),
    )
    spans = [(spring.date(), spring.date()), (autumn.date(), autumn.date())]
    expected = [("a", spring.replace(hour=hour), 2016, 3, 0.0, 0.0) for hour in range(24) if hour != 2]
    expected += [("a", autumn.replace(hour=hour), 2016, 11, 2.0 * (hour == 1), 2.0 * (hour == 1)) for hour in range(24)]
    equal(panel(rows, units(spark, "a"), spans, 1, ZONE), expected)
    equal(
        panel(rows, units(spark, "a"), spans[:1], 24, ZONE),
        [("a", spring, 2016, 3, 1.0, 1.0)],
    )


def test_missing_hours_of_years_and_of_a_zone_without_any():
    years = [(date(2006, 1, 1), date(2008, 12, 31))]
    # The first Sunday of April until 2006, the second of March since.
    expected = (datetime(2006, 4, 2, 2), datetime(2007, 3, 11, 2), datetime(2008, 3, 9, 2))
    assert missing_hours(ZONE, years) == expected
    assert missing_hours("America/Los_Angeles", years) == expected
    assert missing_hours("America/Phoenix", years) == ()


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_stretches_end_where_days_fill_up_and_where_data_lacks():
    winter, summer = days(date(2016, 1, 1), date(2016, 1, 20)), days(date(2016, 6, 1), date(2016, 6, 20))
    assert complete_spans([]) == ()
    assert complete_spans(reversed(winter + winter)) == ((date(2016, 1, 1), date(2016, 1, 20)),)
    assert complete_spans(winter + summer, filling_days=7) == (
        (date(2016, 1, 1), date(2016, 1, 20)),
        (date(2016, 6, 1), date(2016, 6, 13)),
    )
    assert complete_spans(winter + summer[:3], filling_days=7) == ((date(2016, 1, 1), date(2016, 1, 20)),)


def test_six_days_without_any_incident_are_zeros_and_seven_are_a_gap():
    first, six, seven = date(2016, 1, 1), date(2016, 1, 8), date(2016, 1, 9)
    assert complete_spans([first, six]) == ((first, six),)
    assert complete_spans([first, seven]) == ((first, first), (seven, seven))


def test_what_no_panel_can_be_made_of_is_refused(spark):
    rows, a = counted(spark, ("a", datetime(2016, 1, 1), 1.0)), units(spark, "a")
    with pytest.raises(ValueError, match="at least one complete day"):
        panel(rows, a, [], 24, ZONE)
    with pytest.raises(ValueError, match="hours must divide 24; got 5"):
        panel(rows, a, [(date(2016, 1, 1), date(2016, 1, 1))], 5, ZONE)
