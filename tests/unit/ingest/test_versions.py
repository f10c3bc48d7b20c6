"""One version of an incident counts, whatever the order and the grouping of the files."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F

from crime_spark.ingest.versions import (
    VERSION,
    among,
    cases,
    content_hash,
    is_provisional,
    repeated,
    resolved,
)
from tests.incidents import incident, incidents

OLD, NEW = datetime(2018, 1, 1), datetime(2019, 1, 1)
SCHEMA = (
    "incident_id STRING, case_number STRING, updated_at TIMESTAMP_NTZ, content BIGINT, source_file STRING, "
    "part BIGINT, record BIGINT"
)
USUAL = {"incident_id": "1", "case_number": "C1", "updated_at": OLD, "content": 5, "source_file": "/a", "part": 0}


def versions(spark, *rows):
    """A frame of versions; records are counted in the order given."""
    full = [{**USUAL, "record": number, **row} for number, row in enumerate(rows, start=1)]
    return spark.createDataFrame([tuple(row[name] for name in VERSION) for row in full], SCHEMA)


def winners(spark, *rows, as_of=None):
    """Records of the rows that count."""
    dates = {"/a": None, "/b": None, **(as_of or {})}
    collected = resolved(versions(spark, *rows), dates).where("wins").select("record").collect()
    return sorted(row["record"] for row in collected)


@pytest.mark.parametrize(
    ("rows", "as_of", "wanted"),
    [
        pytest.param([{}, {"updated_at": NEW}, {"updated_at": None}], {}, 2, id="the latest revision"),
        pytest.param(
            [{"source_file": "/b", "updated_at": None}, {"updated_at": OLD}], {"/b": NEW}, 2, id="a date of its own"
        ),
        pytest.param([{"content": 9}, {"source_file": "/b"}], {"/b": OLD}, 2, id="the file with a time"),
        pytest.param([{"content": 9}, {"source_file": "/b"}], {"/a": OLD, "/b": NEW}, 2, id="the later file"),
        pytest.param([{"source_file": "/b"}, {"content": 9}], {}, 2, id="the content"),
        pytest.param([{}, {}], {}, 1, id="of equal ones the first"),
        pytest.param([{}, {"part": None, "record": None}], {}, None, id="of equal ones the stored"),
    ],
)
def test_the_order_of_versions(spark, rows, as_of, wanted):
    """By the first of: revision, time of the file, content; in whatever order the rows are found."""
    numbered = [{"record": number, **row} for number, row in enumerate(rows, start=1)]
    for order in permutations(numbered):
        assert winners(spark, *order, as_of=as_of) == [wanted]


def test_a_row_without_an_id_counts_only_where_no_other_of_its_case_has_one(spark):
    rows = [
        {"incident_id": "C1", "updated_at": NEW},
        {"incident_id": "1"},
        {"incident_id": "2"},
        {"incident_id": "C2", "case_number": "C2"},
        {"incident_id": "3", "case_number": None},
    ]
    assert winners(spark, *rows) == [2, 3, 4, 5]


def test_tied_are_those_whose_times_do_not_decide(spark):
    rows = [{"content": 1}, {"content": 2}, {"updated_at": None}, {"incident_id": "2"}]
    collected = resolved(versions(spark, *rows), {"/a": None}).where("tied").select("record").collect()
    assert [row["record"] for row in collected] == [1]


def test_repeated_are_the_incidents_that_are_there_more_than_once(spark):
    rows = versions(spark, {}, {"incident_id": "2"}, {}, {"incident_id": "3"})
    result = among(rows, "incident_id", repeated(rows))
    assert_df_equality(result, rows.where("record IN (1, 3)"), ignore_row_order=True)


def test_rows_of_cases(spark):
    rows = versions(
        spark,
        {"incident_id": "C1"},
        {"incident_id": "1"},
        {"incident_id": "C2", "case_number": "C2"},
        {"incident_id": "3", "case_number": "C3"},
        {"incident_id": "4", "case_number": None},
    )
    result = among(rows, "case_number", cases(rows.where("record = 1")))
    assert_df_equality(result, rows.where("record IN (1, 2)"), ignore_row_order=True)


def test_the_hash_tells_contents_apart_but_not_files(spark):
    rows = [
        incident(ward=None, community_area="5"),
        incident(ward="5", community_area=None),
        incident(ward="5", community_area=None, source_file="/b.csv"),
    ]
    hashes = [row[0] for row in incidents(spark, *rows).select(content_hash()).collect()]
    assert hashes[1] == hashes[2] != hashes[0]


def test_a_row_without_an_id_has_its_case_number_for_it(spark):
    rows = versions(spark, {"incident_id": "C1"}, {}, {"case_number": None})
    assert [row[0] for row in rows.orderBy("record").select(F.coalesce(is_provisional(), F.lit(False))).collect()] == [
        True,
        False,
        False,
    ]
