"""Reads and writes stored tables and checks their schemas. No other module does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import LakeError, SchemaError, UsageError, reason_of
from crime_spark.session import configured
from crime_spark.table import Table, schema_faults

PROPERTIES = {"delta.checkpointInterval": "20"}
GONE = "_gone"  # the column that marks the rows that `revise` deletes
_NOTE = "spark.databricks.delta.commitInfo.userMetadata"
_HISTORY = 20


@dataclass(frozen=True)
class Lake:
    """Delta tables below one root folder.

    Attributes:
        spark: the session that reads and writes.
        root: a local folder, or a folder in any other file system that Spark can write.
    """

    spark: SparkSession
    root: str

    def path(self, name: str) -> str:
        """The path of the table or model with this name."""
        return f"{self.root.rstrip('/')}/{name}"

    def check_writable(self) -> None:
        """Check that the lake can be written: create the root, write a file in it and delete the file.

        Raises:
            UsageError: Spark has no file system for the root's scheme.
            LakeError: the root cannot be created or written.
        """
        try:
            files, root = self._file_system()
            if not files.mkdirs(root):
                raise LakeError(f"cannot create the lake {self.root}: check that it can be a folder, or change --lake")
            probe = self._hadoop_path(self.path("_writable"))
            files.create(probe, True).close()
            files.delete(probe, False)
        except LakeError:
            raise
        except Exception as error:
            reason = reason_of(error)
            if "No FileSystem for scheme" in reason or "ClassNotFoundException" in str(error):
                raise UsageError(
                    f"Spark has no file system for the lake {self.root} ({reason}): write --lake as a folder, "
                    "s3a://... or hdfs://..., or add the jar of that file system to Spark"
                ) from error
            raise LakeError(
                f"cannot write the lake {self.root} ({reason}): check the permissions, or change --lake"
            ) from error

    def remove(self, name: str) -> None:
        """Delete the file or folder with this name and its contents, if it exists."""
        files, _ = self._file_system()
        files.delete(self._hadoop_path(self.path(name)), True)

    def remove_stale(self, name: str, before: float) -> None:
        """Delete the files and folders in a folder that last changed before a time.

        Args:
            name: the folder. It may be missing.
            before: the time in seconds since 1970.
        """
        files, _ = self._file_system()
        folder = self._hadoop_path(self.path(name))
        for status in files.listStatus(folder) if files.exists(folder) else ():
            if status.getModificationTime() / 1000 < before:
                files.delete(status.getPath(), True)

    def exists(self, table: Table) -> bool:
        """Whether the table exists."""
        return bool(DeltaTable.isDeltaTable(self.spark, self.path(table.name)))

    def outdated(self, table: Table) -> bool:
        """Whether the table exists with columns that differ from its schema, because an earlier version wrote it."""
        return bool(self._stored_faults(table))

    def read(self, table: Table) -> DataFrame:
        """Read a table, with the columns in the order of its schema.

        Raises:
            LakeError: the table does not exist.
            SchemaError: a column of the schema is missing or has another type.
        """
        if not self.exists(table):
            raise LakeError(f"the lake {self.root} has no table {table.name}; run the stage that writes it first")
        frame = self.spark.read.format("delta").load(self.path(table.name))
        if faults := schema_faults(frame.schema, table, exact=False):
            raise self._schema_error(table, faults)
        return frame.select(*table.names)

    def replace(
        self, table: Table, frame: DataFrame, where: Mapping[str, Any] | str | None = None, note: str | None = None
    ) -> None:
        """Replace the whole table, or the rows that match a condition.

        Args:
            table: the table, which is created if it does not exist.
            frame: the new rows, with exactly the columns of the table.
            where: values by column, or a condition in SQL. Every new row must match it.
            note: a text to store with the commit; `last_note` reads it.

        Raises:
            SchemaError: the columns of the frame or of the stored table differ from the schema.
            LakeError: Spark cannot write the table.
        """
        writer = _with_note(self._writer(table, frame), note).mode("overwrite")
        if where is not None:
            writer = writer.option("replaceWhere", where if isinstance(where, str) else sql_condition(where))
        elif self.exists(table):
            # Delta drops the partition columns together with the old schema unless they are stated again.
            writer = writer.option("overwriteSchema", "true").partitionBy(*table.partitions)
        self._write(table, lambda: writer.save(self.path(table.name)))

    def append(self, table: Table, frame: DataFrame, note: str | None = None) -> None:
        """Add rows to a table.

        Args:
            table: the table, which is created if it does not exist.
            frame: the rows to add, with exactly the columns of the table.
            note: a text to store with the commit; `last_note` reads it.

        Raises:
            SchemaError: the columns of the frame or of the stored table differ from the schema.
            LakeError: Spark cannot write the table.
        """
        writer = _with_note(self._writer(table, frame), note).mode("append")
        self._write(table, lambda: writer.save(self.path(table.name)))

    def revise(self, table: Table, frame: DataFrame, within: Mapping[str, Any], note: str | None = None) -> None:
        """Merge rows into a table by key: insert rows with a new key, overwrite the others, delete those marked GONE.

        Args:
            table: an existing table.
            frame: the rows, each key once, with the columns of the table and GONE, BOOLEAN.
            within: a value or several values by column. Every stored row with one of the keys must have them; Delta
                reads only such rows.
            note: a text to store with the commit; `last_note` reads it.

        Raises:
            SchemaError: the columns of the frame or of the stored table differ from the schema.
            LakeError: Spark cannot write the table.
        """
        self._check(table, frame.drop(GONE))
        on = " AND ".join(
            (
                *(f"stored.{column} <=> new.{column}" for column in table.key),
                *(f"stored.{sql_condition({column: value})}" for column, value in within.items()),
            )
        )
        values: dict[str, str | Column] = {name: f"new.{name}" for name in table.names}
        merge = DeltaTable.forPath(self.spark, self.path(table.name)).alias("stored").merge(frame.alias("new"), on)
        merge = merge.whenMatchedDelete(f"new.{GONE}").whenMatchedUpdate(set=values)
        merge = merge.whenNotMatchedInsert(f"NOT new.{GONE}", values)
        with configured(self.spark, {_NOTE: note} if note is not None else {}):
            self._write(table, merge.execute)

    def last_note(self, table: Table) -> str | None:
        """The latest note among the last 20 commits of a table; None if the table or a note does not exist.

        The notes are read from the table's log, because Delta's history runs two Spark jobs.
        """
        notes = (self._commit(table, version).get("userMetadata") for version in self._versions(table)[:_HISTORY])
        return next((note for note in notes if note is not None), None)

    def last_commit(self, table: Table) -> str | None:
        """An identifier of the table's latest commit, unique even if the table was deleted and written again."""
        latest = self._versions(table)[:1]
        return "/".join((*latest, str(self._commit(table, latest[0]).get("txnId")))) if latest else None

    def _commit(self, table: Table, version: str) -> dict[str, Any]:
        """The commitInfo record of a commit. The file has one JSON record per line, this one usually first."""
        files, _ = self._file_system()
        jvm: Any = self.spark._jvm
        stream = files.open(self._hadoop_path(f"{self.path(table.name)}/_delta_log/{version}.json"))
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, "UTF-8"))
        try:
            infos = (json.loads(line).get("commitInfo") for line in iter(reader.readLine, None))
            return next((info for info in infos if info), {})
        finally:
            reader.close()

    def _versions(self, table: Table) -> list[str]:
        """The version numbers in the table's log, 20 digits each, the latest first."""
        files, _ = self._file_system()
        log = self._hadoop_path(f"{self.path(table.name)}/_delta_log")
        if not files.exists(log):
            return []
        jvm: Any = self.spark._jvm
        # One string for all files, because one call to Java per file is slow.
        paths = jvm.org.apache.hadoop.fs.FileUtil.stat2Paths(files.listStatus(log))
        names = jvm.org.apache.commons.lang3.ArrayUtils.toString(paths)
        return sorted(set(re.findall(r"/(\d{20})[.]json(?=[,}])", names)), reverse=True)

    def _writer(self, table: Table, frame: DataFrame) -> Any:
        self._check(table, frame)
        commented = (F.col(field.name).alias(field.name, metadata=field.metadata) for field in table.struct.fields)
        writer = frame.select(*commented).write.format("delta")
        if self.exists(table):
            return writer
        skip_by = ",".join(column for column in table.skip_by or table.key if column not in table.partitions)
        # With deletion vectors, a revision of single rows marks the replaced rows and does not rewrite their files.
        vectors = str(table.is_revised).lower()
        properties = {**PROPERTIES, "delta.dataSkippingStatsColumns": skip_by, "delta.enableDeletionVectors": vectors}
        return writer.options(**properties).partitionBy(*table.partitions)

    def _check(self, table: Table, frame: DataFrame) -> None:
        faults = schema_faults(frame.schema, table, exact=True)
        if faults:
            raise SchemaError(f"rows to write do not match the schema of {table.name}: {'; '.join(faults)}")

    def _write(self, table: Table, action: Any) -> None:
        try:
            action()
        except PySparkException as error:
            # Other errors mean that the lake cannot be written, and perhaps not read either.
            if isinstance(error, AnalysisException) and (faults := self._stored_faults(table)):
                raise self._schema_error(table, faults) from error
            raise LakeError(f"cannot write {table.name} in {self.root}: {reason_of(error)}") from error

    def _stored_faults(self, table: Table) -> list[str]:
        """The differences between the stored columns and the schema; none if the table does not exist."""
        if not self.exists(table):
            return []
        stored = self.spark.read.format("delta").load(self.path(table.name))
        return schema_faults(stored.schema, table, exact=True)

    def _schema_error(self, table: Table, faults: Sequence[str]) -> SchemaError:
        # A gold table can be computed again from other tables, the others only from the files.
        remedy = f"remove {self.path(table.name)}" if table.name.startswith("gold/") else "choose a new --lake"
        return SchemaError(
            f"{table.name} in {self.root} does not match its schema: {'; '.join(faults)}; if an earlier version wrote "
            f"the table, {remedy} and run {table.stage or 'the stage that writes it'} again"
        )

    def _hadoop_path(self, path: str) -> Any:
        return self.spark._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]

    def _file_system(self) -> tuple[Any, Any]:
        root = self._hadoop_path(self.root)
        return root.getFileSystem(self.spark._jsc.hadoopConfiguration()), root


def _with_note(writer: Any, note: str | None) -> Any:
    return writer.option("userMetadata", note) if note is not None else writer


def sql_condition(values: Mapping[str, Any]) -> str:
    """The condition that columns have these values: {"a": "x", "b": [1, 2]} gives `a = 'x' AND b IN (1, 2)`."""
    return " AND ".join(
        f"{column} IN ({', '.join(map(_literal, value))})"
        if isinstance(value, Iterable) and not isinstance(value, str)
        else f"{column} = {_literal(value)}"
        for column, value in values.items()
    )


def _literal(value: Any) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)
