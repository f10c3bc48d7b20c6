"""Checkpointed frames: the same rows in the same partitions, without the plan that made them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark import checkpoints
from crime_spark.checkpoints import SCRATCH, STALE_HOURS, checkpoint_folder, checkpointed, release


def partitions(frame: DataFrame) -> list[list[int]]:
    return [[row["id"] for row in rows] for rows in frame.rdd.glom().collect()]


def three_partitions(spark: SparkSession) -> DataFrame:
    return spark.range(10).repartition(3, "id").withColumn("double", F.col("id") * 2)


@pytest.fixture
def cluster(monkeypatch):
    """Driver and executors are on different machines, as far as this module can tell."""
    monkeypatch.setattr(checkpoints, "is_local", lambda _: False)


def test_checkpoint_keeps_rows_and_partitions_and_drops_the_plan(spark):
    frame = checkpointed(three_partitions(spark))
    assert partitions(frame) == partitions(three_partitions(spark))
    assert frame.columns == ["id", "double"]
    plan = frame._jdf.queryExecution().executedPlan().toString()
    assert "ExistingRDD" in plan
    assert "Exchange" not in plan


def test_cluster_stores_checkpoints_in_the_lake_until_the_end_of_the_run(lake, cluster):
    scratch = Path(lake.root) / SCRATCH
    with checkpoint_folder(lake):
        frame = checkpointed(three_partitions(lake.spark))
        assert list(scratch.glob("*/rdd-*/part-00000"))
        assert partitions(frame) == partitions(three_partitions(lake.spark))
        release(frame)
        assert not list(scratch.glob("*/rdd-*"))
    assert not list(scratch.iterdir())


def test_run_does_not_remove_checkpoints_of_another_run(lake, cluster):
    with checkpoint_folder(lake):
        frame = checkpointed(three_partitions(lake.spark))
        with checkpoint_folder(lake):
            checkpointed(three_partitions(lake.spark))
        assert partitions(frame) == partitions(three_partitions(lake.spark))


def test_checkpoints_of_a_killed_run_are_removed_after_a_day(lake, cluster):
    scratch = Path(lake.root) / SCRATCH
    old, young = scratch / "old", scratch / "young"
    for folder, hours in ((old, STALE_HOURS + 1), (young, STALE_HOURS - 1)):
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - 3600 * hours,) * 2)
    with checkpoint_folder(lake):
        assert not old.exists()
        assert young.exists()


def test_local_checkpoints_write_no_files(lake):
    with checkpoint_folder(lake):
        checkpointed(three_partitions(lake.spark))
        assert not Path(lake.root).exists()


def test_released_rows_are_no_longer_stored(spark):
    frame = checkpointed(three_partitions(spark))
    stored = spark.sparkContext._jsc.sc().getRDDStorageInfo
    before = len(stored())
    release(frame)
    assert len(stored()) == before - 1
