"""Files are found wherever the pattern points, and looked at before any work is done."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from crime_spark.cities import CHICAGO, LOS_ANGELES
from crime_spark.errors import InputError, UsageError
from crime_spark.ingest.landing import LandedFile, check_patterns, find_files, look_at, plain_path, told_apart
from tests.unit.ingest import published
from tests.unit.ingest.published import chicago_file, csv_text, write

CITIES = {city.name: city for city in (CHICAGO, LOS_ANGELES)}
NAMES = ["plain.csv", "two words.csv", "x[1].csv", "q{a,b}.csv", "Zürich – ö.csv", "100%.csv", "p%41.csv", "what?*.csv"]


def found(spark, *patterns):
    return [path for _, path, _ in find_files(spark, {"chicago": [str(pattern) for pattern in patterns]})]


def looked(spark, *patterns, city="chicago"):
    return look_at(spark, CITIES, find_files(spark, {city: [str(pattern) for pattern in patterns]}))


def test_a_folder_is_searched_for_csv_files_in_every_depth(spark, tmp_path):
    names = ["b.csv", "a.CSV", "deep/er/c.csv.gz", "d.txt", "_SUCCESS", "_e.csv", ".f.csv", ".g/h.csv", "deep/_i/j.csv"]
    for name in names:
        write(tmp_path / "landing" / name, "x")
    wanted = [f"{tmp_path}/landing/{name}" for name in ("a.CSV", "b.csv", "deep/er/c.csv.gz")]
    assert found(spark, tmp_path / "landing") == wanted
    assert found(spark, f"file://{tmp_path}/landing/") == wanted


def test_patterns_overlap_and_each_file_counts_once(spark, tmp_path):
    for name in ("2013.csv", "2014.csv", "2015.csv"):
        write(tmp_path / name, "x")
    wanted = [f"{tmp_path}/2013.csv", f"{tmp_path}/2014.csv"]
    assert found(spark, tmp_path / "201[34].csv", tmp_path / "2014.csv", tmp_path / "{2013,2014}.csv") == wanted


def test_a_relative_path_is_one_from_here(spark, tmp_path, monkeypatch):
    write(tmp_path / "landing" / "a.csv", "x")
    monkeypatch.chdir(tmp_path)
    assert found(spark, "landing") == found(spark, f"file:{tmp_path}/landing") == [f"{tmp_path}/landing/a.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_found_by_its_own_name(spark, tmp_path, name):
    path = write(tmp_path / name, "x")
    assert check_patterns({"chicago": [str(path)]}) == []
    assert found(spark, path) == found(spark, tmp_path) == [str(path)]


def test_every_pattern_without_files_is_named(spark, tmp_path):
    patterns = {"chicago": [f"{tmp_path}/none.csv", f"{tmp_path}/*.csv.gz"], "los_angeles": ["nowhere://x/"]}
    with pytest.raises(UsageError) as raised:
        find_files(spark, patterns)
    assert str(raised.value).split("; ")[::2][:2] == [
        f"no file matches chicago={tmp_path}/none.csv",
        f"no file matches chicago={tmp_path}/*.csv.gz",
    ]
    assert "los_angeles=nowhere://x/ cannot be looked up" in str(raised.value)


def test_patterns_are_checked_without_spark_as_far_as_that_goes(tmp_path):
    path = write(tmp_path / "a.csv", "x")
    right = [
        str(path),
        f"file://{path}",
        f"{tmp_path}/*.csv",
        str(tmp_path),
        "s3a://bucket/*",
        f"{tmp_path}/{{a,b}}.csv",
    ]
    assert check_patterns({"chicago": right}) == []
    assert check_patterns({"chicago": [*right, f"{tmp_path}/b*"]}) == [
        f"no file matches chicago={tmp_path}/b*; give a file, a folder of .csv or .csv.gz files, or a quoted glob"
    ]


def test_a_file_is_known_by_its_content(spark, tmp_path):
    plain = chicago_file(tmp_path / "a b.csv", {})
    packed = chicago_file(tmp_path / "c.csv.gz", {})
    assert looked(spark, tmp_path) == [
        LandedFile(
            "chicago", str(path), f"file:{path}", path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in (plain, packed)
    ]


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
    assert len(looked(spark, write(tmp_path / "a.csv", header))) == 1


@pytest.mark.parametrize(
    "header",
    [[f"{name} " for name in published.LOS_ANGELES], ["dr_no", "date_occ", "time_occ", "part_1_2", "crm_cd"]],
)
def test_both_spellings_of_los_angeles_match(spark, tmp_path, header):
    assert len(looked(spark, write(tmp_path / "a.csv", ",".join(header)), city="los_angeles")) == 1


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
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as raised:
        looked(spark, tmp_path)
    said = dict(re.findall(rf"{tmp_path}/(.*?): (.*?)(?=; {tmp_path}|$)", str(raised.value)))
    assert list(said) == list(contents)[1:]
    assert said["b lacks columns.csv"].startswith("no column 'date', 'fbi_code', which chicago needs")
    assert (
        said["c empty.csv"]
        == said["d blank.csv"]
        == "the file is empty; an export without incidents still has its header line"
    )
    assert said["e open quote.csv"].startswith("its header line has a quote that is never closed")
    assert said["f cut short.csv.gz"].startswith("cannot be read (java.io.EOFException")
    assert said["g damaged.csv.gz"].startswith("cannot be read (java.io.IOException")
    assert said["h not packed.csv.gz"].startswith("cannot be read (java.io.IOException: not a gzip file)")
    assert said["i packed.csv"].startswith("it is packed, but its name does not end in .gz")


def test_a_file_that_spark_would_hide_is_refused(spark, tmp_path):
    path = chicago_file(tmp_path / "_a.csv", {})
    with pytest.raises(InputError, match="rename it"):
        looked(spark, path)


def test_other_content_under_a_known_name_gets_a_name_of_its_own():
    file = LandedFile("chicago", "/landing/a.csv", "file:/landing/a.csv", 1, "0123456789abcdef")
    assert told_apart(file, {("los_angeles", file.path), ("chicago", "/landing/b.csv")}) == file
    assert told_apart(file, {("chicago", file.path)}).path == "/landing/a.csv@0123456789ab"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:/a b", "/a b"),
        ("file:///a", "/a"),
        ("/a", "/a"),
        ("s3a://b/a", "s3a://b/a"),
        ("hdfs://h/file:/a", "hdfs://h/file:/a"),
    ],
)
def test_plain_path(uri, path):
    assert plain_path(uri) == path
