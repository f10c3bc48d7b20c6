"""Every stored table: a key, comments, and a schema that survives being stored."""

from __future__ import annotations

import json

import pytest
from pyspark.sql.types import ArrayType, MapType, StructType

from crime_spark.schemas import STORED
from crime_spark.stages import STAGE_BY_NAME
from crime_spark.table import schema_faults
from crime_spark.tasks import TASKS

TABLES = (*STORED, *(task.examples for task in TASKS))
for_each_table = pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])


def test_every_table_has_a_place_of_its_own():
    assert len({table.name for table in TABLES}) == len(TABLES)
    # A Delta table inside another's folder would be taken for its files.
    assert [(a.name, b.name) for a in TABLES for b in TABLES if b.name.startswith(f"{a.name}/")] == []


@for_each_table
def test_the_key_is_of_its_columns_and_no_column_is_left_unsaid(table):
    assert table.key
    assert len(set(table.key)) == len(table.key)
    assert set(table.key) <= set(table.names)
    assert [column.name for column in table.columns if len(column.comment) < 3] == []


@for_each_table
def test_the_stage_that_writes_it_says_so(table):
    """A user whose table is of an earlier version is told to run it."""
    task = table.name.removeprefix("gold/examples_")
    names = table.name.replace(f"_{task}", "_<task>") if task != table.name else table.name
    assert names in STAGE_BY_NAME[table.stage].writes


@for_each_table
def test_the_schema_survives_being_stored(spark, table):
    """Delta keeps it as JSON; every declared type, name and comment comes back."""
    struct = table.struct
    assert struct.names == table.names
    stored = StructType.fromJson(json.loads(struct.json()))
    assert stored == struct
    assert schema_faults(stored, table, exact=True) == []
    comments = {field.name: field.metadata["comment"].replace("’", "'") for field in stored}
    assert comments == {column.name: column.comment for column in table.columns}


@for_each_table
def test_rows_can_be_found_by_what_the_table_is_laid_out_by(spark, table):
    results = {name: table.struct[name].dataType for name in (*table.partitions, *table.skip_by, *table.key)}
    assert [name for name, kind in results.items() if isinstance(kind, ArrayType | MapType | StructType)] == []
