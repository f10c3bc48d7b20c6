"""What silver holds depends on the rows and their files alone, not on when and in what company they came."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crime_spark.ingest import merge, stage
from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE
from crime_spark.session import configured
from tests.unit.ingest.published import chicago_file
from tests.unit.ingest.running import (
    NOT_REVISED,
    REVISED_LATER,
    accounts,
    run,
    same,
    same_state,
)


@pytest.fixture(autouse=True)
def many_rows(monkeypatch):
    """Rows that have rivals are searched for first, as of many rows; the tests of the stage compare all of few."""
    monkeypatch.setattr(merge, "_AT_ONCE", 0)


def test_other_content_under_the_same_name_is_another_file(spark, lake, tmp_path):
    path = chicago_file(tmp_path / "a.csv", {"ID": "1"}, {"ID": "2"}, {"ID": ""} | {"Case Number": ""})
    run(lake, path)
    chicago_file(path, {"ID": "1", **REVISED_LATER}, {"ID": "3"}, {"ID": "4", "IUCR": ""})
    run(lake, path)
    result = accounts(lake).select(
        F.regexp_replace("file", "@[0-9a-f]{12}$", "@").alias("file"), "rows_read", "rows_accepted", "rows_superseded"
    )
    same(result, spark.createDataFrame([(str(path), 3, 1, 1), (f"{path}@", 3, 2, 0)], result.schema))
    assert lake.read(QUARANTINE).join(lake.read(LEDGER), on="file").count() == 2


def test_a_row_without_an_id_gives_way_to_one_of_its_case_that_has_one(spark, tmp_path):
    """Whichever comes first; of a homicide every victim keeps a row, and another case is left alone."""
    homicide = {"Primary Type": "HOMICIDE", "FBI Code": "01A", "Case Number": "HZ1"}
    without = [{**homicide, "ID": "", **REVISED_LATER}, {"ID": "", "Case Number": "HZ2"}]
    victims = [{**homicide, "ID": "11"}, {**homicide, "ID": "12"}, {"ID": "13", "Case Number": "HZ3"}]
    first, second = chicago_file(tmp_path / "a.csv", *without), chicago_file(tmp_path / "b.csv", *victims)
    lakes = []
    for runs in ([[second], [first]], [[first, second]]):
        lakes.append(Lake(spark, str(tmp_path / f"lake{len(lakes)}")))
        for files in runs:
            run(lakes[-1], *files)
    wanted = {("HZ2", "HZ2"), ("11", "HZ1"), ("12", "HZ1"), ("13", "HZ3")}
    assert {tuple(row) for row in lakes[0].read(INCIDENTS).select("incident_id", "case_number").collect()} == wanted
    for lake in lakes[1:]:
        same_state(lake, lakes[0])


def test_content_that_turns_out_to_be_of_a_later_time_counts_as_that(spark, tmp_path):
    """Whether a copy with a later date comes before or after other versions, the outcome is one."""
    first = chicago_file(tmp_path / "a.csv", {"ID": "1", **NOT_REVISED, "Ward": "1"}, {"ID": ""} | {"Case Number": ""})
    other = chicago_file(tmp_path / "b 2023-05-01.csv", {"ID": "1", **NOT_REVISED, "Ward": "2"}, {"ID": "2"})
    copy = chicago_file(
        tmp_path / "c 20240501.csv", {"ID": "1", **NOT_REVISED, "Ward": "1"}, {"ID": ""} | {"Case Number": ""}
    )
    lakes = []
    for order in ([[first], [other], [copy]], [[copy], [other, first]]):
        lakes.append(Lake(spark, str(tmp_path / f"lake{len(lakes)}")))
        for files in order:
            run(lakes[-1], *files)
    result = lakes[0].read(INCIDENTS).select("incident_id", "ward", "source_file")
    same(result, spark.createDataFrame([("1", "1", str(copy)), ("2", "24", str(other))], result.schema))
    for lake in lakes[1:]:
        same_state(lake, lakes[0])


def test_a_file_that_changes_while_it_is_read_is_refused(lake, tmp_path, monkeypatch):
    other = chicago_file(tmp_path / "other.csv", {"ID": "1"})
    path = chicago_file(tmp_path / "growing.csv", {"ID": "77"})
    read = stage._Run._read

    def slowly(self, files):
        result = read(self, files)
        chicago_file(path, {"ID": "77"}, {"ID": "78"})
        return result

    monkeypatch.setattr(stage._Run, "_read", slowly)
    output = run(lake, other, path)
    assert f"{path} was refused: the file changed while it was read" in output
    assert lake.read(INCIDENTS).where("incident_id = '77'").isEmpty()
    monkeypatch.undo()
    run(lake, path)
    assert lake.read(INCIDENTS).where("incident_id IN ('77', '78')").count() == 2
    assert "refused" not in {row["status"] for row in lake.read(LEDGER).collect()}


def test_a_record_that_spans_parts_of_a_file_makes_it_be_read_whole(spark, lake, tmp_path):
    rows = [{"ID": str(number), "Block": "a\nb" * (number % 50 == 7)} for number in range(200)]
    spanning = chicago_file(tmp_path / "spanning.csv", *rows)
    plain = chicago_file(tmp_path / "plain.csv", *({"ID": f"9000{number}"} for number in range(200)), {"IUCR": ""})
    with configured(spark, {"spark.sql.files.maxPartitionBytes": "3000", "spark.sql.files.openCostInBytes": "1"}):
        run(lake, spanning, plain)
    assert lake.read(INCIDENTS).count() == 400
    assert lake.read(INCIDENTS).where("block = 'A B'").count() == 4
    assert [row["record"] for row in lake.read(QUARANTINE).collect()] == [201]
