"""A lock on the lake, so that two jobs do not merge into silver at the same time and overwrite each other's rows."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from crime_spark.errors import LakeError
from crime_spark.lake import Lake

LOCK = "_lock"


@contextmanager
def locked(lake: Lake, job: str) -> Iterator[None]:
    """Hold the lock of a lake while the block runs.

    In a local file system the operating system releases the lock of a killed job. In other file systems the lock is a
    file, which stays after a killed job and must be removed by hand.

    Args:
        lake: the lake.
        job: the name of the job, for the message of other jobs.

    Raises:
        LakeError: another job holds the lock, or the lake cannot be written.
    """
    lake.check_writable()
    path = lake.spark._jvm.org.apache.hadoop.fs.Path(lake.path(LOCK))  # type: ignore[union-attr]
    files = path.getFileSystem(lake.spark._jsc.hadoopConfiguration())
    holder = f"{job}, process {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    if files.getScheme() == "file":
        with _locked_here(unquote(files.makeQualified(path).toUri().getPath()), holder):
            yield
    else:
        with _locked_there(files, path, holder):
            yield


@contextmanager
def _locked_here(path: str, holder: str) -> Iterator[None]:
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise LakeError(
                f"another job is writing to this lake ({file.read()}); run this job again after it has ended"
            ) from error
        file.truncate(0)
        file.write(holder)
        file.flush()
        yield


@contextmanager
def _locked_there(files: Any, path: Any, holder: str) -> Iterator[None]:
    try:
        stream = files.create(path, False)
    except Exception as error:
        if not files.exists(path):
            raise LakeError(f"cannot create the lock {path}: {error}") from error
        raise LakeError(
            "another job is writing to this lake; run this job again after it has ended, "
            f"or remove {path} if it was killed"
        ) from error
    try:
        stream.write(bytearray(holder.encode()))
        stream.close()
        yield
    finally:
        files.delete(path, False)
