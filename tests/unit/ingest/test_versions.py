"""One version of an incident counts, whatever the order and the grouping of the files."""

from __future__ import annotations

from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F
from pyspark.sql.types import LongType

from crime_spark.ingest.versions import latest_versions, newer_than_stored, repeated_keys
from tests.incidents import incident, incidents

OLD, NEW = datetime(2018, 1, 1), datetime(2019, 1, 1)


def versions(spark, *rows):
    """Rows with their place in the file: the order in which they are given."""
    frame = incidents(spark, *rows)
    numbered = [(*row, number) for number, row in enumerate(frame.collect(), start=1)]
    return spark.createDataFrame(numbered, frame.schema.add("record", LongType()))


def latest(rows):
    return latest_versions(rows, repeated_keys(rows))


def same(actual, expected):
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True)


def test_the_latest_revision_counts(spark):
    rows = [
        incident(incident_id="1", updated_at=OLD, arrest=False),
        incident(incident_id="1", updated_at=NEW, arrest=True),
        incident(incident_id="1", updated_at=None, arrest=None),
        incident(incident_id="2", updated_at=None),
        incident(incident_id="1", updated_at=OLD, city="los_angeles"),
    ]
    found = latest(versions(spark, *rows)).drop("record")
    same(found, incidents(spark, rows[1], rows[3], rows[4]))


def test_of_equal_rows_the_first_of_the_file_counts(spark):
    rows = versions(spark, *[incident(incident_id="1")] * 3, incident(incident_id="2"))
    same(latest(rows), rows.where("record IN (1, 4)"))


@pytest.mark.parametrize("updated", [None, OLD])
def test_without_a_later_revision_the_choice_is_the_same_in_any_order(spark, updated):
    rows = [
        incident(updated_at=updated, ward=None, community_area="5", source_file="/a.csv"),
        incident(updated_at=updated, ward="5", community_area=None, source_file="/a.csv"),
        incident(updated_at=updated, ward="5", community_area=None, source_file="/b.csv"),
        incident(updated_at=updated, ward="6", community_area="7", source_file="/a.csv"),
    ]
    found = [latest(versions(spark, *order)).drop("record") for order in (rows, rows[::-1], rows[1:] + rows[:1])]
    assert found[0].count() == 1
    same(found[1], found[0])
    same(found[2], found[0])


def test_the_choice_between_files_is_not_by_their_names(spark):
    """Unless the rows are equal: the content decides, and no two rows of unlike content are taken for equal."""
    wards = [str(ward) for ward in range(20)]
    rows = [
        incident(incident_id=f"{a} {b}", ward=w, source_file=f"/{f}.csv")
        for a in wards
        for b in wards
        if a < b
        for w, f in ((a, "a"), (b, "b"))
    ]
    turned = [{**row, "source_file": {"/a.csv": "/b.csv", "/b.csv": "/a.csv"}[row["source_file"]]} for row in rows]
    first, second = (latest(versions(spark, *each)).select("incident_id", "ward") for each in (rows, turned))
    same(first, second)


def test_only_what_is_newer_than_the_stored_version_goes_on(spark):
    stored = [
        incident(incident_id="1", updated_at=OLD),
        incident(incident_id="2", updated_at=NEW),
        incident(incident_id="3", updated_at=None),
        incident(incident_id="4", updated_at=OLD),
        incident(incident_id="5", updated_at=OLD),
    ]
    rows = [
        incident(incident_id="1", updated_at=NEW, occurred_at=datetime(2015, 12, 31)),
        incident(incident_id="2", updated_at=OLD),
        incident(incident_id="3", updated_at=OLD),
        incident(incident_id="4", updated_at=None),
        incident(incident_id="5", updated_at=OLD),
        incident(incident_id="6"),
        incident(incident_id="2", updated_at=OLD, city="los_angeles"),
    ]
    found = newer_than_stored(incidents(spark, *rows), incidents(spark, *stored))
    same(found, incidents(spark, *(rows[at] for at in (0, 2, 5, 6))))


def test_stored_or_new_the_same_version_wins(spark):
    """Of two versions either is stored and the other comes, or they come together."""
    pairs = [
        [
            incident(incident_id=str(n), ward=str(n % 3), source_file="/a.csv"),
            incident(incident_id=str(n), ward=str(n % 4), source_file="/b.csv"),
        ]
        for n in range(24)
    ]
    first, second = (incidents(spark, *(pair[at] for pair in pairs)) for at in (0, 1))
    together = latest(versions(spark, *(row for pair in pairs for row in pair))).drop("record")
    for new, stored in ((first, second), (second, first)):
        newer = newer_than_stored(new, stored)
        kept = stored.join(newer.select("incident_id"), on="incident_id", how="left_anti").select(*stored.columns)
        same(kept.union(newer), together)
    assert together.select(F.count_distinct("source_file")).first()[0] == 2
