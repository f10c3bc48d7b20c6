"""Maintains the tables of the lake: compacts small files and deletes obsolete files."""

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
_LOGGING = "spark.databricks.delta.vacuum.logging.enabled"  # would add two commits without rows
# VACUUM lists files in this number of tasks even if there are few folders. Spark's default is 10,000.
_LISTING = "spark.sql.sources.parallelPartitionDiscovery.parallelism"


@dataclass(frozen=True)
class MaintainedTable:
    """The result of maintaining a table.

    Attributes:
        table: name of the table.
        files_before: number of files before.
        files: number of files after.
        megabytes: size of the files after, in millions of bytes.
        compacted: number of compacted partitions.
    """

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


def maintain(lake: Lake, tables: Sequence[Table], upkeep: Upkeep, progress: Progress) -> list[MaintainedTable]:
    """Compact the partitions with many files and delete obsolete files.

    If a run of ingest or quarantine stopped before it wrote the ledger, it must be repeated first: only the latest
    commits of the tables show that it stopped, and maintenance adds commits.

    Args:
        lake: the lake.
        tables: the tables to maintain; tables that do not exist are skipped.
        upkeep: the number of files from which a partition is compacted, and the age of obsolete files.
        progress: the console.

    Raises:
        LakeError: another job is writing to the lake, or a run must be repeated first.
    """
    with locked(lake, "maintain"):
        if broken_off(lake):
            raise LakeError("an earlier run stopped before it wrote the ledger: repeat that run, then run maintain")
        return [_maintain_table(lake, table, upkeep, progress) for table in tables if lake.exists(table)]


def _maintain_table(lake: Lake, table: Table, upkeep: Upkeep, progress: Progress) -> MaintainedTable:
    delta = DeltaTable.forPath(lake.spark, lake.path(table.name))
    files = Counter(_partitions(delta, table))
    crowded = [partition for partition, count in files.items() if count > upkeep.most_files]
    with progress.working(f"maintain: {table.name}"):
        if crowded:
            optimizer = delta.optimize()
            where = " OR ".join(f"({_condition(partition)})" for partition in crowded if partition)
            (optimizer.where(where) if where else optimizer).executeCompaction()
        # Delta refuses less than a week to protect readers of old files. A user who sets less has none.
        tasks = str(4 * lake.spark.sparkContext.defaultParallelism)
        with configured(lake.spark, {_RETENTION_CHECK: "false", _LOGGING: "false", _LISTING: tasks}):
            delta.vacuum(upkeep.retention_hours)
    detail: Any = delta.detail().select("numFiles", (F.col("sizeInBytes") / 1e6).alias("megabytes")).first()
    return MaintainedTable(table.name, files.total(), detail["numFiles"], detail["megabytes"], len(crowded))


def _partitions(delta: DeltaTable, table: Table) -> Iterator[str]:
    """The partition of each file of the table, as in its path: city=x/year=2015."""
    for path in delta.toDF().inputFiles():
        parts = re.findall(r"([^/]+=[^/]+)/", path)
        yield "/".join(parts[-len(table.partitions) :]) if table.partitions else ""


def _condition(partition: str) -> str:
    pairs = (part.split("=", 1) for part in partition.split("/"))
    return " AND ".join(sql_condition({column: unquote(unquote(value))}) for column, value in pairs)
