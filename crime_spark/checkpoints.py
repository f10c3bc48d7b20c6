"""Frames computed once and stored without their plan: a job on them plans, serializes and repeats nothing before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pyspark.sql import DataFrame

from crime_spark.lake import Lake
from crime_spark.session import is_local

SCRATCH = "_checkpoints"
# A folder that nothing was added to for so long belongs to a run that was killed.
STALE_HOURS = 24


@contextmanager
def checkpoint_folder(lake: Lake) -> Iterator[None]:
    """Within it, `checkpointed` stores frames in a folder of the lake, unless driver and executors share one machine.

    Every run has a folder of its own, which is removed at the end. The folder of a killed run is removed by the first
    run that starts STALE_HOURS after it was last used.
    """
    if is_local(lake.spark):
        yield
        return
    lake.remove_stale(SCRATCH, time.time() - 3600 * STALE_HOURS)
    context = lake.spark.sparkContext
    context.setCheckpointDir(lake.path(SCRATCH))
    folder = context.getCheckpointDir()
    try:
        yield
    finally:
        # Where Spark itself has died, its error is the one to report.
        with suppress(Exception):
            lake.remove(f"{SCRATCH}/{str(folder).rsplit('/', 1)[-1]}")


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
    file = plan.rdd().getCheckpointFile()
    if file.isDefined():
        session = frame.sparkSession
        path = session._jvm.org.apache.hadoop.fs.Path(file.get())  # type: ignore[union-attr]
        path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)
