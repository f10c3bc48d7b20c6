"""One job at a time writes silver: two that merge at once would each decide by what the other is about to change."""

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
    """While it lasts no other job holds the lake's lock; a job that is killed on a local file system holds it no more.

    Elsewhere the lock is a file that the first comer makes, and a killed job leaves it behind for a person to remove.

    Raises:
        LakeError: another job holds it; the message says which.
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
                f"another job is at work on this lake ({file.read()}); run this one when it is done"
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
            raise LakeError(f"the lock {path} cannot be made: {error}") from error
        raise LakeError(
            f"another job is at work on this lake; run this one when it is done, or remove {path} if that job is dead"
        ) from error
    try:
        stream.write(bytearray(holder.encode()))
        stream.close()
        yield
    finally:
        files.delete(path, False)
