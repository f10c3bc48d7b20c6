"""Each limit on tiny frames: what it finds, crossed and not crossed."""

from __future__ import annotations

from datetime import date

import pytest
from chispa import assert_df_equality

from crime_spark.cities.limits import (
    Limit,
    break_on,
    quarantined,
    rows_per_day,
    rows_per_week,
    unmapped,
    vanished,
    without_coordinates,
)
from crime_spark.quality.checks import crossings, judge
from tests.unit.quality.frames import back, frames

COLUMNS = "city STRING, limit STRING, per STRING, scope STRING, value DOUBLE, low DOUBLE, high DOUBLE, "
COLUMNS += "crossed BOOLEAN, remark STRING"


def judged_scopes(spark, limit: Limit, **given):
    """scope -> (value, crossed)."""
    rows = judge(spark, frames(spark, **given), {"town": [limit]}).collect()
    return {row["scope"]: (round(row["value"], 4), row["crossed"]) for row in rows}


def daily(rows=100, days=range(120), **less):
    """So many rows on each of the days before the last."""
    return [{"day": back(day), "rows": less.get(f"on_{day}", rows)} for day in days if less.get(f"on_{day}", rows)]


def test_whole_rows_of_two_cities_in_one_pass(spark):
    share, list_ = (
        Limit(
            "share",
            "a share",
            "city",
            "SELECT city, 'all' AS scope, max(rows) AS value FROM {days} GROUP BY city",
            1,
            2,
        ),
        Limit("list", "a list", "day", "SELECT city, day AS scope, 7 AS value FROM {days}", remark="look"),
    )
    days = [{"rows": 3}, {"city": "other", "rows": 3}, {"city": "third", "rows": 3}]
    loose = Limit(share.name, share.what, share.per, share.sql, high=3)
    declared = {"town": [share, list_], "other": [loose]}
    judged = judge(spark, frames(spark, days=days), declared)
    expected = [
        ("town", "share", "city", "all", 3.0, 1.0, 2.0, True, ""),
        ("town", "list", "day", "2016-12-31", 7.0, None, None, False, "look"),
        ("other", "share", "city", "all", 3.0, None, 3.0, False, ""),
    ]
    wanted = spark.createDataFrame(expected, COLUMNS)
    assert_df_equality(judged, wanted, ignore_row_order=True, ignore_nullable=True)
    assert [str(crossing) for crossing in crossings(judged, declared)] == ["town: share of all is 3, above 2 (a share)"]


def test_quarantined(spark):
    city, file = quarantined(high=0.01, high_of_file=0.05)
    files = [
        {"file": "a", "rows_read": 9000, "rows_quarantined": 20},
        {"file": "b", "rows_read": 1000, "rows_quarantined": 60},
        {"file": "few", "rows_read": 10, "rows_quarantined": 9},
    ]
    assert judged_scopes(spark, city, files=files) == {"all": (0.0089, False)}
    assert judged_scopes(spark, file, files=files) == {"a": (0.0022, False), "b": (0.06, True)}
    assert judged_scopes(spark, city, files=files[1:]) == {"all": (0.0683, True)}
    assert judged_scopes(spark, city, files=[{"file": "empty", "rows_read": 0, "rows_quarantined": 0}]) == {}


def test_without_coordinates(spark):
    days = [
        {"rows": 900, "without_coordinates": 50},
        {"rows": 100, "without_coordinates": 10},
        {"rows": 1000, "without_coordinates": 50, "day": date(2015, 1, 1)},
        {"rows": 999, "without_coordinates": 999, "day": date(2014, 1, 1)},
    ]
    assert judged_scopes(spark, without_coordinates(0.05), days=days) == {"2016": (0.06, True), "2015": (0.05, False)}


def test_unmapped(spark):
    codes, premises, _, words = unmapped(offenses=0.001, others=0.01)
    days = [
        {"rows": 2000, "offense_code_recorded": 2000, "offense_code_unmapped": 3, "premise_recorded": 0},
        {"rows": 2000, "offense_code_recorded": 2000, "offense_code_unmapped": 2, "day": date(2015, 1, 1)},
        {"rows": 2000, "premise_recorded": 1000, "premise_unmapped": 20, "day": date(2015, 1, 1)},
    ]
    listed = [("town", 2016, "offense_code", "9999", 3), ("town", 2015, "offense_code", "9999", 2)]
    listed += [("town", 2015, "premise", "MOON", 20)]
    assert judged_scopes(spark, codes, days=days) == {"2016": (0.0015, True), "2015": (0.001, False)}
    assert judged_scopes(spark, premises, days=days) == {"2015": (0.02, True)}
    assert judged_scopes(spark, words, unmapped=listed) == {
        "offense_code 9999": (5.0, False),
        "premise MOON": (20.0, False),
    }


def test_rows_per_day(spark):
    usual = judged_scopes(spark, rows_per_day(), days=daily())
    assert usual == {str(back(2 + index)): (1.0, False) for index in range(7)}
    odd = judged_scopes(spark, rows_per_day(), days=daily(on_1=0, on_2=29, on_3=0, on_4=251))
    crossed = {scope: value for scope, (value, is_crossed) in odd.items() if is_crossed}
    assert crossed == {str(back(2)): 0.29, str(back(3)): 0.0, str(back(4)): 2.51}


def test_rows_per_week(spark):
    week = str(back(8))
    assert judged_scopes(spark, rows_per_week(), days=daily()) == {week: (1.0, False)}
    halved = daily(**{f"on_{index}": 50 for index in range(9)})
    assert judged_scopes(spark, rows_per_week(), days=halved) == {week: (0.5, True)}
    doubled = daily(**{f"on_{index}": 200 for index in range(9)})
    assert judged_scopes(spark, rows_per_week(), days=doubled) == {week: (2.0, True)}


@pytest.mark.parametrize(
    "days",
    [daily(days=range(29)), daily(days=(*range(9), *range(40, 90))), daily(rows=49), []],
    ids=["a month alone", "a gap before it", "few rows", "nothing"],
)
def test_rows_are_not_compared_with_weeks_that_are_not_there(spark, days):
    assert judged_scopes(spark, rows_per_week(), days=days) == {}
    assert {crossed for _, crossed in judged_scopes(spark, rows_per_day(), days=days).values()} <= {False}


def test_a_category_that_vanished(spark):
    always = daily(rows=9, days=range(460))
    stopped = [{"day": back(index), "offense_group": "arson", "rows": 2} for index in range(92, 460)]
    rare = [{"day": back(index), "offense_group": "gambling", "rows": 1} for index in range(92, 460, 9)]
    once = [{"day": back(index), "offense_group": "fraud", "rows": 9} for index in range(92, 180)]
    judged = judged_scopes(spark, vanished(), days=[*always, *stopped, *rare, *once])
    assert judged == {"theft": (1.0, False), "arson": (0.0, True)}


def test_without_a_year_and_a_quarter_of_days_nothing_has_vanished(spark):
    days = [*daily(days=range(0, 460, 2)), {"day": back(300), "offense_group": "arson", "rows": 900}]
    assert judged_scopes(spark, vanished(), days=days) == {}


def test_a_break(spark):
    limit = break_on(date(2016, 12, 31), "nibrs_break", "do not compare")
    assert judged_scopes(spark, limit, days=[{"rows": 5}, {"day": back(1), "rows": 7}]) == {"2016-12-31": (5.0, True)}
    assert judged_scopes(spark, limit, days=[{"day": back(1), "rows": 7}]) == {}
