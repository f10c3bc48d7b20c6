"""Whether the executors have what learners need that are not MLlib's."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec

import pyarrow as pa
from pyspark.sql import SparkSession

from crime_spark.errors import UsageError
from crime_spark.learners.estimators.batch_model import places
from crime_spark.learners.learner import Learner
from crime_spark.session import is_local

_OURS = {"crime_spark": "this package itself (make wheel, then spark-submit --py-files dist/...)"}


def check_workers(spark: SparkSession, learners: Iterable[Learner]) -> None:
    """Before anything is fitted: the packages of the learners are where tasks run. Nothing is asked in local mode.

    A learner that is fitted in one task needs this package there, also if it needs no other.

    Raises:
        UsageError: they are not; the message says where, and what to install.
    """
    learners = list(learners)
    needed = {module: package for learner in learners for module, package in learner.packages.items()}
    if any(learner.in_task for learner in learners):
        needed |= _OURS
    if not needed or is_local(spark):
        return
    if faults := lacking(spark, {**needed, **_OURS}):
        raise UsageError("; ".join(faults))


def lacking(spark: SparkSession, needed: Mapping[str, str]) -> list[str]:
    """What each host lacks of needed (module -> what to install), by as many tasks as run at the same time."""

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        absent = [package for module, package in needed.items() if find_spec(module) is None]
        said = [f"{socket.gethostname()} lacks {', '.join(absent)}"] if absent else []
        yield from (pa.RecordBatch.from_pydict({"said": pa.array(said, pa.string())}) for _ in batches)

    count = max(1, places(spark))
    found = spark.range(0, count, 1, count).mapInArrow(look, "said STRING").collect()
    return sorted({row["said"] for row in found})
