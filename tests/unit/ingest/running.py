"""Ingest runs of small files into a lake of their own, and what is to be compared afterwards."""

from __future__ import annotations

import io

from chispa import assert_df_equality
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.ingest.stage import ingest
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE

TABLES = (INCIDENTS, QUARANTINE, LEDGER)
NOT_REVISED, REVISED, REVISED_LATER = {"Updated On": ""}, {}, {"Updated On": "03/01/2019 12:00:00 AM"}
REVISED_BEFORE = {"Updated On": "2017-05-01T00:00:00.000"}

A = [
    {"ID": "1", **REVISED},
    {"ID": "1", **REVISED_LATER, "Arrest": "true"},
    {"ID": "2", **NOT_REVISED, "Block": "001XX W A ST"},
    {"ID": "2", **NOT_REVISED, "Block": "002XX W B ST"},
    {"ID": "3", **REVISED, "Date": "12/31/2016 11:59:00 PM"},
    {"ID": "4", **NOT_REVISED},
    {"ID": "5"},
    {"ID": "5"},
    {"ID": "6", **NOT_REVISED, "Ward": "1"},
    {"ID": "", "Case Number": "hz900", **NOT_REVISED},
    {"ID": "", "Case Number": " "},
    {"ID": "7", "Arrest": "maybe", "Ward": "?"},
]
B = [
    {"ID": "", "Case Number": "hz900", **REVISED, "Beat": "111", "District": ""},
    {"ID": "8", "Date": "02/30/2016 12:00:00 AM"},
    {"ID": "6", **NOT_REVISED, "Ward": "2"},
    {"ID": "5"},
    {"ID": "4", **REVISED},
    {"ID": "3", **REVISED_LATER, "Date": "01/01/2017 12:00:00 AM"},
    {"ID": "1", **REVISED_BEFORE, "Ward": "?"},
    {"ID": "9"},
]


def run(lake, *chicago, full=False, cities=CITIES, **inputs):
    """Ingest files of Chicago, and of other cities by name; what was said on the way."""
    output = io.StringIO()
    given = {**({"chicago": list(map(str, chicago))} if chicago else {}), **inputs}
    ingest(lake, cities, given, Progress(output), full)
    return output.getvalue()


def accounts(lake):
    """The ledger without what differs from run to run; the map as text, which can be sorted."""
    return lake.read(LEDGER).drop("started_at", "finished_at").withColumn("bad_values", F.to_json("bad_values"))


def same(actual, expected):
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True)


def same_state(lake, other):
    same(lake.read(INCIDENTS), other.read(INCIDENTS))
    same(lake.read(QUARANTINE), other.read(QUARANTINE))
    same(accounts(lake), accounts(other))


def versions(lake):
    """How often each table has been written."""
    spark = lake.spark
    return [spark.sql(f"DESCRIBE HISTORY delta.`{lake.path(table.name)}`").count() for table in TABLES]
