"""The stage as a whole: what is in silver, quarantine and ledger afterwards, however the files came in."""

from __future__ import annotations

import io
from datetime import datetime

import pytest

from crime_spark.cities import CITIES
from crime_spark.errors import AccountingError, UsageError
from crime_spark.ingest import merge, stage
from crime_spark.ingest.replay import replay
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE
from tests.incidents import incident, incidents
from tests.unit.ingest.published import CHICAGO, LOS_ANGELES, chicago_file, csv_text, write
from tests.unit.ingest.running import (
    A,
    B,
    accounts,
    run,
    same,
    same_state,
    versions,
)
from tests.unit.training.tiny import copied


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    chicago_file(folder / "a.csv", *A)
    chicago_file(folder / "b.csv.gz", *B)
    return folder


@pytest.fixture(scope="module")
def together(spark, landing, tmp_path_factory):
    """The lake after both files in one run."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("together")))
    run(lake, landing)
    return lake


def test_one_version_of_each_incident_is_in_silver(together, landing, spark):
    a, b = f"{landing}/a.csv", f"{landing}/b.csv.gz"
    wanted = [
        ("1", 2016, True, "24", "010", a),
        ("2", 2016, False, "24", "010", a),
        ("3", 2017, False, "24", "010", b),
        ("4", 2016, False, "24", "010", b),
        ("5", 2016, False, "24", "010", b),
        ("6", 2016, False, "1", "010", a),
        ("7", 2016, None, None, "010", a),
        ("9", 2016, False, "24", "010", b),
        ("HZ900", 2016, False, "24", "001", b),
    ]
    result = together.read(INCIDENTS).select("incident_id", "year", "arrest", "ward", "area", "source_file")
    same(result, spark.createDataFrame(wanted, result.schema))


def test_a_year_is_one_file_of_the_table_however_many_it_came_in(together):
    files = together.read(INCIDENTS).inputFiles()
    assert len([file for file in files if "year=2016" in file]) == 1


def test_every_refused_row_is_kept_with_its_reasons(together, landing, spark):
    lines = csv_text(CHICAGO, [A[10], B[1]]).splitlines()
    wanted = [
        ("chicago", f"{landing}/a.csv", 11, lines[1], ["no key"]),
        ("chicago", f"{landing}/b.csv.gz", 2, lines[2], ["no readable time"]),
    ]
    same(together.read(QUARANTINE), spark.createDataFrame(wanted, QUARANTINE.struct))


def test_every_row_read_is_accounted_for(together, landing, spark):
    result = accounts(together).drop("sha256", "city", "status", "reason", "as_of", "header")
    wanted = [
        (f"{landing}/a.csv", 12, 4, 7, 1, '{"arrest":1,"ward":1}'),
        (f"{landing}/b.csv.gz", 8, 5, 2, 1, '{"ward":1}'),
    ]
    same(result, spark.createDataFrame(wanted, result.schema))


@pytest.fixture(scope="module")
def first(spark, landing, tmp_path_factory):
    """The lake after the first file; not to be changed."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("first")))
    run(lake, landing / "a.csv")
    return lake


@pytest.fixture(scope="module")
def one_by_one(first, landing, tmp_path_factory):
    """The lake after the first file and then the second; not to be changed."""
    lake = copied(first, tmp_path_factory.mktemp("one_by_one"))
    run(lake, landing / "b.csv.gz")
    return lake


def test_the_order_of_files_makes_no_difference(lake, landing, together, one_by_one):
    same_state(one_by_one, together)
    for name in ("b.csv.gz", "a.csv"):
        run(lake, landing / name)
    same_state(lake, together)


def test_a_run_that_adds_nothing_changes_nothing(together, landing, tmp_path):
    """The same files again, and one of them under another name."""
    before = versions(together)
    copy = tmp_path / "copy of a.csv"
    copy.write_bytes((landing / "a.csv").read_bytes())
    output = run(together, landing, copy)
    assert output.count("its content has been ingested before") == 3
    assert versions(together) == before


