"""The declaration of a stored table: its columns, key and partitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from pyspark.sql.types import ArrayType, DataType, MapType, StructType


@dataclass(frozen=True)
class Column:
    """A column of a stored table.

    Attributes:
        name: name of the column.
        type: its type in Spark SQL DDL.
        comment: the comment that is stored with the column.
        known_at_report: False if the value is known only after the report, such as an arrest. No task may use it as a
            feature.
        demographic: whether it describes a victim.
        determines: names of the labels that it determines.
        proxy: whether it correlates with a demographic column, as a place of residence does with descent.
    """

    name: str
    type: str
    comment: str
    known_at_report: bool = True
    demographic: bool = False
    determines: tuple[str, ...] = ()
    proxy: bool = False


@dataclass(frozen=True)
class Table:
    """A stored table: a Delta table at the path `name` below the lake's root.

    Attributes:
        name: path of the table below the root of the lake.
        columns: the columns in their stored order.
        key: names of the columns that identify a row.
        partitions: names of the partition columns.
        skip_by: names of the columns with statistics for data skipping; by default the key.
        is_revised: whether single rows change often. Other tables are written in whole partitions.
        stage: the stage that writes it.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partitions: tuple[str, ...] = ()
    skip_by: tuple[str, ...] = field(default=())
    is_revised: bool = False
    stage: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a column is declared twice in {names}")
        for wanted in (*self.key, *self.partitions, *self.skip_by):
            if wanted not in names:
                raise ValueError(f"{self.name}: key, partition or skipping column {wanted!r} is not a column")

    def __getitem__(self, name: str) -> Column:
        """The column with this name.

        Raises:
            KeyError: the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @property
    def names(self) -> list[str]:
        """The names of the columns in their stored order."""
        return [column.name for column in self.columns]

    @property
    def struct(self) -> StructType:
        """The Spark schema with comments. All columns are nullable, as Delta stores them."""
        ddl = ", ".join(f"`{c.name}` {c.type} COMMENT '{c.comment.replace(chr(39), chr(8217))}'" for c in self.columns)
        return cast(StructType, StructType.fromDDL(ddl))


def columns(*declared: tuple[str, str, str]) -> tuple[Column, ...]:
    """Columns that need only a name, a type and a comment, given in this order."""
    return tuple(Column(*declaration) for declaration in declared)


def schema_faults(actual: StructType, table: Table, *, exact: bool) -> list[str]:
    """List the differences between the columns of a frame and those of a table, one text each.

    Args:
        actual: the schema of the frame.
        table: the table.
        exact: whether additional columns are faults.
    """
    actual_types = {f.name: f.dataType for f in actual.fields}
    declared = {f.name: f.dataType for f in table.struct.fields}
    faults = []
    for name, wanted in declared.items():
        if name not in actual_types:
            faults.append(f"column {name} is missing")
        elif _plain(actual_types[name]) != _plain(wanted):
            faults.append(f"column {name} is {actual_types[name].simpleString()}, not {wanted.simpleString()}")
    if exact:
        faults += [f"column {name} is not in the schema" for name in actual_types if name not in declared]
    return faults


def _plain(kind: DataType) -> str:
    """The type without nullability, which Delta changes inside arrays and maps."""
    if isinstance(kind, ArrayType):
        return f"array<{_plain(kind.elementType)}>"
    if isinstance(kind, MapType):
        return f"map<{_plain(kind.keyType)},{_plain(kind.valueType)}>"
    return kind.simpleString()
