"""Reading and writing stored tables: the only place that does, with the schema checked both ways."""

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
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from crime_spark.errors import LakeError, SchemaError, UsageError, reason_of
from crime_spark.session import configured
from crime_spark.table import Table

PROPERTIES = {"delta.checkpointInterval": "20"}
GONE = "_gone"  # what `revise` deletes
_NOTE = "spark.databricks.delta.commitInfo.userMetadata"
_HISTORY = 20


@dataclass(frozen=True)
class Lake:
    """Delta tables below one root: a local folder or any file system that Spark can write."""

    spark: SparkSession
    root: str

    def path(self, name: str) -> str:
        """Where the table or model of that name lies."""
        return f"{self.root.rstrip('/')}/{name}"

    def check_writable(self) -> None:
        """Make the root and a file in it, and remove the file again.

        Raises:
            UsageError: Spark has no file system for the root's scheme.
            LakeError: the root cannot be made or written.
        """
        try:
            files, root = self._file_system()
            if not files.mkdirs(root):
                raise LakeError(f"the lake {self.root} cannot be made; check that it can be a folder, or use --lake")
            probe = self._hadoop_path(self.path("_writable"))
            files.create(probe, True).close()
            files.delete(probe, False)
        except LakeError:
            raise
        except Exception as error:
            reason = reason_of(error)
            if "No FileSystem for scheme" in reason or "ClassNotFoundException" in str(error):
                raise UsageError(
                    f"the lake {self.root} is in a file system that Spark does not have ({reason}); "
                    "write --lake as a folder, s3a://... or hdfs://..., or give Spark the jar of that file system"
                ) from error
            raise LakeError(
                f"the lake {self.root} cannot be written ({reason}); check its rights, or use another --lake"
            ) from error

    def remove(self, name: str) -> None:
        """Delete the file or folder of that name, with all that is in it; nothing happens if it is not there."""
        files, _ = self._file_system()
        files.delete(self._hadoop_path(self.path(name)), True)

    def remove_stale(self, name: str, before: float) -> None:
        """Delete what lies in the folder of that name and was last changed before that time, in seconds since 1970."""
        files, _ = self._file_system()
        folder = self._hadoop_path(self.path(name))
        for status in files.listStatus(folder) if files.exists(folder) else ():
            if status.getModificationTime() / 1000 < before:
                files.delete(status.getPath(), True)

    def exists(self, table: Table) -> bool:
        """Whether the table has been written."""
        return bool(DeltaTable.isDeltaTable(self.spark, self.path(table.name)))

    def outdated(self, table: Table) -> bool:
        """Whether the table is there with other columns than those declared now: an earlier version wrote it."""
        return bool(self._faults_of_stored(table))

    def read(self, table: Table) -> DataFrame:
        """The table, its columns in declared order.

        Raises:
            LakeError: it is not there.
            SchemaError: it lacks a declared column or holds it in another type.
        """
        if not self.exists(table):
            raise LakeError(f"the lake {self.root} has no table {table.name}; run the stage that writes it first")
        frame = self.spark.read.format("delta").load(self.path(table.name))
        if faults := schema_faults(frame.schema, table, exact=False):
            raise self._of_another_version(table, faults)
        return frame.select(*table.names)

    def replace(
        self, table: Table, frame: DataFrame, where: Mapping[str, Any] | str | None = None, note: str | None = None
    ) -> None:
        """Put frame in the place of the whole table, or of the rows that `where` selects.

        where is column -> value, or a condition in SQL. The frame may hold no row outside it. note is kept with the
        commit, see `last_note`.

        Raises:
            SchemaError: the frame's columns are not exactly those of the table, or what is stored has others.
        """
        writer = _noted(self._writer(table, frame), note).mode("overwrite")
        if where is not None:
            writer = writer.option("replaceWhere", where if isinstance(where, str) else sql_condition(where))
        elif self.exists(table):
            # Unless it is told again, Delta forgets the partitions along with the old schema.
            writer = writer.option("overwriteSchema", "true").partitionBy(*table.partitions)
        self._write(table, lambda: writer.save(self.path(table.name)))

    def append(self, table: Table, frame: DataFrame, note: str | None = None) -> None:
        """Add the rows of frame. Raises SchemaError as `replace` does."""
        writer = _noted(self._writer(table, frame), note).mode("append")
        self._write(table, lambda: writer.save(self.path(table.name)))

    def revise(self, table: Table, frame: DataFrame, within: Mapping[str, Any], note: str | None = None) -> None:
        """Insert the rows of frame whose key is new, overwrite those whose key is there, delete those marked GONE.

        The frame has the table's columns and GONE, and each key once. within is column -> value or values, which every
        stored row of these keys has: nothing else of the table is looked at. Raises SchemaError as `replace` does.
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
        """The note of the latest of the table's last commits that has one; None if there is no such table.

        Read from the table's log: Delta's own history is two Spark jobs.
        """
        notes = (self._commit(table, version).get("userMetadata") for version in self._versions(table)[:_HISTORY])
        return next((note for note in notes if note is not None), None)

    def last_commit(self, table: Table) -> str | None:
        """What tells the table's latest commit from every other, of this table or of another in its place."""
        latest = self._versions(table)[:1]
        return "/".join((*latest, str(self._commit(table, latest[0]).get("txnId")))) if latest else None

    def _commit(self, table: Table, version: str) -> dict[str, Any]:
        """What the commit says of itself; its file has a JSON record a line, and this is the first."""
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
        """The names of the table's commits that its log still has, the latest first."""
        files, _ = self._file_system()
        log = self._hadoop_path(f"{self.path(table.name)}/_delta_log")
        if not files.exists(log):
            return []
        jvm: Any = self.spark._jvm
        # One string from Java: a call for each file would take longer than all the rest.
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
        # Of a table that is revised row by row, a commit marks what it replaces and leaves the files as they are.
        marks = str(table.is_revised).lower()
        properties = {**PROPERTIES, "delta.dataSkippingStatsColumns": skip_by, "delta.enableDeletionVectors": marks}
        return writer.options(**properties).partitionBy(*table.partitions)

    def _check(self, table: Table, frame: DataFrame) -> None:
        faults = schema_faults(frame.schema, table, exact=True)
        if faults:
            raise SchemaError(f"{table.name} would not be as declared: {'; '.join(faults)}")

    def _write(self, table: Table, action: Any) -> None:
        try:
            action()
        except PySparkException as error:
            # Not of a lake that cannot be written at all, nor read perhaps.
            if isinstance(error, AnalysisException) and (faults := self._faults_of_stored(table)):
                raise self._of_another_version(table, faults) from error
            raise LakeError(f"cannot write {table.name} in {self.root}: {reason_of(error)}") from error

    def _faults_of_stored(self, table: Table) -> list[str]:
        """How the stored columns differ from those declared; nothing of a table that is not there."""
        if not self.exists(table):
            return []
        stored = self.spark.read.format("delta").load(self.path(table.name))
        return schema_faults(stored.schema, table, exact=True)

    def _of_another_version(self, table: Table, faults: Sequence[str]) -> SchemaError:
        """What is wrong and what to do. A table below gold is made of others; the others are made of the files."""
        again = f"run {table.stage or 'the stage that writes it'} again"
        anew = f"remove {self.path(table.name)}" if table.name.startswith("gold/") else "take a new --lake"
        return SchemaError(
            f"{table.name} in {self.root} is not as declared: {'; '.join(faults)}; "
            f"where an earlier version wrote it, {anew} and {again}"
        )

    def _hadoop_path(self, path: str) -> Any:
        return self.spark._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]

    def _file_system(self) -> tuple[Any, Any]:
        root = self._hadoop_path(self.root)
        return root.getFileSystem(self.spark._jsc.hadoopConfiguration()), root