def test_a_run_that_broke_off_is_simply_repeated(first, landing, together, tmp_path, monkeypatch):
    """First with silver written, then with quarantine written too; in between nothing else is taken in."""
    lake = copied(first, tmp_path)
    for broken in (f"{stage.__name__}._Run._write_quarantine", f"{stage.__name__}.write_entries"):
        monkeypatch.setattr(broken, interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(lake, landing)  # a packed file alone is new
        monkeypatch.undo()
        before = versions(lake)
        with pytest.raises(
            AccountingError, match=r"was interrupted .* repeat the same ingest with .*b\.csv\.gz unchanged"
        ):
            run(lake, landing / "a.csv")
        with pytest.raises(AccountingError, match="was interrupted"):
            replay(lake, CITIES, Progress(io.StringIO()))
        assert versions(lake) == before
    run(lake, landing)
    same_state(lake, together)


def interrupted(*_):
    raise KeyboardInterrupt


def test_both_cities_in_one_run(spark, lake, tmp_path, monkeypatch):
    """Whole rows; records that span lines, in files that Spark would cut; a file without incidents."""
    row = {"ID": "1", "Case Number": "HZ1", "Location Description": "STREET\n", "Domestic": "\nfalse"}
    rows = [{**row, "ID": str(number)} for number in range(1, 9)]
    chicago = chicago_file(tmp_path / "chicago" / "[1] é.csv", *rows)
    chicago_file(tmp_path / "chicago" / "none.csv")
    angeles = write(tmp_path / "la" / "a b.csv.gz", csv_text(LOS_ANGELES, [{"Vict Sex": "?"}]))
    before = spark.conf.get("spark.sql.files.maxPartitionBytes")
    spark.conf.set("spark.sql.files.maxPartitionBytes", "1000")
    try:
        run(lake, tmp_path / "chicago", los_angeles=[str(angeles)])
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", before)
    theft = incident(
        city="los_angeles",
        incident_id="200100001",
        case_number="200100001",
        occurred_at=datetime(2020, 1, 8, 22, 30),
        reported_at=datetime(2020, 1, 9),
        updated_at=None,
        offense_code="330",
        offense_description="BURGLARY FROM VEHICLE",
        offense_group="theft_from_vehicle",
        area="01",
        beat="0162",
        ward=None,
        community_area=None,
        block="100 S MAIN ST",
        latitude=34.0448,
        longitude=-118.2474,
        domestic=None,
        victim_age=36,
        victim_descent="H",
        mo_codes=["0344", "1402"],
        source_file=str(angeles),
    )
    wanted = [incident(incident_id=str(n), case_number="HZ1", source_file=str(chicago)) for n in range(1, 9)]
    same(lake.read(INCIDENTS), incidents(spark, theft, *wanted))
    counted = accounts(lake).select("city", "file", "rows_read", "rows_accepted", "bad_values")
    expected = [
        ("chicago", str(chicago), 8, 8, "{}"),
        ("chicago", f"{tmp_path}/chicago/none.csv", 0, 0, "{}"),
        ("los_angeles", str(angeles), 1, 1, '{"victim_sex":1}'),
    ]
    same(counted, spark.createDataFrame(expected, counted.schema))


def test_files_that_cannot_be_used_are_refused_and_the_others_go_on(spark, first, landing, together, tmp_path):
    lake = copied(first, tmp_path)
    lacking = write(tmp_path / "lacking.csv", csv_text(CHICAGO, [{}]).replace("IUCR", "Code"))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes((landing / "b.csv.gz").read_bytes()[:-9])
    empty = write(tmp_path / "empty.csv", "")
    output = run(lake, landing, lacking, cut, empty).splitlines()[-3:]
    assert [line.split("ingest: ")[1].split(" (")[0].split(", which")[0] for line in output] == [
        f"{cut} was refused: cannot be read",
        f"{empty} was refused: the file is empty, without a header; export the file again",
        f"{lacking} was refused: no column 'iucr'",
    ]
    same(lake.read(INCIDENTS), together.read(INCIDENTS))
    result = lake.read(LEDGER).where("status = 'refused'").select("file", "rows_read", "rows_accepted")
    same(result, spark.createDataFrame([(str(path), 0, 0) for path in (cut, empty, lacking)], result.schema))
    before = versions(lake)
    assert run(lake, landing, lacking, cut, empty).count("was refused") == 3
    assert versions(lake) == before
    write(empty, csv_text(CHICAGO, []))
    run(lake, empty)
    assert sorted(row["status"] for row in lake.read(LEDGER).collect()) == ["ingested"] * 3 + ["refused"] * 2


def test_no_file_at_all_is_wrong_usage(lake, tmp_path):
    with pytest.raises(UsageError, match=r"no file matches chicago=.*none"):
        run(lake, tmp_path / "none*")
    assert not lake.exists(LEDGER)


def test_rows_that_get_lost_fail_the_job(lake, landing, monkeypatch):
    written = merge._without
    monkeypatch.setattr(merge, "_without", lambda rows, *losers: written(rows, *losers).where("incident_id <> '5'"))
    with pytest.raises(AccountingError, match=r"silver/incidents has 8 rows of chicago, expected 9"):
        run(lake, landing)
    assert not lake.exists(LEDGER)


def test_a_rebuild_gives_the_same_table(one_by_one, landing, together, tmp_path):
    lake = copied(one_by_one, tmp_path)
    run(lake, landing, full=True)
    same_state(lake, together)


def test_a_rebuild_that_would_lose_a_file_is_not_begun(first, landing, tmp_path):
    lake = copied(first, tmp_path)
    path = chicago_file(tmp_path / "c.csv", {"ID": "55"})
    run(lake, landing / "a.csv", path)
    before = versions(lake)
    path.write_text("")
    output = run(lake, landing / "a.csv", path, full=True)
    assert f"chicago was not rebuilt: it would lose the rows of {path}" in output
    assert versions(lake) == before
