"""Tables: refused when declared wrongly, and what the incidents' columns are marked with."""

from __future__ import annotations

import pytest

from crime_spark.schemas import INCIDENTS, examples_table
from crime_spark.table import Column, Table, columns

TWO = columns(("city", "STRING", "city"), ("value", "DOUBLE", "the city's value"))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"columns": (*TWO, TWO[0]), "key": ("city",)}, "a column is declared twice in"),
        ({"columns": TWO, "key": ("id",)}, "column 'id' is not a column"),
        ({"columns": TWO, "key": ("city",), "partitions": ("year",)}, "column 'year' is not a column"),
        ({"columns": TWO, "key": ("city",), "skip_by": ("day",)}, "column 'day' is not a column"),
    ],
)
def test_inconsistent_table_is_refused(declared, words):
    with pytest.raises(ValueError, match=f"gold/x: .*{words}"):
        Table("gold/x", **declared)


def test_column_can_be_looked_up_by_name():
    table = Table("gold/x", TWO, key=("city",))
    assert table.names == ["city", "value"]
    assert table["value"] == Column("value", "DOUBLE", "the city's value")
    with pytest.raises(KeyError, match="gold/x has no column 'valeu'"):
        table["valeu"]


def test_spark_schema_has_types_and_comments(spark):
    assert Table("gold/x", TWO, key=("city",)).struct.jsonValue()["fields"] == [
        {"name": "city", "type": "string", "nullable": True, "metadata": {"comment": "city"}},
        {"name": "value", "type": "double", "nullable": True, "metadata": {"comment": "the city’s value"}},
    ]


def test_columns_that_are_unknown_at_report_are_marked():
    assert {c.name for c in INCIDENTS.columns if not c.known_at_report} == {"updated_at", "arrest", "mo_codes"}


def test_demographic_columns_are_marked():
    assert {c.name for c in INCIDENTS.columns if c.demographic} == {"victim_age", "victim_sex", "victim_descent"}


@pytest.mark.parametrize(
    ("label", "given_away_by"),
    [
        ("serious", {"offense_code", "offense_description", "offense_group", "serious", "mo_codes"}),
        ("arrest", {"arrest"}),
        ("victim_descent", {"victim_descent"}),
    ],
)
def test_columns_that_determine_a_label_are_marked(label, given_away_by):
    assert {c.name for c in INCIDENTS.columns if label in c.determines} == given_away_by


def test_example_columns_are_keys_label_and_features():
    table = examples_table("serious", columns(("hour", "STRING", "hour")))
    assert table.name == "gold/examples_serious"
    keys = ["city", "example_id", "unit", "delay", "occurred_at", "year", "month"]
    assert table.names == [*keys, "label", "hour"]
    assert (table.key, table.partitions) == (("city", "example_id", "delay"), ("city", "year", "delay"))
