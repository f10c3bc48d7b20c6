"""The course of the day."""

from __future__ import annotations

from typing import Any

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from crime_spark.reporting.contests import Contest, Span, contest_standing
from crime_spark.reporting.curves import REPORTED, course_of_the_day, hourly_means
from crime_spark.reporting.layout import Chart, Points, SideBySide, Table
from crime_spark.reporting.material import Material, mean_by_hour
from crime_spark.schemas import CELL_KEY, METRICS
from tests.unit.reporting.records import CHICAGO, Rows, cell, metric

CONTEST = Contest("chicago", "hourly_volume", "per_year", "fair", 7)
SPAN = Span(2015, 2016, 2015)
KEYS = {"task": "hourly_volume", "delay": 7}
METRICS_OF_ALL = [
    metric(name, value, name="mae", **KEYS) for name, value in (("gbt", 2.0), ("slot_mean", 3.0), ("class_prior", 9.0))
]


def hour(learner: str, hour_of_day: int, actual: float, predicted: float, **overrides: Any) -> dict[str, Any]:
    return {**cell(learner, **{**KEYS, **overrides}), "hour": hour_of_day, "actual": actual, "predicted": predicted}


HOURS: Rows = [
    hour("gbt", 17, 40.0, 38.0),
    hour("gbt", 4, 10.0, 12.0),
    hour("slot_mean", 4, 10.0, 15.0),
    hour("slot_mean", 17, 40.0, 30.0),
    hour("class_prior", 4, 10.0, 25.0),
    hour("gbt", 4, 99.0, 99.0, delay=0),
    hour("gbt", 4, 99.0, 99.0, test_year=2017, train_to=2016, train_from=2016),
]
STANDING = contest_standing(Material((CHICAGO,), metrics=METRICS_OF_ALL), CONTEST)


def test_hourly_means_are_of_one_contest_and_year_in_the_order_of_hours() -> None:
    means = hourly_means(HOURS, STANDING, SPAN, ["gbt", "slot_mean"])
    assert list(means) == [REPORTED, "gbt", "slot_mean"]
    assert [list(line.items()) for line in means.values()] == [
        [(4, 10.0), (17, 40.0)],
        [(4, 12.0), (17, 38.0)],
        [(4, 15.0), (17, 30.0)],
    ]


def test_course_of_the_day_has_extremes_a_chart_and_a_table() -> None:
    _, points, side_by_side = course_of_the_day(HOURS, STANDING, "Here")
    assert isinstance(points, Points)
    assert points.points[0] == (
        "reported:",
        "lowest in the hour from 04:00 (10.00), highest in the hour from 17:00 (40.00).",
    )
    assert [subject for subject, _ in points.points] == ["reported:", "gbt:", "slot_mean:"]
    assert isinstance(side_by_side, SideBySide)
    chart, table = side_by_side.pieces
    assert isinstance(chart, Chart)
    assert chart.svg.count("stroke-dasharray") >= 2
    assert isinstance(table, Table)
    assert table.columns == ("Hour from", REPORTED, "gbt", "slot_mean")
    assert [line.head for line in table.groups[0].lines] == ["04:00", "17:00"]


def test_contest_without_predictions_by_hour_has_no_course_of_the_day() -> None:
    assert course_of_the_day(HOURS[5:6], STANDING, "Here") == []


def test_mean_by_hour_is_only_of_tasks_about_a_whole_city(spark: SparkSession) -> None:
    types = {column.name: column.type for column in METRICS.columns}
    keys = ", ".join(f"{name} {types[name]}" for name in (*CELL_KEY, "test_year"))
    cell_values = tuple(cell("gbt", **KEYS)[name] for name in (*CELL_KEY, "test_year"))
    daily = tuple(cell("gbt", task="hotspot_day")[name] for name in (*CELL_KEY, "test_year"))
    rows = [
        (*cell_values, "2016-01-01 05:00:00", 10.0, 8.0),
        (*cell_values, "2016-01-02 05:00:00", 20.0, 9.0),
        (*cell_values, "2016-01-02 06:00:00", 1.0, 2.0),
        (*daily, "2016-01-02 00:00:00", 7.0, 7.0),
    ]
    frame = spark.createDataFrame(rows, f"{keys}, at STRING, label DOUBLE, prediction DOUBLE")
    means = mean_by_hour(frame.withColumn("occurred_at", frame["at"].cast("timestamp_ntz")))
    expected = spark.createDataFrame(
        [(*cell_values, 5, 15.0, 8.5), (*cell_values, 6, 1.0, 2.0)],
        f"{keys}, hour INT, actual DOUBLE, predicted DOUBLE",
    )
    assert_df_equality(means, expected, ignore_row_order=True, ignore_nullable=True)
