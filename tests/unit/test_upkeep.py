"""Upkeep changes files, never rows."""

from __future__ import annotations

import io
from pathlib import Path

from chispa import assert_df_equality

from crime_spark.config import Upkeep
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.upkeep import maintain
from tests.incidents import incident, incidents


def parquet(lake):
    return sorted(Path(lake.path(INCIDENTS.name)).rglob("*.parquet"))


def test_crowded_partitions_are_compacted_and_old_files_removed(spark, lake):
    for number in range(4):
        lake.append(INCIDENTS, incidents(spark, incident(incident_id=str(number))).coalesce(1))
    lake.append(INCIDENTS, incidents(spark, incident(incident_id="x", city="los_angeles")).coalesce(1))
    before = lake.read(INCIDENTS).localCheckpoint()
    (kept,) = maintain(lake, Upkeep(most_files=3, retention_hours=1), Progress(io.StringIO()))
    assert (kept.files_before, kept.files, kept.compacted) == (5, 2, 1)
    assert str(kept).startswith("silver/incidents: 2 files (5 before)")
    assert_df_equality(lake.read(INCIDENTS), before, ignore_row_order=True)
    assert len(parquet(lake)) == 6  # what has just gone out of use is kept
    maintain(lake, Upkeep(most_files=3, retention_hours=0), Progress(io.StringIO()))
    assert len(parquet(lake)) == 2
    assert_df_equality(lake.read(INCIDENTS), before, ignore_row_order=True)


def test_what_is_not_crowded_is_left_as_it_is(spark, lake):
    for number in range(3):
        lake.append(INCIDENTS, incidents(spark, incident(incident_id=str(number))).coalesce(1))
    (kept,) = maintain(lake, Upkeep(most_files=3, retention_hours=1), Progress(io.StringIO()))
    assert (kept.files_before, kept.files, kept.compacted) == (3, 3, 0)
