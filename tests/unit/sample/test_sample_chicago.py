"""Every quirk of Chicago's files occurs."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

SERIOUS = {"01A", "02", "03", "04A", "04B", "05", "06", "07", "09"}


def readable(rows):
    """The records whose keys do not mark them as unusable."""
    return [row for row in rows if row["Case Number"] and not row["Case Number"].startswith("ZZ")]


def test_files_have_all_columns_of_the_portal(sample):
    for file in sample.truth.cities["chicago"].files:
        assert len(sample.fields(file.path)[0]) == 22


def test_files_are_plain_and_compressed(sample):
    assert {file.path.endswith(".gz") for file in sample.truth.cities["chicago"].files} == {True, False}


def test_codes_keep_their_zeros_except_in_the_spreadsheet(sample):
    rows = readable(sample.rows("chicago", "2018"))
    assert {(len(row["IUCR"]), len(row["Beat"]), len(row["District"])) for row in rows} == {(4, 4, 3)}
    sheet = readable(sample.rows("chicago", "spreadsheet"))
    assert min(len(row["IUCR"]) for row in sheet) == 3
    assert {"1", "25"} <= {row["District"] for row in sheet}
    assert {"6", "8", "05"} & {row["FBI Code"] for row in sheet} == {"6"}
    assert not any(row[name].startswith("0") and row[name].isdigit() for row in sheet for name in ("IUCR", "Beat"))
    assert {row["Arrest"] for row in sheet} == {"TRUE", "FALSE"}


def test_old_export_identifies_incidents_by_case_number(sample):
    rows = sample.rows("chicago", "no_ids")
    for name in ("ID", "Updated On", "District", "Community Area", "Ward"):
        assert {row[name] for row in rows} == {""}
    # A revision of one of them comes later, also without an ID, but with Updated On.
    late = [row for row in readable(sample.rows("chicago", "2015")) if not row["ID"]]
    assert late
    assert all(row["Updated On"] for row in late)
    assert {row["Case Number"] for row in late} <= {row["Case Number"] for row in rows}


def test_repeats_are_in_the_same_and_in_later_files_and_older_or_newer(sample):
    versions = defaultdict(list)
    for file in sample.truth.cities["chicago"].files[1:]:
        for row in readable(sample.rows("chicago", file.path)):
            if row["ID"]:
                updated = datetime.strptime(row["Updated On"], "%m/%d/%Y %I:%M:%S %p")
                versions[row["ID"]].append((file.year, updated, row["Date"], row["FBI Code"] in SERIOUS))
    repeated = [group for group in versions.values() if len(group) > 1]
    assert any(a[0] == b[0] and a[1] == b[1] for a, b, *_ in repeated), "copy in the same file"
    assert any(a[0] == b[0] and a[1] < b[1] for a, b, *_ in repeated), "revised in the same file, newer last"
    assert any(a[0] == b[0] and a[1] > b[1] for a, b, *_ in repeated), "revised in the same file, newer first"
    assert any(a[0] < b[0] and a[1] < b[1] for a, b, *_ in repeated), "revised in a later file"
    assert any(a[0] < b[0] and a[1] > b[1] for a, b, *_ in repeated), "older version in a later file"
    assert any(a[2][6:10] < b[2][6:10] for a, b, *_ in repeated), "moved into the next year"
    assert any(a[3] != b[3] for a, b, *_ in repeated), "no longer, or now, serious"


def test_homicide_has_a_row_for_each_victim(sample):
    ids = defaultdict(set)
    for row in readable(sample.rows("chicago")):
        if row["ID"]:
            ids[row["Case Number"]].add((row["ID"], row["FBI Code"]))
    several = [group for group in ids.values() if len({identifier for identifier, _ in group}) > 1]
    assert several
    assert {code for group in several for _, code in group} == {"01A"}


def test_fbi_code_follows_from_iucr(sample):
    codes = defaultdict(set)
    for row in readable(sample.rows("chicago", "2017")):
        if row["IUCR"]:
            codes[row["IUCR"]].add((row["FBI Code"], row["Primary Type"], row["Description"]))
    assert {len(group) for group in codes.values()} == {1}
    assert codes["0820"] == {("06", "THEFT", "$500 AND UNDER")}


def test_some_coordinates_are_missing_or_far_outside(sample):
    rows = readable(sample.rows("chicago"))
    blank = [row for row in rows if not row["Latitude"]]
    assert 0.005 < len(blank) / len(rows) < 0.02
    assert {row["X Coordinate"] + row["Location"] for row in blank} == {""}
    assert any(row["Location"] == "(36.619446395, -91.686565684)" for row in rows)
    inside = [float(row["Latitude"]) for row in rows if row["Latitude"] and row["X Coordinate"] != "0"]
    assert min(inside) > 41.6
    assert max(inside) < 42.1


def test_location_is_one_quoted_field(sample):
    line = (sample.folder / "chicago/generated_sample_chicago_2018.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.endswith(')"')
    assert ',"(41.' in line
