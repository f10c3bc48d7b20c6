"""The ledger accounts for every record, or the job fails."""

from __future__ import annotations

from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import Row

from crime_spark.errors import AccountingError
from crime_spark.ingest.landing import LandedFile
from crime_spark.ingest.ledger import check_known, count_by_file, entries, restated
from crime_spark.schemas import LEDGER

STARTED, FINISHED = datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 13)
A, B = ("chicago", "/a.csv"), ("los_angeles", "/b.csv")


def entry(key=A, read=10, quarantined=1, **more):
    """A row of the ledger whose accepted and superseded rows are not known yet."""
    usual = {"city": key[0], "file": key[1], "sha256": "0", "status": "ingested", "bad_values": {}}
    usual |= {"started_at": STARTED, "finished_at": FINISHED, "rows_read": read, "rows_quarantined": quarantined}
    return {**usual, **more}


def file(key=A):
    return LandedFile(*key, f"file:{key[1]}", 1, "0")


def test_rows_are_counted_by_file_and_bad_values_of_accepted_rows_alone(spark):
    rows = spark.createDataFrame(
        [
            (*A, [], ["ward"]),
            (*A, [], ["ward", "arrest"]),
            (*A, [], []),
            (*A, ["no key"], ["ward"]),
            (*B, ["no key", "in the future"], []),
            ("chicago", "/b.csv", [], []),
        ],
        "city STRING, file STRING, reasons ARRAY<STRING>, unreadable ARRAY<STRING>",
    )
    expected = spark.createDataFrame(
        [(*A, 4, 1, 1, 2), (*B, 1, 1, 0, 0), ("chicago", "/b.csv", 1, 0, 0, 0)],
        "city STRING, file STRING, rows_read BIGINT, rows_quarantined BIGINT, arrest BIGINT, ward BIGINT",
    )
    actual = count_by_file(rows, ["arrest", "ward"])
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True)


def test_every_file_gets_its_entry(spark):
    counts = [Row(city=A[0], file=A[1], rows_read=4, rows_quarantined=1, arrest=0, ward=2)]
    made = entries([file(A), file(B)], counts, ["arrest", "ward"], STARTED, FINISHED)
    assert made == [entry(A, 4, 1, bad_values={"ward": 2}), entry(B, 0, 0)]


def test_rows_that_are_not_in_silver_are_superseded():
    found = restated([entry(A, 10, 1), entry(B, 5, 0)], {A: 7, B: 5}, {A: 1})
    assert [(row["rows_accepted"], row["rows_superseded"]) for row in found] == [(7, 2), (5, 0)]
    assert all(list(row) == LEDGER.names for row in found)


def test_an_entry_is_restated_when_silver_has_changed():
    once = restated([entry(A, 10, 1)], {A: 9}, {A: 1})
    (again,) = restated(once, {A: 4}, {A: 1})
    assert again == {**once[0], "rows_accepted": 4, "rows_superseded": 5}


@pytest.mark.parametrize(
    ("stored", "refused", "said"),
    [
        ({A: 10}, {A: 1}, "/a.csv: 10 rows read and 1 refused, but 10 in silver and 1 in quarantine"),
        ({A: 9}, {A: 2}, "/a.csv: 10 rows read and 1 refused, but 9 in silver and 2 in quarantine"),
        ({A: 9}, {}, "/a.csv: 10 rows read and 1 refused, but 9 in silver and 0 in quarantine"),
        ({A: 9, B: 3}, {A: 1}, "silver has 3 rows of /b.csv, which the ledger does not know"),
        ({A: 9}, {A: 1, B: 3}, "quarantine has 3 rows of /b.csv, which the ledger does not know"),
    ],
)
def test_rows_lost_or_made_up_are_an_error(stored, refused, said):
    with pytest.raises(AccountingError) as raised:
        restated([entry(A, 10, 1)], stored, refused)
    assert str(raised.value) == said


def test_all_faults_are_in_one_message():
    with pytest.raises(AccountingError) as raised:
        restated([entry(A, 1, 0), entry(B, 1, 0)], {A: 2, B: 2, ("chicago", "/c.csv"): 1}, {})
    assert [fault.split(":")[0] for fault in str(raised.value).split("; ")] == [
        "/a.csv",
        "/b.csv",
        "silver has 1 rows of /c.csv, which the ledger does not know",
    ]


def test_a_run_that_broke_off_has_to_be_repeated():
    check_known([entry(A)], [file(B)], {A: 9, B: 5})
    with pytest.raises(AccountingError) as raised:
        check_known([entry(A)], [], {A: 9, B: 5})
    assert "silver has 5 rows of /b.csv, which the ledger does not know: a run broke off" in str(raised.value)
