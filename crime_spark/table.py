"""What a stored table is: columns with what is known of each, a key, partitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from pyspark.sql.types import StructType


@dataclass(frozen=True)
class Column:
    """One column of a stored table.

    type is Spark SQL DDL. known_at_report is False for what is learned only afterwards (an arrest, a status): no task
    may use it as a feature. demographic marks what describes a victim, proxy what tells of it unasked: where somebody
    lives tells of descent. determines names the labels it gives away.
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
    """A stored table: a Delta table at the path `name` below the lake's root, one row per `key`.

    One that is revised has single rows changed again and again; others are written in whole partitions. stage is what
    writes it.
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
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @property
    def names(self) -> list[str]:
        """The column names in their stored order."""
        return [column.name for column in self.columns]

    @property
    def struct(self) -> StructType:
        """The Spark schema, all columns nullable as Delta stores them, with comments."""
        ddl = ", ".join(f"`{c.name}` {c.type} COMMENT '{c.comment.replace(chr(39), chr(8217))}'" for c in self.columns)
        return cast(StructType, StructType.fromDDL(ddl))


def columns(*declared: tuple[str, str, str]) -> tuple[Column, ...]:
    """Columns from (name, type, comment) where nothing else is to be said of them."""
    return tuple(Column(*each) for each in declared)
