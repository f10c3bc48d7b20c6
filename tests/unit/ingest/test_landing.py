"""Files are found wherever the pattern points, and looked at before any work is done."""

from __future__ import annotations

import pytest

from crime_spark.errors import UsageError
from crime_spark.ingest.landing import check_patterns, find_files, plain_path
from tests.unit.ingest.published import write

NAMES = ["plain.csv", "two words.csv", "x[1].csv", "q{a,b}.csv", "Zürich – ö.csv", "100%.csv", "p%41.csv", "what?*.csv"]


def found_paths(spark, *patterns):
    return [file.path for file in find_files(spark, {"chicago": [str(pattern) for pattern in patterns]})]


def test_a_folder_is_searched_for_csv_files_in_every_depth(spark, tmp_path):
    names = ["b.csv", "a.CSV", "deep/er/c.csv.gz", "d.txt", "_SUCCESS", "_e.csv", ".f.csv", ".g/h.csv", "deep/_i/j.csv"]
    for name in names:
        write(tmp_path / "landing" / name, "x")
    wanted = [f"{tmp_path}/landing/{name}" for name in ("a.CSV", "b.csv", "deep/er/c.csv.gz")]
    assert found_paths(spark, tmp_path / "landing") == wanted
    assert found_paths(spark, f"file://{tmp_path}/landing/") == wanted


def test_patterns_overlap_and_each_file_counts_once(spark, tmp_path):
    for name in ("2013.csv", "2014.csv", "2015.csv"):
        write(tmp_path / name, "x")
    wanted = [f"{tmp_path}/2013.csv", f"{tmp_path}/2014.csv"]
    assert found_paths(spark, tmp_path / "201[34].csv", tmp_path / "2014.csv", tmp_path / "{2013,2014}.csv") == wanted


def test_a_relative_path_is_one_from_here(spark, tmp_path, monkeypatch):
    write(tmp_path / "landing" / "a.csv", "x")
    monkeypatch.chdir(tmp_path)
    assert (
        found_paths(spark, "landing") == found_paths(spark, f"file:{tmp_path}/landing") == [f"{tmp_path}/landing/a.csv"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_found_by_its_own_name(spark, tmp_path, name):
    path = write(tmp_path / name, "x")
    assert check_patterns({"chicago": [str(path)]}) == []
    assert found_paths(spark, path) == found_paths(spark, tmp_path) == [str(path)]


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
