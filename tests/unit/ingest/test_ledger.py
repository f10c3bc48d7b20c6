"""The ledger accounts for every record, or the job fails."""

from __future__ import annotations

from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import Row

from crime_spark.errors import AccountingError
from crime_spark.ingest.fast_parser import TORN
from crime_spark.ingest.landing import LandedFile, RefusedFile
from crime_spark.ingest.ledger import count_by_part, ingested_entry, refused_entry, restated
from crime_spark.schemas import LEDGER

STARTED, FINISHED = datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 13)
A, B = ("chicago", "/a.csv"), ("los_angeles", "/b.csv")


def entry(key=A, read=10, quarantined=1, **more):
    """A row of the ledger whose accepted and superseded rows are not known yet."""
    usual = {"city": key[0], "file": key[1], "sha256": "0", "status": "ingested", "reason": None, "as_of": None}
    usual |= {"header": ["id"], "bad_values": {}}
    usual |= {"started_at": STARTED, "finished_at": FINISHED, "rows_read": read, "rows_quarantined": quarantined}
    return {**usual, **more}


def file(key=A, sha256="0"):
    return LandedFile(*key, f"file:{key[1]}", 1, 0, sha256, ("id",), 1, None, True)


def test_rows_are_counted_by_part_and_bad_values_of_accepted_rows_alone(spark):
    rows = spark.createDataFrame(
        [
            ("/a.csv", 0, "1", "C1", [], ["ward"]),
            ("/a.csv", 0, "C2", "C2", [], ["ward", "arrest"]),
            ("/a.csv", 0, "3", None, [], []),
            ("/a.csv", 0, "C4", "C4", ["no key"], ["ward"]),
            ("/b.csv", 0, None, None, ["no key", "in the future"], []),
            ("/b.csv", 90, "5", "C5", [], []),
            ("/b.csv", 90, None, None, [TORN], []),
        ],
        "source_file STRING, part BIGINT, incident_id STRING, case_number STRING, reasons ARRAY<STRING>, "
        "unreadable ARRAY<STRING>",
    )
    expected = spark.createDataFrame(
        [("/a.csv", 0, 4, 1, 1, 0, 1, 2), ("/b.csv", 0, 1, 1, 0, 0, 0, 0), ("/b.csv", 90, 2, 1, 0, 1, 0, 0)],
        "file STRING, part BIGINT, rows_read BIGINT, rows_quarantined BIGINT, provisional BIGINT, torn BIGINT, "
        "arrest BIGINT, ward BIGINT",
    )
    actual = count_by_part(rows, ["arrest", "ward"])
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True)


def test_the_entry_of_a_file_adds_up_its_parts():
    parts = [Row(file="/a.csv", part=part, rows_read=4, rows_quarantined=1, arrest=0, ward=part) for part in (0, 2)] + [
        Row(file="/b.csv", part=0, rows_read=9, rows_quarantined=9, arrest=9, ward=9)
    ]
    built = ingested_entry(file(A), parts, ["arrest", "ward"], STARTED, FINISHED)
    assert built == entry(A, 8, 2, bad_values={"ward": 2})
    assert ingested_entry(file(A), [], ["arrest", "ward"], STARTED, FINISHED) == entry(A, 0, 0)


def test_the_entry_of_a_refused_file_has_no_rows():
    built = refused_entry(RefusedFile(*A, None, "it is a page"), STARTED, FINISHED)
    assert restated([built], {}, {}) == [
        {
            **entry(A, 0, 0, sha256=None, status="refused", reason="it is a page", header=None),
            "rows_accepted": 0,
            "rows_superseded": 0,
        }
    ]


def test_rows_that_are_not_in_silver_are_superseded():
    result = restated([entry(A, 10, 1), entry(B, 5, 0)], {A: 7, B: 5}, {A: 1})
    assert [(row["rows_accepted"], row["rows_superseded"]) for row in result] == [(7, 2), (5, 0)]
    assert all(sorted(row) == sorted(LEDGER.names) for row in result)


def test_an_entry_is_restated_when_silver_has_changed():
    once = restated([entry(A, 10, 1)], {A: 9}, {A: 1})
    (again,) = restated(once, {A: 4}, {A: 1})
    assert again == {**once[0], "rows_accepted": 4, "rows_superseded": 5}


@pytest.mark.parametrize(
    ("stored", "refused", "message"),
    [
        ({A: 10}, {A: 1}, "/a.csv: 10 rows read and 1 refused, but 10 in silver and 1 in quarantine"),
        ({A: 9}, {A: 2}, "/a.csv: 10 rows read and 1 refused, but 9 in silver and 2 in quarantine"),
        ({A: 9}, {}, "/a.csv: 10 rows read and 1 refused, but 9 in silver and 0 in quarantine"),
        ({A: 9, B: 3}, {A: 1}, "silver has 3 rows of /b.csv, which is not in the ledger"),
        ({A: 9}, {A: 1, B: 3}, "quarantine has 3 rows of /b.csv, which is not in the ledger"),
    ],
)
def test_rows_lost_or_made_up_are_an_error(stored, refused, message):
    with pytest.raises(AccountingError) as raised:
        restated([entry(A, 10, 1)], stored, refused)
    assert str(raised.value) == message


def test_all_faults_are_in_one_message():
    with pytest.raises(AccountingError) as raised:
        restated([entry(A, 1, 0), entry(B, 1, 0)], {A: 2, B: 2, ("chicago", "/c.csv"): 1}, {})
    assert [fault.split(":")[0] for fault in str(raised.value).split("; ")] == [
        "/a.csv",
        "/b.csv",
        "silver has 1 rows of /c.csv, which is not in the ledger",
    ]
