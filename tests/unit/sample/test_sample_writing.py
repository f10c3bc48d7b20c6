"""Reproducible bytes, honest counts, refused arguments, the command line."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from crime_spark.cities.generated import is_generated
from crime_spark.sample import __main__ as command
from crime_spark.sample import write_sample
from crime_spark.sample.portal import (
    COPY_HERE,
    COPY_LATER,
    MOVED_LATER,
    REVISION_HERE,
    REVISION_LATER,
    STALE_LATER,
)

FORMATS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.000")
KEYS = {"chicago": ("ID", "Case Number"), "los_angeles": ("DR_NO", "dr_no")}
DATES = ("Date", "DATE OCC", "date_occ")
OFFENSES = ("IUCR", "Crm Cd", "crm_cd")


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def fault(header: list[str], record: list[str], city: str) -> str | None:
    """Why a record is hopeless, determined without the generator's code."""
    if len(record) != len(header):
        return "wrong number of fields"
    row = dict(zip(header, record, strict=True))
    if not any(row.get(key) for key in KEYS[city]):
        return "no key"
    date = next(row[name] for name in DATES if name in row)
    if "02/30/" in date or "-02-30T" in date:
        return "February 30"
    if "/0019" in date or date.startswith("0019"):
        return "year 0019"
    parsed = None
    for shape in FORMATS:
        try:
            parsed = datetime.strptime(date, shape)
        except ValueError:
            continue
    if parsed is None:
        return "unreadable date"
    if parsed.year > 2030:
        return "future date"
    return None if next(row[name] for name in OFFENSES if name in row) else "no offense code"


@pytest.mark.parametrize("city", ["chicago", "los_angeles"])
def test_truth_equals_an_independent_count(sample, city):
    faults, keys, records = Counter(), [], 0
    for file in sample.truth.cities[city].files:
        header, *rows = sample.fields(file.path)
        assert len(rows) == file.records
        records += len(rows)
        for record in rows:
            reason = fault([name.strip() for name in header], record, city)
            if reason:
                faults[reason] += 1
            else:
                row = dict(zip(header, record, strict=True))
                keys.append(next(row[key].zfill(9) for key in KEYS[city] if row.get(key)))
    truth = sample.truth.cities[city]
    assert truth.records == records
    assert truth.hopeless == dict(faults)
    assert len(truth.hopeless) == 7
    assert truth.incidents == len(set(keys))
    assert sum(truth.superseded.values()) == len(keys) - len(set(keys))


def test_same_arguments_give_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write_sample(tmp_path / name, rows_per_year=200, years=4, seed=seed)
    first, again, other = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert first == again
    assert first.keys() == other.keys()
    assert not set(first.values()) & set(other.values())


def test_compressed_file_contains_neither_time_nor_path(sample):
    zipped = (sample.folder / "chicago/generated_sample_chicago_2015.csv.gz").read_bytes()
    assert zipped[4:8] == b"\0\0\0\0"
    assert zipped[10:].startswith(b"generated_sample_chicago_2015.csv\0")


def test_every_year_has_the_requested_rows(sample):
    assert {file.incidents >= 1500 for file in sample.truth.files} == {True}
    assert [file.year for file in sample.truth.cities["chicago"].files] == list(range(2014, 2020))
    assert [file.year for file in sample.truth.cities["los_angeles"].files] == list(range(2018, 2024))


def test_the_default_is_four_years_with_every_style_of_file(tmp_path):
    truth = write_sample(tmp_path, rows_per_year=1500)
    assert [Path(file.path).name.removeprefix("generated_sample_") for file in truth.files] == [
        "chicago_2014_no_ids.csv",
        "chicago_2015.csv.gz",
        "chicago_2016_spreadsheet.csv",
        "chicago_2017.csv.gz",
        "los_angeles_2018.csv",
        "los_angeles_2019_spreadsheet.csv",
        "los_angeles_2020_api.csv",
        "los_angeles_2021.csv",
    ]
    assert {kind for city in truth.cities.values() for file in city.files for kind in file.superseded} == {
        COPY_HERE,
        COPY_LATER,
        REVISION_HERE,
        REVISION_LATER,
        STALE_LATER,
        MOVED_LATER,
    }


def test_fewer_files_have_the_style_of_the_portal(tmp_path):
    truth = write_sample(tmp_path, years=1, rows_per_year=100, first_year=2016, compress="gzip")
    assert [file.path for file in truth.files] == [
        "chicago/generated_sample_chicago_2016.csv.gz",
        "los_angeles/generated_sample_los_angeles_2016.csv.gz",
    ]


def test_all_wrong_arguments_are_reported_together_and_nothing_is_written(tmp_path):
    faults = r"unknown city 'x'.*los_angeles: 9 years from 2018.*rows_per_year.*compression"
    with pytest.raises(ValueError, match=faults):
        write_sample(tmp_path / "new", cities=["x", "los_angeles"], years=9, rows_per_year=3, compress="zip")
    assert not (tmp_path / "new").exists()


def test_the_command_prints_a_line_for_every_file(tmp_path, capsys):
    years = ["--first-year", "2001", "--years", "2", "--rows-per-year", "150"]
    arguments = ["--cities", "chicago", *years, "--seed", "3", "--compress", "plain"]
    assert command.main([str(tmp_path), *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        str(tmp_path / f"chicago/generated_sample_chicago_{year}.csv") for year in (2001, 2002)
    ]
    assert "unusable" in lines[0]


def test_the_command_refuses_wrong_arguments(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        command.main([str(tmp_path), "--years", "0"])
    assert exit_.value.code == 2
    assert "years must be at least 1" in capsys.readouterr().err


def test_every_file_name_begins_with_generated(tmp_path):
    """Pages know by the name alone that nothing in it is real."""
    truth = write_sample(tmp_path, years=1, rows_per_year=100)
    assert len(truth.files) == 2
    assert all(is_generated(file.path) for file in truth.files)
