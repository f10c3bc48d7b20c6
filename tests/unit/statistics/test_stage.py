from __future__ import annotations

import io
from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame

from crime_spark.errors import LakeError
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, STATISTICS
from crime_spark.statistics import STATISTICS as DECLARED
from crime_spark.statistics.stage import describe
from tests.incidents import incident, incidents
from tests.unit.statistics.rows import assert_statistics

QUIET = Progress(io.StringIO())
THEFT_2015 = incident(incident_id="1", occurred_at=datetime(2015, 5, 1, 9))
THEFT_2016 = incident(incident_id="2")
ELSEWHERE = incident(
    incident_id="3",
    city="los_angeles",
    arrest=True,
    domestic=None,
    weapon="HAND GUN",
    weapon_group="firearm_handgun",
    reported_at=datetime(2016, 1, 6),
    victim_age=30,
    victim_sex="F",
    victim_descent="H",
    mo_codes=["0344"],
)


def put(lake: Lake, *rows: dict[str, object]) -> None:
    lake.replace(INCIDENTS, incidents(lake.spark, *rows))


def totals(lake: Lake) -> DataFrame:
    return lake.read(STATISTICS).where("statistic = 'by_year' AND measure = 'rows'")


def total(city: str, year: int | None, rows: float) -> tuple[str, str, int | None, None, None, None, None, str, float]:
    return ("by_year", city, year, None, None, None, None, "rows", rows)


def test_every_city_and_year_is_described_by_every_statistic_and_each_key_stands_once(lake: Lake):
    put(lake, THEFT_2015, THEFT_2016, ELSEWHERE)
    describe(lake, QUIET)
    assert_statistics(
        totals(lake),
        total("chicago", 2015, 1.0),
        total("chicago", 2016, 1.0),
        total("chicago", None, 2.0),
        total("los_angeles", 2016, 1.0),
        total("los_angeles", None, 1.0),
    )
    rows = lake.read(STATISTICS).select("statistic").distinct().collect()
    assert {row["statistic"] for row in rows} == {item.name for item in DECLARED}
    stored = lake.read(STATISTICS)
    assert stored.select(*STATISTICS.key).distinct().count() == stored.count()


def test_only_the_cities_given_are_replaced(lake: Lake):
    put(lake, THEFT_2016, ELSEWHERE)
    describe(lake, QUIET)
    put(lake, THEFT_2016, THEFT_2015, ELSEWHERE, {**ELSEWHERE, "incident_id": "4"})
    describe(lake, QUIET, cities=["chicago"])
    assert_statistics(
        totals(lake),
        total("chicago", 2015, 1.0),
        total("chicago", 2016, 1.0),
        total("chicago", None, 2.0),
        total("los_angeles", 2016, 1.0),
        total("los_angeles", None, 1.0),
    )


def test_only_the_years_given_are_described(lake: Lake):
    put(lake, THEFT_2015, THEFT_2016)
    describe(lake, QUIET, cities=["chicago"])
    describe(lake, QUIET, cities=["chicago"], years=[2016])
    assert_statistics(totals(lake), total("chicago", 2016, 1.0), total("chicago", None, 1.0))


def test_describing_again_changes_nothing_however_the_rows_are_spread(lake: Lake):
    rows = [THEFT_2015, THEFT_2016, ELSEWHERE, {**ELSEWHERE, "incident_id": "4", "latitude": 34.05, "victim_age": 41}]
    put(lake, *rows)
    describe(lake, QUIET)
    before = lake.spark.createDataFrame(lake.read(STATISTICS).collect(), STATISTICS.struct)
    lake.replace(INCIDENTS, incidents(lake.spark, *reversed(rows)).repartition(4, "incident_id"))
    describe(lake, QUIET)
    assert_df_equality(lake.read(STATISTICS), before, ignore_row_order=True, ignore_metadata=True)


def test_nothing_to_describe_is_an_error_and_leaves_what_is_there(lake: Lake):
    put(lake, THEFT_2016)
    describe(lake, QUIET)
    with pytest.raises(LakeError, match="silver/incidents has no incidents of these cities and years"):
        describe(lake, QUIET, years=[1999])
    assert_statistics(totals(lake), total("chicago", 2016, 1.0), total("chicago", None, 1.0))


def test_a_lake_without_incidents_is_an_error(lake: Lake):
    with pytest.raises(LakeError, match="has no table silver/incidents"):
        describe(lake, QUIET)