def _noted(writer: Any, note: str | None) -> Any:
    return writer.option("userMetadata", note) if note is not None else writer


def schema_faults(actual: StructType, table: Table, *, exact: bool) -> list[str]:
    """Every way in which a frame's columns are not the table's; exact also minds columns too many."""
    held = {f.name: f.dataType for f in actual.fields}
    declared = {f.name: f.dataType for f in table.struct.fields}
    faults = []
    for name, wanted in declared.items():
        if name not in held:
            faults.append(f"column {name} is missing")
        elif _plain(held[name]) != _plain(wanted):
            faults.append(f"column {name} is {held[name].simpleString()}, not {wanted.simpleString()}")
    if exact:
        faults += [f"column {name} is not declared" for name in held if name not in declared]
    return faults


def sql_condition(values: Mapping[str, Any]) -> str:
    """`a = 'x' AND b IN (1, 2)` from {"a": "x", "b": [1, 2]}."""
    return " AND ".join(
        f"{column} IN ({', '.join(map(_literal, value))})"
        if isinstance(value, Iterable) and not isinstance(value, str)
        else f"{column} = {_literal(value)}"
        for column, value in values.items()
    )


def _literal(value: Any) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)


def _plain(kind: DataType) -> str:
    """The type without nullability, which Delta does not keep inside arrays and maps as written."""
    if isinstance(kind, ArrayType):
        return f"array<{_plain(kind.elementType)}>"
    if isinstance(kind, MapType):
        return f"map<{_plain(kind.keyType)},{_plain(kind.valueType)}>"
    return kind.simpleString()
