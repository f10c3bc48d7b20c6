"""Each file is looked at before any work is done: can it be used, and as of when is it?"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import datetime

import pytest

from crime_spark.cities import CHICAGO, LOS_ANGELES
from crime_spark.ingest.file_inspection import as_of_name, changed_since, inspect_files
from crime_spark.ingest.landing import find_files
from tests.unit.ingest import published
from tests.unit.ingest.published import chicago_file, csv_text, landed, write

CITIES = {city.name: city for city in (CHICAGO, LOS_ANGELES)}


def looked(spark, *patterns, city="chicago"):
    return inspect_files(spark, CITIES, find_files(spark, {city: [str(pattern) for pattern in patterns]}))


def test_a_file_is_known_by_its_content(spark, tmp_path):
    plain = chicago_file(tmp_path / "a b.csv", {})
    packed = chicago_file(tmp_path / "c.csv.gz", {})
    for file, path in zip(looked(spark, tmp_path)[0], (plain, packed), strict=True):
        stat = path.stat()
        expected = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "modified": int(stat.st_mtime * 1000)}
        assert file == landed(path, **expected)


@pytest.mark.parametrize(
    "header",
    [
        ",".join(published.CHICAGO),
        "\ufeff" + ",".join(published.CHICAGO),
        "\r\n \r\n,,\r\n" + ",".join(published.CHICAGO) + "\r\n",
        ",".join(f'"{name.upper()} "' for name in published.CHICAGO),
        "case_number,date,iucr,primary_type,fbi_code,something_else",
        '"Case\nNumber",Date,IUCR,"Primary\nType",FBI Code',
        "Señal,Case Number,Date,IUCR,Primary Type,FBI Code".encode("latin-1"),
    ],
)
def test_a_header_matches_on_letters_and_digits_alone(spark, tmp_path, header):
    assert len(looked(spark, write(tmp_path / "a.csv", header))[0]) == 1


@pytest.mark.parametrize(
    "header",
    [[f"{name} " for name in published.LOS_ANGELES], ["dr_no", "date_occ", "time_occ", "part_1_2", "crm_cd"]],
)
def test_both_spellings_of_los_angeles_match(spark, tmp_path, header):
    assert len(looked(spark, write(tmp_path / "a.csv", ",".join(header)), city="los_angeles")[0]) == 1


def test_every_faulty_file_is_named_with_its_fault(spark, tmp_path):
    text = csv_text(published.CHICAGO, [{}] * 500)
    packed = gzip.compress(text.encode())
    contents = {
        "a whole.csv": text,
        "b lacks columns.csv": text.replace("FBI Code", "Code").replace("Date", "Day"),
        "c empty.csv": "",
        "d blank.csv": "\r\n ,\r\n",
        "e open quote.csv": '"' + ",".join(published.CHICAGO),
        "f cut short.csv.gz": packed[:-20],
        "g damaged.csv.gz": packed[:-8] + bytes(4) + packed[-4:],
        "h not packed.csv.gz": text.encode(),
        "i packed.csv": packed,
        "j page.csv": "<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
        "k zip.csv": b"PK\x03\x04" + bytes(40),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    usable, refused = looked(spark, tmp_path)
    assert [file.path for file in usable] == [f"{tmp_path}/a whole.csv"]
    output = {file.path.removeprefix(f"{tmp_path}/"): file.reason for file in refused}
    assert list(output) == list(contents)[1:]
    assert output["b lacks columns.csv"].startswith("no column 'date', 'fbi_code', which chicago needs")
    assert (
        output["c empty.csv"] == output["d blank.csv"] == "the file is empty, without a header; export the file again"
    )
    assert output["e open quote.csv"].startswith("its header has an unclosed quote")
    assert output["f cut short.csv.gz"].startswith("cannot be read (java.io.EOFException")
    assert output["g damaged.csv.gz"].startswith("cannot be read (java.io.IOException")
    assert output["h not packed.csv.gz"].startswith("cannot be read (java.io.IOException: not a gzip file)")
    assert output["j page.csv"] == "it is an HTML page, not CSV; download the export again"
    assert output["k zip.csv"] == "it is a zip archive; unpack it and ingest the files in it"
    assert output["i packed.csv"].startswith("it is compressed with gzip, but its name does not end in .gz")


def test_a_file_that_spark_would_hide_is_refused(spark, tmp_path):
    path = chicago_file(tmp_path / "_a.csv", {})
    assert "rename it" in looked(spark, path)[1][0].reason


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("uniquenibrno,caseno,date_occ,time_occ,nibr_code,nibr_description", "it is the NIBRS format"),
        (
            "Date Rptd,DR.NO,DATE OCC,TIME OCC,AREA,AREA NAME,RD,Crm Cd,CrmCd Desc,Status,Status Desc,LOCATION,"
            "Cross Street,Location 1",
            "it is the yearly file of before 2018, which has 14 columns",
        ),
        ("a,b", "check that this is the city's file as the portal exports it"),
    ],
)
def test_another_publication_of_the_city_is_called_by_its_name(spark, tmp_path, header, message):
    usable, refused = looked(spark, write(tmp_path / "a.csv", header + "\n"), city="los_angeles")
    assert usable == []
    assert message in refused[0].reason


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("Crimes_-_2001_to_Present_20240115.csv", datetime(2024, 1, 15)),
        ("ijzp-q8t2_2026-01-10T060030Z.csv.gz", datetime(2026, 1, 10, 6, 0, 30)),
        ("crimes 2016-01-01 to 2016.12.31.csv", datetime(2016, 12, 31)),
        ("la_crimes_2024-02.csv", None),
        ("chicago_crimes_2016.csv", None),
        ("20161332.csv", None),
        ("120240115.csv", None),
    ],
)
def test_a_date_in_the_name(name, as_of):
    assert as_of_name(name) == as_of


def test_the_manifest_says_as_of_when_a_file_is(spark, tmp_path):
    path = chicago_file(tmp_path / "a 2020-01-01.csv", {})
    manifest = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "as_of": "2024-05-01T04:00:00-02:00"}
    beside = tmp_path / "a 2020-01-01.csv.manifest.json"
    assert looked(spark, path)[0][0].as_of == datetime(2020, 1, 1)
    write(beside, json.dumps(manifest))
    assert looked(spark, path)[0][0].as_of == datetime(2024, 5, 1, 6)
    write(beside, json.dumps({**manifest, "sha256": "0"}))
    assert looked(spark, path)[1][0].reason == "its content differs from its manifest; fetch it again"
    write(beside, "{")
    assert "its manifest cannot be read" in looked(spark, path)[1][0].reason


def test_files_that_have_changed_or_gone_since(spark, tmp_path):
    paths = [chicago_file(tmp_path / f"{name}.csv", {}) for name in "abcd"]
    files = looked(spark, tmp_path)[0]
    assert changed_since(spark, files) == []
    chicago_file(paths[0], {}, {})
    os.utime(paths[1], (1, 1))
    paths[2].unlink()
    assert [file.path for file in changed_since(spark, files)] == [str(path) for path in paths[:3]]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(spark, tmp_path):
    path = chicago_file(tmp_path / "a.csv", {})
    path.chmod(0)
    assert "cannot be read" in looked(spark, path)[1][0].reason
