"""Frames computed once and stored without their plan: a job on them plans, serializes and repeats nothing before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame

from crime_spark.lake import Lake
from crime_spark.session import is_local

SCRATCH = "_checkpoints"


@contextmanager
def checkpoint_folder(lake: Lake) -> Iterator[None]:
    """Within it, `checkpointed` stores frames in a folder of the lake, unless driver and executors share one machine.

    The folder is removed at the end; what a killed run has left there is removed by the next.
    """
    if is_local(lake.spark):
        yield
        return
    lake.remove(SCRATCH)
    lake.spark.sparkContext.setCheckpointDir(lake.path(SCRATCH))
    try:
        yield
    finally:
        lake.remove(SCRATCH)


def checkpointed(frame: DataFrame) -> DataFrame:
    """The same rows in the same partitions, computed now.

    On one machine the rows stay in the executor's storage. On a cluster that would not survive the loss of an executor:
    there they are files of the checkpoint folder, where one is set.
    """
    if is_local(frame.sparkSession) or frame.sparkSession.sparkContext.getCheckpointDir() is None:
        return frame.localCheckpoint()
    # Spark computes a frame twice to checkpoint it: to count its rows, and to write them.
    rows = frame.persist()
    try:
        return rows.checkpoint()
    finally:
        rows.unpersist()


def release(frame: DataFrame) -> None:
    """Free the storage of a frame that `checkpointed` returned; nothing may read the frame afterwards."""
    plan: Any = frame._jdf.queryExecution().analyzed()
    plan.rdd().unpersist(False)
