"""Calendar features against the calendar, holidays against a list by hand, daylight against almanacs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from chispa import assert_approx_df_equality, assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features.calendar import CALENDAR, DAYLIGHT, DAYS, HOLIDAY, HOURS, TREND
from crime_spark.features.feature import Feature
from tests.incidents import incident, incidents


def computed(spark: SparkSession, times: list[datetime | None], *features: Feature, city: str = "chicago") -> DataFrame:
    """occurred_at and the features, as examples store them."""
    types = {"category": "string", "number": "double"}
    rows = incidents(
        spark, *(incident(incident_id=str(n), occurred_at=t, year=2016, city=city) for n, t in enumerate(times))
    )
    return rows.select("occurred_at", *(F.expr(f.sql).cast(types[f.kind]).alias(f.name) for f in features))


def test_categories(spark):
    names = ("hour", "weekday", "weekend", "day_of_month", "month_of_year", "season")
    features = [feature for name in names for feature in CALENDAR if feature.name == name]
    rows = [
        (datetime(2016, 2, 29, 0, 5), "0", "0", "false", "29", "2", "winter"),
        (datetime(2016, 3, 5, 23, 59), "23", "5", "true", "5", "3", "spring"),
        (datetime(2016, 8, 28, 12), "12", "6", "true", "28", "8", "summer"),
        (datetime(2016, 11, 30, 6), "6", "2", "false", "30", "11", "autumn"),
        (datetime(2016, 12, 1, 6), "6", "3", "false", "1", "12", "winter"),
        (None, None, None, None, None, None, None),
    ]
    schema = ", ".join(["occurred_at TIMESTAMP_NTZ", *(f"{name} STRING" for name in names)])
    actual = computed(spark, [row[0] for row in rows], *features)
    assert_df_equality(actual, spark.createDataFrame(rows, schema), ignore_nullable=True, ignore_metadata=True)


# By the Office of Personnel Management's lists, less the days in lieu of those at a weekend.
HOLIDAYS = {
    "2016": "01-01 01-18 02-15 05-30 07-04 09-05 10-10 11-11 11-24 12-25",
    "2021": "01-01 01-18 02-15 05-31 06-19 07-04 09-06 10-11 11-11 11-25 12-25",
    "2023": "01-01 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-11 11-23 12-25",
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_holidays_of_a_year(spark, year):
    days = [datetime(int(year), 1, 1, 13) + timedelta(days=n) for n in range(365)]
    result = (
        computed(spark, days, HOLIDAY)
        .where("holiday <> 'none'")
        .select(F.date_format("occurred_at", "MM-dd"), "holiday")
    )
    rows = sorted(map(tuple, result.collect()))
    assert [day for day, _ in rows] == HOLIDAYS[year].split()
    names = "new_year martin_luther_king washington memorial_day independence_day labor_day columbus_day veterans_day"
    expected = [*names.split(), "thanksgiving", "christmas"]
    assert [name for _, name in rows if name != "juneteenth"] == expected


def test_numbers_that_turn_and_the_trend(spark):
    features = [feature for feature in CALENDAR if feature.kind == "number"]
    rows = [
        (datetime(2000, 1, 1), 0.0, 1.0, 0.0, 1.0, 0.0),
        (datetime(2001, 1, 1, 6), 1.0, 0.0, 0.0, 1.0, 366 / 365.25),
        (datetime(2004, 1, 1, 18), -1.0, 0.0, 0.0, 1.0, 4.0),
        # The 92nd day: 91 / 365.25 of the circle.
        (datetime(2001, 4, 2, 1, 30), 0.3826834324, 0.9238795325, 0.9999855507, 0.0053757316, 457 / 365.25),
        (None, None, None, None, None, None),
    ]
    actual = computed(spark, [row[0] for row in rows], *features, TREND)
    expected = spark.createDataFrame(rows, actual.schema)
    assert_approx_df_equality(actual, expected, 1e-6, ignore_nullable=True)


# Local clock times of sunrise and sunset from almanacs.
SUN = [
    ("chicago", datetime(2016, 6, 21, 5, 16), datetime(2016, 6, 21, 20, 29)),
    ("chicago", datetime(2016, 12, 21, 7, 15), datetime(2016, 12, 21, 16, 23)),
    ("los_angeles", datetime(2023, 6, 21, 5, 42), datetime(2023, 6, 21, 20, 8)),
    ("los_angeles", datetime(2023, 12, 21, 6, 55), datetime(2023, 12, 21, 16, 48)),
]


@pytest.mark.parametrize(("city", "sunrise", "sunset"), SUN)
def test_daylight_begins_and_ends_within_four_minutes_of_the_almanac(spark, city, sunrise, sunset):
    near = timedelta(minutes=4)
    rows = [
        (sunrise - near, "false"),
        (sunrise + near, "true"),
        (sunrise.replace(hour=12), "true"),
        (sunset - near, "true"),
        (sunset + near, "false"),
        (sunset.replace(hour=23), "false"),
    ]
    actual = computed(spark, [index for index, _ in rows], DAYLIGHT, city=city)
    expected = spark.createDataFrame(rows, "occurred_at TIMESTAMP_NTZ, daylight STRING")
    assert_df_equality(actual, expected, ignore_nullable=True, ignore_metadata=True)


def test_daylight_is_unknown_without_a_time_or_for_another_city(spark):
    noon = datetime(2016, 6, 21, 12)
    assert computed(spark, [None], DAYLIGHT).collect()[0]["daylight"] is None
    assert computed(spark, [noon], DAYLIGHT, city="elsewhere").collect()[0]["daylight"] is None


@pytest.mark.parametrize("features", [CALENDAR, DAYS, HOURS])
def test_no_feature_takes_the_name_of_a_key_of_examples(features):
    names = [feature.name for feature in features]
    assert len(set(names)) == len(names)
    assert not {"year", "month", "label", "unit", "delay", "city"} & set(names)
