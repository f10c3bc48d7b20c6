"""Upkeep of the lake's tables: many small files to few, and files that no table needs any more removed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from delta.tables import DeltaTable
from pyspark.sql import functions as F

from crime_spark.errors import LakeError
from crime_spark.ingest.run_notes import broken_off
from crime_spark.lake import Lake, sql_condition
from crime_spark.locking import locked
from crime_spark.progress import Progress
from crime_spark.session import configured
from crime_spark.settings import Upkeep
from crime_spark.table import Table

_RETENTION_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"
_LOGGING = "spark.databricks.delta.vacuum.logging.enabled"  # two commits that say nothing of the rows
# VACUUM lists files in as many tasks as this, however few folders there are. Spark's default is 10,000.
_LISTING = "spark.sql.sources.parallelPartitionDiscovery.parallelism"


@dataclass(frozen=True)
class Kept:
    """A table after its upkeep: its files, their size, and how many partitions were compacted."""

    table: str
    files_before: int
    files: int
    megabytes: float
    compacted: int

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.files} files ({self.files_before} before), {self.megabytes:,.1f} MB, "
            f"{self.compacted} partitions compacted"
        )


def maintain(lake: Lake, tables: Sequence[Table], upkeep: Upkeep, progress: Progress) -> list[Kept]:
    """Compact each partition of more than upkeep.most_files files, and remove files out of use for retention_hours.

    Nothing is done while a run that broke off waits to be repeated: what shows that it did is in the latest commits.

    Raises:
        LakeError: another job is at work on the lake, or a run must be repeated first.
    """
    with locked(lake, "maintain"):
        if broken_off(lake):
            raise LakeError("a run broke off before it could write the ledger: repeat it first, then maintain the lake")
        return [_kept(lake, table, upkeep, progress) for table in tables if lake.exists(table)]


def _kept(lake: Lake, table: Table, upkeep: Upkeep, progress: Progress) -> Kept:
    delta = DeltaTable.forPath(lake.spark, lake.path(table.name))
    files = Counter(_partitions(delta, table))
    crowded = [partition for partition, count in files.items() if count > upkeep.most_files]
    with progress.working(f"maintain: {table.name}"):
        if crowded:
            optimizer = delta.optimize()
            where = " OR ".join(f"({_condition(partition)})" for partition in crowded if partition)
            (optimizer.where(where) if where else optimizer).executeCompaction()
        # Delta refuses to keep less than a week, lest a reader still needs a file; whoever sets less knows of none.
        tasks = str(4 * lake.spark.sparkContext.defaultParallelism)
        with configured(lake.spark, {_RETENTION_CHECK: "false", _LOGGING: "false", _LISTING: tasks}):
            delta.vacuum(upkeep.retention_hours)
    detail: Any = delta.detail().select("numFiles", (F.col("sizeInBytes") / 1e6).alias("megabytes")).first()
    return Kept(table.name, files.total(), detail["numFiles"], detail["megabytes"], len(crowded))


def _partitions(delta: DeltaTable, table: Table) -> Iterator[str]:
    """The partition of each of the table's files, as its path has it: city=x/year=2015."""
    for path in delta.toDF().inputFiles():
        parts = re.findall(r"([^/]+=[^/]+)/", path)
        yield "/".join(parts[-len(table.partitions) :]) if table.partitions else ""


def _condition(partition: str) -> str:
    pairs = (part.split("=", 1) for part in partition.split("/"))
    return " AND ".join(sql_condition({column: unquote(unquote(value))}) for column, value in pairs)
