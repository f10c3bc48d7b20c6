"""Upkeep changes files, never rows."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F

from crime_spark.lake import GONE
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import Upkeep
from crime_spark.upkeep import maintain
from tests.incidents import incident, incidents


def parquet(lake):
    return sorted(Path(lake.path(INCIDENTS.name)).rglob("*.parquet"))


def test_partitions_with_many_files_are_compacted_and_old_files_deleted(spark, lake):
    for number in range(4):
        lake.append(INCIDENTS, incidents(spark, incident(incident_id=str(number))).coalesce(1))
    lake.append(INCIDENTS, incidents(spark, incident(incident_id="x", city="los_angeles")).coalesce(1))
    before = lake.read(INCIDENTS).localCheckpoint()
    (kept,) = maintain(lake, [INCIDENTS], Upkeep(most_files=3, retention_hours=1), Progress(io.StringIO()))
    assert (kept.files_before, kept.files, kept.compacted) == (5, 2, 1)
    assert str(kept).startswith("silver/incidents: 2 files (5 before)")
    assert_df_equality(lake.read(INCIDENTS), before, ignore_row_order=True)
    assert len(parquet(lake)) == 6  # what has just gone out of use is kept
    maintain(lake, [INCIDENTS], Upkeep(most_files=3, retention_hours=0), Progress(io.StringIO()))
    assert len(parquet(lake)) == 2
    assert_df_equality(lake.read(INCIDENTS), before, ignore_row_order=True)


@pytest.mark.long
def test_year_of_nightly_runs_leaves_few_files(spark, lake):
    """Each night revises a few incidents of three years and adds some; once a week there is upkeep."""
    years = (2014, 2015, 2016)
    base = [
        incident(incident_id=f"{year}-{number}", occurred_at=datetime(year, 1, 1))
        for year in years
        for number in range(3000)
    ]
    lake.append(INCIDENTS, incidents(spark, *base).repartition("year"))
    most = 0
    for day in range(365):
        changed = [
            *(
                incident(incident_id=f"{y}-{day * 5 + n}", occurred_at=datetime(y, 1, 2), year=y)
                for y in years
                for n in range(5)
            ),
            *(incident(incident_id=f"new-{day}-{n}", occurred_at=datetime(2016, 6, 1)) for n in range(5)),
        ]
        rows = incidents(spark, *changed).coalesce(1).withColumn(GONE, F.lit(False))
        lake.revise(INCIDENTS, rows, {"city": "chicago", "year": list(years)})
        if day % 7 == 6:
            maintain(lake, [INCIDENTS], Upkeep(most_files=20, retention_hours=0), Progress(io.StringIO()))
        most = max(most, len(lake.read(INCIDENTS).inputFiles()))
    assert lake.read(INCIDENTS).count() == 9000 + 365 * 5
    assert most <= 3 * (20 + 8)
    assert len(parquet(lake)) <= 4 * most  # data files and marks of revisions


def test_maintaining_a_small_table_takes_few_tasks(spark, lake):
    lake.append(INCIDENTS, incidents(spark, incident()).coalesce(1))
    scheduler = spark.sparkContext._jsc.sc().dagScheduler()
    first = scheduler.nextJobId()
    maintain(lake, [INCIDENTS], Upkeep(most_files=3, retention_hours=1), Progress(io.StringIO()))
    tracker = spark.sparkContext.statusTracker()
    stages = [stage for job in range(first, scheduler.nextJobId()) for stage in tracker.getJobInfo(job).stageIds]
    assert 0 < sum(info.numTasks for info in map(tracker.getStageInfo, stages) if info is not None) < 300


def test_partitions_with_few_files_are_not_compacted(spark, lake):
    for number in range(3):
        lake.append(INCIDENTS, incidents(spark, incident(incident_id=str(number))).coalesce(1))
    (kept,) = maintain(lake, [INCIDENTS], Upkeep(most_files=3, retention_hours=1), Progress(io.StringIO()))
    assert (kept.files_before, kept.files, kept.compacted) == (3, 3, 0)
