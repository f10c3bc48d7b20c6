"""The stage as a whole: what is in silver, quarantine and ledger afterwards, however the files came in."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.errors import AccountingError, UsageError
from crime_spark.ingest import merging, stage
from crime_spark.ingest.stage import ingest
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE
from crime_spark.session import configured
from tests.incidents import incident, incidents
from tests.unit.ingest.published import CHICAGO, LOS_ANGELES, chicago_file, csv_text, write

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


def run(lake, *chicago, full=False, **inputs):
    """Ingest files of Chicago, and of other cities by name; what was said on the way, and of files refused."""
    said = io.StringIO()
    given = {**({"chicago": list(map(str, chicago))} if chicago else {}), **inputs}
    refused = ingest(lake, CITIES, given, Progress(said), full)
    return said.getvalue() + "\n".join(refused)


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
        ("6", 2016, False, "2", "010", b),
        ("7", 2016, None, None, "010", a),
        ("9", 2016, False, "24", "010", b),
        ("HZ900", 2016, False, "24", "001", b),
    ]
    found = together.read(INCIDENTS).select("incident_id", "year", "arrest", "ward", "area", "source_file")
    same(found, spark.createDataFrame(wanted, found.schema))


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
    found = accounts(together).drop("sha256", "city", "status", "reason", "as_of", "header")
    wanted = [
        (f"{landing}/a.csv", 12, 3, 8, 1, '{"arrest":1,"ward":1}'),
        (f"{landing}/b.csv.gz", 8, 6, 1, 1, '{"ward":1}'),
    ]
    same(found, spark.createDataFrame(wanted, found.schema))


@pytest.mark.parametrize("order", [("a.csv", "b.csv.gz"), ("b.csv.gz", "a.csv")])
def test_the_order_of_files_makes_no_difference(lake, landing, together, order):
    for name in order:
        run(lake, landing / name)
    same_state(lake, together)


def test_a_run_that_adds_nothing_changes_nothing(together, landing, tmp_path):
    """The same files again, and one of them under another name."""
    before = versions(together)
    copy = tmp_path / "copy of a.csv"
    copy.write_bytes((landing / "a.csv").read_bytes())
    said = run(together, landing, copy)
    assert said.count("its content has been ingested") == 3
    assert versions(together) == before


def test_a_run_that_broke_off_is_simply_repeated(lake, landing, together, monkeypatch):
    """First with silver written, then with quarantine written too; in between nothing else is taken in."""
    run(lake, landing / "b.csv.gz")
    for broken in ("_write_quarantine", "_write_ledger"):
        monkeypatch.setattr(stage._Run, broken, interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(lake, landing)
        monkeypatch.undo()
        before = versions(lake)
        with pytest.raises(AccountingError, match=r"rows of .*a\.csv, which the ledger does not know: a run broke off"):
            run(lake, landing / "b.csv.gz")
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


def test_other_content_under_the_same_name_is_another_file(spark, lake, tmp_path):
    path = chicago_file(tmp_path / "a.csv", {"ID": "1"}, {"ID": "2"}, {"ID": ""} | {"Case Number": ""})
    run(lake, path)
    chicago_file(path, {"ID": "1", **REVISED_LATER}, {"ID": "3"}, {"ID": "4", "IUCR": ""})
    run(lake, path)
    found = accounts(lake).select(
        F.regexp_replace("file", "@[0-9a-f]{12}$", "@").alias("file"), "rows_read", "rows_accepted", "rows_superseded"
    )
    same(found, spark.createDataFrame([(str(path), 3, 1, 1), (f"{path}@", 3, 2, 0)], found.schema))
    assert lake.read(QUARANTINE).join(lake.read(LEDGER), on="file").count() == 2


def test_files_that_cannot_be_used_are_refused_and_the_others_go_on(spark, lake, landing, together, tmp_path):
    lacking = write(tmp_path / "lacking.csv", csv_text(CHICAGO, [{}]).replace("IUCR", "Code"))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes((landing / "b.csv.gz").read_bytes()[:-9])
    empty = write(tmp_path / "empty.csv", "")
    said = run(lake, landing, lacking, cut, empty).splitlines()[-3:]
    assert [line.split(" (")[0].split(", which")[0] for line in said] == [
        f"{cut} was refused: cannot be read",
        f"{empty} was refused: the file is empty; an export without incidents still has its header line",
        f"{lacking} was refused: no column 'iucr'",
    ]
    same(lake.read(INCIDENTS), together.read(INCIDENTS))
    found = lake.read(LEDGER).where("status = 'refused'").select("file", "rows_read", "rows_accepted")
    same(found, spark.createDataFrame([(str(path), 0, 0) for path in (cut, empty, lacking)], found.schema))
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
    written = merging._without
    monkeypatch.setattr(merging, "_without", lambda rows, *losers: written(rows, *losers).where("incident_id <> '5'"))
    with pytest.raises(AccountingError, match=r"silver/incidents holds \d+ rows, but there are 9 incidents"):
        run(lake, landing)
    assert not lake.exists(LEDGER)


def test_a_rebuild_gives_the_same_table(lake, landing, together):
    run(lake, landing / "a.csv")
    run(lake, landing / "b.csv.gz")
    run(lake, landing, full=True)
    same_state(lake, together)


def test_a_row_without_an_id_gives_way_to_one_of_its_case_that_has_one(spark, tmp_path):
    """Whichever comes first; of a homicide every victim keeps a row, and another case is left alone."""
    homicide = {"Primary Type": "HOMICIDE", "FBI Code": "01A", "Case Number": "HZ1"}
    without = [{**homicide, "ID": "", **REVISED_LATER}, {"ID": "", "Case Number": "HZ2"}]
    victims = [{**homicide, "ID": "11"}, {**homicide, "ID": "12"}, {"ID": "13", "Case Number": "HZ3"}]
    first, second = chicago_file(tmp_path / "a.csv", *without), chicago_file(tmp_path / "b.csv", *victims)
    lakes = []
    for runs in ([[first], [second]], [[second], [first]], [[first, second]]):
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
    for order in ([first, other, copy], [copy, other, first], [other, copy, first]):
        lakes.append(Lake(spark, str(tmp_path / f"lake{len(lakes)}")))
        for path in order:
            run(lakes[-1], path)
    found = lakes[0].read(INCIDENTS).select("incident_id", "ward", "source_file")
    same(found, spark.createDataFrame([("1", "1", str(copy)), ("2", "24", str(other))], found.schema))
    for lake in lakes[1:]:
        same_state(lake, lakes[0])


def test_a_file_that_changes_while_it_is_read_is_refused(lake, landing, tmp_path, monkeypatch):
    path = chicago_file(tmp_path / "growing.csv", {"ID": "77"})
    read = stage._Run._read

    def slowly(self, files):
        found = read(self, files)
        chicago_file(path, {"ID": "77"}, {"ID": "78"})
        return found

    monkeypatch.setattr(stage._Run, "_read", slowly)
    said = run(lake, landing / "b.csv.gz", path)
    assert f"{path} was refused: changed while it was being read" in said
    assert lake.read(INCIDENTS).where("incident_id = '77'").isEmpty()
    monkeypatch.undo()
    run(lake, path)
    assert lake.read(INCIDENTS).where("incident_id IN ('77', '78')").count() == 2
    assert "refused" not in {row["status"] for row in lake.read(LEDGER).collect()}


def test_a_record_that_spans_parts_of_a_file_makes_it_be_read_whole(spark, lake, tmp_path):
    rows = [{"ID": str(number), "Block": "a\nb" * (number % 50 == 7)} for number in range(200)]
    spanning = chicago_file(tmp_path / "spanning.csv", *rows)
    plain = chicago_file(tmp_path / "plain.csv", *({"ID": f"9{number}"} for number in range(200)), {"IUCR": ""})
    with configured(spark, {"spark.sql.files.maxPartitionBytes": "3000", "spark.sql.files.openCostInBytes": "1"}):
        run(lake, spanning, plain)
    assert lake.read(INCIDENTS).count() == 400
    assert lake.read(INCIDENTS).where("block = 'A B'").count() == 4
    assert [row["record"] for row in lake.read(QUARANTINE).collect()] == [201]
