"""Tables in a lake: what is written comes back, and nothing else is let in or out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import LakeError, SchemaError, UsageError
from crime_spark.lake import GONE, Lake, sql_condition
from crime_spark.table import Table, columns, schema_faults

COUNTS = Table(
    "gold/counts",
    columns(
        ("city", "STRING", "city"),
        ("year", "INT", "year"),
        ("name", "STRING", "the counted thing's name"),
        ("rows", "BIGINT", "rows"),
        ("codes", "ARRAY<STRING>", "codes"),
    ),
    key=("city", "year", "name"),
    partitions=("city",),
)
A15, A16, B15 = ("a", 2015, "x", 1, ["1"]), ("a", 2016, "x", 2, None), ("b", 2015, None, 3, [])
NEW = ("a", 2016, "y", 9, None)


def frame(lake: Lake, *rows: tuple) -> DataFrame:
    return lake.spark.createDataFrame(list(rows), COUNTS.struct)


def check(lake: Lake, *rows: tuple) -> None:
    """The table holds these rows and no others."""
    assert_df_equality(lake.read(COUNTS), frame(lake, *rows), ignore_row_order=True, ignore_nullable=True)


@pytest.fixture(scope="module")
def written(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A lake with three rows, written once."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("written") / "lake"))
    lake.replace(COUNTS, frame(lake, A15, A16, B15))
    return lake.root


@pytest.fixture
def filled(written: str, lake: Lake) -> Lake:
    """A copy of it that the test may change."""
    shutil.copytree(written, lake.root)
    return lake


def test_table_exists_after_it_is_written(lake):
    assert not lake.exists(COUNTS)
    with pytest.raises(LakeError, match=r"has no table gold/counts; run the stage that writes it first"):
        lake.read(COUNTS)
    lake.append(COUNTS, frame(lake, A15))
    assert lake.exists(COUNTS)
    lake.append(COUNTS, frame(lake, B15))
    check(lake, A15, B15)


def test_new_table_has_comments_partitions_and_skipping_columns(filled):
    detail = filled.spark.sql(f"DESCRIBE DETAIL delta.`{filled.path(COUNTS.name)}`").first()
    assert detail["partitionColumns"] == ["city"]
    assert detail["properties"]["delta.dataSkippingStatsColumns"] == "year,name"
    described = filled.spark.sql(f"DESCRIBE TABLE delta.`{filled.path(COUNTS.name)}`").collect()
    assert {row["col_name"]: row["comment"] for row in described}["name"] == "the counted thing’s name"


def test_replace_overwrites_the_whole_table(filled):
    filled.replace(COUNTS, frame(filled, NEW).select(*reversed(COUNTS.names)))
    check(filled, NEW)


@pytest.mark.parametrize("where", [{"city": "a", "year": [2016, 2017]}, "city = 'a' AND year > 2015"])
def test_replace_overwrites_matching_rows(filled, where):
    filled.replace(COUNTS, frame(filled, NEW), where=where)
    check(filled, A15, NEW, B15)


def test_replace_refuses_rows_that_do_not_match_the_condition(filled):
    with pytest.raises(LakeError, match="cannot write gold/counts"):
        filled.replace(COUNTS, frame(filled, B15), where={"city": "a"})
    check(filled, A15, A16, B15)


def test_revise_updates_inserts_and_deletes_rows_by_key(filled):
    revised = (*A15[:3], 10, None)
    marked = frame(filled, revised, NEW).withColumn(GONE, F.lit(False))
    gone = frame(filled, B15).withColumn(GONE, F.lit(True))
    filled.revise(COUNTS, marked.union(gone), within={"year": [2015, 2017]}, note="by hand")
    check(filled, revised, A16, NEW)
    assert filled.last_note(COUNTS) == "by hand"


def test_revise_reads_only_the_stated_part(filled):
    elsewhere = frame(filled, (*A16[:3], 99, None)).withColumn(GONE, F.lit(True))
    filled.revise(COUNTS, elsewhere, within={"city": "a", "year": 2015})
    check(filled, A15, A16, B15)


def test_last_note_is_the_latest_of_all_commits(filled):
    assert filled.last_note(COUNTS) is None
    filled.append(COUNTS, frame(filled, NEW), note="first")
    filled.replace(COUNTS, frame(filled, A15), where={"year": 2015, "city": "a"})
    assert filled.last_note(COUNTS) == "first"


@pytest.mark.parametrize("write", ["replace", "append"])
def test_rows_with_other_columns_are_not_written(lake, write):
    wrong = frame(lake, A15).selectExpr("city", "name", "CAST(rows AS INT) AS rows", "codes", "1 AS extra")
    with pytest.raises(SchemaError) as refused:
        getattr(lake, write)(COUNTS, wrong)
    assert str(refused.value) == (
        "rows to write do not match the schema of gold/counts: column year is missing; column rows is int, not bigint; "
        "column extra is not in the schema"
    )
    assert not lake.exists(COUNTS)


def test_read_returns_declared_columns_in_declared_order(filled):
    filled.spark.sql(f"ALTER TABLE delta.`{filled.path(COUNTS.name)}` ADD COLUMN note STRING FIRST")
    check(filled, A15, A16, B15)
    assert filled.outdated(COUNTS)


WIDER = Table(
    COUNTS.name, (*COUNTS.columns, *columns(("new", "INT", "-"))), COUNTS.key, COUNTS.partitions, stage="train"
)


def test_read_refuses_a_table_with_another_schema(filled):
    other = Table(COUNTS.name, (*COUNTS.columns[:3], *columns(("rows", "INT", "-"), ("new", "INT", "-"))), ("city",))
    with pytest.raises(SchemaError, match=r"column rows is bigint, not int; column new is missing"):
        filled.read(other)
    assert filled.outdated(other)
    assert not filled.outdated(COUNTS)


def test_table_of_an_earlier_version_is_refused_with_a_remedy(filled):
    output = (
        f"gold/counts in {filled.root} does not match its schema: column new is missing; "
        f"if an earlier version wrote the table, remove {filled.root}/gold/counts and run train again"
    )
    with pytest.raises(SchemaError) as read:
        filled.read(WIDER)
    assert str(read.value) == output
    rows = frame(filled, A15).selectExpr("*", "1 AS new")
    for write in (lambda: filled.append(WIDER, rows), lambda: filled.replace(WIDER, rows, {"city": "a"})):
        with pytest.raises(SchemaError) as written_to:
            write()
        assert str(written_to.value) == output
    check(filled, A15, A16, B15)


def test_outdated_table_below_silver_needs_a_new_lake(lake):
    old = Table("ledger", COUNTS.columns, COUNTS.key, stage="ingest")
    lake.append(old, frame(lake, A15))
    new = Table("ledger", WIDER.columns, COUNTS.key, stage="ingest")
    with pytest.raises(SchemaError, match=r"column new is missing; .*, choose a new --lake and run ingest again$"):
        lake.read(new)


def test_replace_of_the_whole_table_updates_its_schema(filled):
    filled.replace(WIDER, frame(filled, NEW).selectExpr("*", "1 AS new"))
    assert filled.read(WIDER).collect() == [(*NEW, 1)]


def test_missing_table_is_not_outdated(lake):
    assert not lake.outdated(COUNTS)


def test_check_creates_the_lake_and_leaves_it_empty(lake):
    lake.check_writable()
    assert list(Path(lake.root).glob("[!.]*")) == []


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_file_at_the_path_of_the_lake_is_refused(lake, below):
    Path(lake.root).touch()
    with pytest.raises(LakeError, match=rf"cannot write the lake {lake.root}{below} \(.*change --lake"):
        Lake(lake.spark, lake.root + below).check_writable()


@pytest.mark.parametrize("scheme", ["foo", "s3a"])
def test_unknown_file_system_is_wrong_usage(spark, scheme):
    with pytest.raises(UsageError, match=rf"Spark has no file system for the lake {scheme}://b/lake \("):
        Lake(spark, f"{scheme}://b/lake").check_writable()


def test_paths_are_below_the_root(spark):
    assert Lake(spark, "s3a://bucket/lake/").path("gold/counts") == "s3a://bucket/lake/gold/counts"


@pytest.mark.parametrize(
    ("values", "condition"),
    [
        ({"city": "a"}, "city = 'a'"),
        ({"city": ["a", "b"], "year": [2015], "n": 1}, "city IN ('a', 'b') AND year IN (2015) AND n = 1"),
    ],
)
def test_sql_condition_of_values(values, condition):
    assert sql_condition(values) == condition


def test_text_in_a_condition_is_escaped(spark):
    text = "it's a \\ and a \\' and a \"q\" %"
    rows = spark.createDataFrame([(text,), ("other",)], "name STRING")
    assert rows.where(sql_condition({"name": text})).collect() == [(text,)]


def test_nullability_is_not_a_fault(spark):
    actual = spark.sql("SELECT '' AS city, 1 AS year, '' AS name, 1L AS rows, array('') AS codes").schema
    assert not actual["rows"].nullable
    assert schema_faults(actual, COUNTS, exact=True) == []
