"""Real files as published: everything in them is accounted for, and nothing is refused that need not be."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import islice

import pytest
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.ingest.stage import ingest
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE

pytestmark = pytest.mark.real

MIXED, MONTH = "la_crimes_2020_first10k_mixed_dates.csv", "la_crimes_2024-02.csv"
ROWS = 20_000


@pytest.fixture(scope="module")
def chicago(real_data, tmp_path_factory):
    """The first rows of a year of Chicago, and what csv.reader says they are."""
    with gzip.open(real_data / "chicago" / "chicago_crimes_2016.csv.gz", "rt", newline="") as published:
        rows = list(islice(csv.reader(published), ROWS + 1))
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = tmp_path_factory.mktemp("chicago") / "first rows.csv.gz"
    path.write_bytes(gzip.compress(out.getvalue().encode(), compresslevel=1))
    return path, [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def lake(spark, real_data, chicago, tmp_path_factory):
    """All of it, in one run."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("lake")))
    files = [str(real_data / "la" / name) for name in (MIXED, MONTH)]
    ingest(lake, CITIES, {"los_angeles": files, "chicago": [str(chicago[0])]}, Progress(io.StringIO()))
    return lake


def test_every_row_is_read_and_accepted_or_superseded(lake, chicago):
    ledger = {row["file"].rsplit("/", 1)[-1]: row for row in lake.read(LEDGER).collect()}
    counts = {name: (row["rows_read"], row["rows_accepted"] + row["rows_superseded"]) for name, row in ledger.items()}
    assert counts == {MIXED: (10_000, 10_000), MONTH: (15_661, 15_661), chicago[0].name: (ROWS, ROWS)}
    assert sum(row["rows_accepted"] for row in ledger.values()) == lake.read(INCIDENTS).count()
    assert lake.read(QUARANTINE).collect() == []
    assert [row["bad_values"] for row in ledger.values()] == [{}] * 3


def test_every_format_of_a_date_is_read(lake, real_data):
    """Silver's days are those of the files, parsed here by hand."""
    wanted = {}
    for name in (MIXED, MONTH):
        with open(real_data / "la" / name, newline="") as published:
            for row in csv.DictReader(published):
                month, day, year = row["DATE OCC"].split(" ")[0].split("/")
                hhmm = row["TIME OCC"].zfill(4)
                moment = f"{year}-{month.zfill(2)}-{day.zfill(2)} {hhmm[:2]}:{hhmm[2:]}"
                wanted[row["DR_NO"].zfill(9)] = moment
    silver = lake.read(INCIDENTS).where("city = 'los_angeles'")
    rows = silver.select("incident_id", F.date_format("occurred_at", "yyyy-MM-dd HH:mm")).collect()
    assert dict(rows) == wanted


def test_chicago_values_equal_the_published_ones(lake, chicago):
    def day(text):
        return f"{text[6:10]}-{text[:2]}-{text[3:5]}"

    wanted = {
        row["ID"]: (day(row["Date"]), row["IUCR"], row["Beat"], row["Arrest"].lower() == "true") for row in chicago[1]
    }
    silver = lake.read(INCIDENTS).where("city = 'chicago'")
    result = silver.select("incident_id", F.to_date("occurred_at").cast("string"), "offense_code", "beat", "arrest")
    assert {row[0]: tuple(row[1:]) for row in result.collect()} == wanted


def test_no_published_value_is_lost(lake, chicago):
    """A column that is filled in the file is filled in silver, row for row."""
    silver = lake.read(INCIDENTS).where("city = 'chicago'")
    columns = {"Ward": "ward", "Community Area": "community_area", "District": "area", "Latitude": "latitude"}
    columns |= {"Location Description": "premise", "Updated On": "updated_at", "Block": "block"}
    entry = silver.agg(*(F.count(name).alias(name) for name in columns.values())).first().asDict()
    assert entry == {name: sum(row[head] != "" for row in chicago[1]) for head, name in columns.items()}
