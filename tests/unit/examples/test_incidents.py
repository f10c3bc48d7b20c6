"""silver/incidents to gold/examples_<task>."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from math import log1p
from typing import Any

import pytest
from chispa import assert_approx_df_equality, assert_df_equality
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.errors import LakeError
from crime_spark.examples.incidents import TRAIN_TO, frozen_examples, to_examples, write_examples
from crime_spark.features.feature import Feature
from crime_spark.features.history import History
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from tests.incidents import incident, incidents
from tests.unit.training.tiny import AREA, HOUR, LATITUDE, TASK, cities_named, tiny_settings, year_of_incidents

SETTINGS = tiny_settings()
DOMESTIC = Feature("domestic", "category", "domestic", ("domestic",), "recorded as domestic")
NORTH = replace(TASK, features=(HOUR, DOMESTIC, LATITUDE))
AREAS = replace(TASK, features=(AREA,))


def equal(actual: DataFrame, expected: DataFrame) -> None:
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


def test_keys_label_and_features(spark):
    late, unknown = datetime(2016, 12, 31, 23, 59), datetime(2015, 2, 1, 0, 1)
    rows = incidents(
        spark,
        incident(incident_id="1", occurred_at=late, serious=True, domestic=True, latitude=41.5),
        incident(incident_id="2", occurred_at=unknown, serious=False, domestic=None, latitude=None, city="los_angeles"),
        incident(incident_id="3", serious=None),
    )
    expected = [
        ("chicago", "1", None, 0, late, 2016, 12, 1.0, "23", "true", 41.5),
        ("los_angeles", "2", None, 0, unknown, 2015, 2, 0.0, "0", None, None),
    ]
    equal(to_examples(rows, NORTH, CITIES, SETTINGS.features), spark.createDataFrame(expected, NORTH.examples.struct))


def lived(lake: Lake, area: str, gone: str = "none") -> None:
    """Incidents of two cities and years, all in the area."""
    keys = [(city, year) for city in ("chicago", "los_angeles") for year in (2015, 2016) if f"{city} {year}" != gone]
    rows = [
        incident(city=city, incident_id=f"{city} {year}", occurred_at=datetime(year, 5, 1), area=area)
        for city, year in keys
    ]
    lake.replace(INCIDENTS, incidents(lake.spark, *rows))


def write(lake: Lake, tasks: Sequence[Task], cities: Sequence[str], years: Sequence[int] = ()) -> str:
    """What is said meanwhile."""
    output = io.StringIO()
    write_examples(lake, tasks, cities_named(cities), replace(SETTINGS, years=tuple(years)), Progress(output))
    return output.getvalue()


def areas(lake: Lake, task: Task = AREAS) -> list[tuple[str, str]]:
    return sorted((row["example_id"], row["area"]) for row in lake.read(task.examples).collect())


def test_only_the_chosen_cities_and_years_are_replaced(lake):
    lived(lake, "old")
    write(lake, [AREAS], ["chicago", "los_angeles"])
    lived(lake, "new", gone="los_angeles 2016")
    write(lake, [AREAS], ["chicago"], [2016])
    others = [("los_angeles 2015", "old"), ("los_angeles 2016", "old")]
    assert areas(lake) == [("chicago 2015", "old"), ("chicago 2016", "new"), *others]
    write(lake, [AREAS], ["los_angeles"])
    assert areas(lake) == [("chicago 2015", "old"), ("chicago 2016", "new"), ("los_angeles 2015", "new")]


def test_a_table_with_other_features_is_replaced_whole_and_those_of_other_tasks_stay(lake):
    other = replace(AREAS, name="other")
    lived(lake, "old")
    assert "earlier version" not in write(lake, [AREAS, other], ["chicago"])
    assert areas(lake) == areas(lake, other) == [("chicago 2015", "old"), ("chicago 2016", "old")]
    changed = replace(AREAS, features=(AREA, HOUR))
    output = write(lake, [changed], ["chicago"], [2016])
    assert "was written by an earlier version; it is replaced and now has only chicago, 2016" in " ".join(
        output.split()
    )
    assert areas(lake, changed) == [("chicago 2016", "old")]
    assert len(areas(lake, other)) == 2


def test_without_incidents_there_is_a_clear_error(lake):
    with pytest.raises(LakeError, match="silver/incidents; run the stage that writes it first"):
        write(lake, [AREAS], ["chicago"])


def test_tasks_written_together_are_as_each_alone(lake):
    """Labels, incidents left out, histories by the same key, and features of one name may differ."""
    rows = [
        incident(
            city="chicago" if index % 2 else "los_angeles",
            incident_id=str(index),
            occurred_at=datetime(2015 + index % 2, 1 + index % 12, 1 + index % 28, index % 24),
            block=f"block {index % 3}",
            premise=f"premise {index % 4}",
            serious=index % 5 == 0,
            arrest=None if index % 7 == 0 else index % 3 == 0,
            domestic=None if index % 11 == 0 else index % 4 == 0,
            victim_descent="HBWAOX"[index % 6],
            victim_sex="FM"[index % 2],
        )
        for index in range(60)
    ]
    lake.replace(INCIDENTS, incidents(lake.spark, *rows))
    block = History("block", ("block",))
    late = replace(HOUR, sql="hour(occurred_at) >= 12")
    described = next(task for task in TASKS if task.name == "victim_descent")
    tasks = [
        replace(TASK, name="serious", histories=(block,)),
        replace(
            TASK,
            name="arrest",
            target="arrest",
            label="CAST(arrest AS DOUBLE)",
            where="NOT domestic",
            features=(late, AREA),
            histories=(replace(block, name="place"), History("both", ("block", "premise"))),
        ),
        replace(described, histories=(block,)),
    ]
    settings = replace(SETTINGS, years=(2016,), allow_demographic=True)
    write_examples(lake, tasks, CITIES, settings, Progress(io.StringIO()))
    silver = lake.read(INCIDENTS)
    for task in tasks:
        alone = to_examples(silver, task, CITIES, settings.features, wanted="year = 2016", demographic=True)
        equal(lake.read(task.examples), alone)
    of_2016 = [row for row in rows if row["year"] == 2016]
    arrests = {r["incident_id"] for r in of_2016 if r["arrest"] is not None and r["domestic"] is False}
    described_ones = {r["incident_id"] for r in of_2016 if r["victim_descent"] != "X"}
    results = [lake.read(task.examples).collect() for task in tasks]
    assert [{row["example_id"] for row in entry} for entry in results[1:]] == [arrests, described_ones]
    assert {row["hour"] for row in results[1]} == {"true", "false"}
    assert {row["victim_sex"] for row in results[2]} == {"M"}

    def seen(first: dict[str, Any]) -> float:
        earlier = [entry for entry in rows if (entry["city"], entry["block"]) == (first["city"], first["block"])]
        return log1p(sum(entry["occurred_at"] < first["occurred_at"].replace(day=1, hour=0) for entry in earlier))

    assert {r["example_id"]: r["block_count"] for r in results[0]} == pytest.approx(
        {r["incident_id"]: seen(r) for r in of_2016}
    )


def test_sql_that_differs_in_case_alone_makes_two_columns(lake):
    lake.replace(INCIDENTS, incidents(lake.spark, incident(weapon="y")))
    upper, lower = (
        replace(AREAS, name=name, label=f"CAST(weapon = '{letter}' AS DOUBLE)")
        for name, letter in (("upper", "Y"), ("lower", "y"))
    )
    write(lake, [upper, lower], ["chicago"])
    assert [lake.read(task.examples).first()["label"] for task in (upper, lower)] == [0.0, 1.0]


def test_frozen_examples_are_those_of_each_training_end_in_one_pass(spark):
    rows = [row for year in (2015, 2016, 2017) for row in year_of_incidents("chicago", year, 60)]
    rows += [row for year in (2015, 2016) for row in year_of_incidents("los_angeles", year, 60)]
    read = incidents(spark, *rows)
    task = replace(TASK, histories=(History("area_premise", ("area", "premise")),))
    ends = {"chicago": [2015, 2016], "los_angeles": [2015]}
    expected = [
        to_examples(
            read.where(f"city = '{city}'"),
            task,
            CITIES,
            SETTINGS.features,
            wanted=f"year > {end}",
            month=str((end + 1) * 12),
        ).withColumn(TRAIN_TO, F.lit(end))
        for city, years in ends.items()
        for end in years
    ]
    for few in (True, False):
        with frozen_examples(read, task, CITIES, SETTINGS.features, ends, few=few) as actual:
            assert actual.count() == 60 * 4
            frame = reduce(DataFrame.unionByName, expected)
            assert_approx_df_equality(actual, frame, 1e-12, ignore_row_order=True, ignore_nullable=True)
