"""Check of the executors for packages that learners need."""

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
    """Check that executors have the packages of the learners. In local mode nothing is checked.

    A learner that is fitted in one task also needs crime_spark on the executors.

    Raises:
        UsageError: packages are missing; the message lists hosts and packages.
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
    """Missing packages by host, from a task in each slot; `needed` has what to install, by module."""

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        absent = [package for module, package in needed.items() if find_spec(module) is None]
        messages = [f"{socket.gethostname()} lacks {', '.join(absent)}"] if absent else []
        yield from (pa.RecordBatch.from_pydict({"message": pa.array(messages, pa.string())}) for _ in batches)

    count = max(1, places(spark))
    collected = spark.range(0, count, 1, count).mapInArrow(look, "message STRING").collect()
    return sorted({row["message"] for row in collected})
