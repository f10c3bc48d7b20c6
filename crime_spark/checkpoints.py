"""Frames that are computed once and stored without their plan, so that later Spark jobs do not compute them again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pyspark.sql import DataFrame

from crime_spark.lake import Lake
from crime_spark.session import is_local

SCRATCH = "_checkpoints"
# A folder that has not changed for this long belongs to a run that was killed.
STALE_HOURS = 24


@contextmanager
def checkpoint_folder(lake: Lake) -> Iterator[None]:
    """Let `checkpointed` store frames in a folder of the lake while the block runs.

    With a local master nothing is done, because `checkpointed` then needs no folder. Every run uses a new folder and
    removes it at the end. If a run is killed, a later run removes its folder, STALE_HOURS after it last changed.
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
        # If Spark has died, its error is the one to report.
        with suppress(Exception):
            lake.remove(f"{SCRATCH}/{str(folder).rsplit('/', 1)[-1]}")


def checkpointed(frame: DataFrame) -> DataFrame:
    """Compute a frame now and return the same rows in the same partitions, without their plan.

    With a local master the rows are kept in the executor's storage. On a cluster they are written to the checkpoint
    folder, if one is set, because the storage would be lost with an executor.
    """
    if is_local(frame.sparkSession) or frame.sparkSession.sparkContext.getCheckpointDir() is None:
        return frame.localCheckpoint()
    # A checkpoint computes the frame twice, to count its rows and to write them.
    rows = frame.persist()
    try:
        return rows.checkpoint()
    finally:
        rows.unpersist()


def release(frame: DataFrame) -> None:
    """Free the storage of a frame that `checkpointed` returned. The frame cannot be read afterwards."""
    plan: Any = frame._jdf.queryExecution().analyzed()
    plan.rdd().unpersist(False)
    file = plan.rdd().getCheckpointFile()
    if file.isDefined():
        session = frame.sparkSession
        path = session._jvm.org.apache.hadoop.fs.Path(file.get())  # type: ignore[union-attr]
        path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)
