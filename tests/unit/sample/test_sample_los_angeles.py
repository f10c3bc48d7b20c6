"""Every quirk of Los Angeles' files occurs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest


def readable(rows):
    """The records whose keys do not mark them as unusable."""
    return [row for row in rows if row.get("DR_NO") and not re.match(r"99\d{7}$", row["DR_NO"])]


def test_older_exports_have_a_blank_after_area(sample):
    headers = [sample.fields(file.path)[0] for file in sample.truth.cities["los_angeles"].files]
    assert {len(header) for header in headers} == {28}
    assert ["AREA " in header for header in headers] == [True, True, False, False, False, False]


def test_spreadsheet_mixes_date_formats_and_loses_zeros(sample):
    rows = readable(sample.rows("los_angeles", "spreadsheet"))
    shapes = Counter(re.sub(r"\d", "9", row["DATE OCC"]) for row in rows)
    assert {"99/99/9999 99:99:99 AM", "99/99/9999 99:99", "9/9/9999 9:99"} <= set(shapes)
    for name in ("DR_NO", "AREA", "Rpt Dist No", "TIME OCC", "Mocodes"):
        assert not any(row[name].isdigit() and row[name].startswith("0") for row in rows), name
    assert {8} < {len(row["DR_NO"]) for row in rows}
    assert {"1", "30"} <= {row["TIME OCC"] for row in rows}
    assert any(" " in row["Mocodes"] for row in rows)


def test_old_numbers_are_repeated_with_and_without_leading_zero(sample):
    lost = {row["DR_NO"] for row in readable(sample.rows("los_angeles", "spreadsheet")) if len(row["DR_NO"]) < 9}
    kept = {row["DR_NO"] for part in ("2019", "2021") for row in readable(sample.rows("los_angeles", part))}
    assert {number.zfill(9) for number in lost} & kept


def test_api_file_has_names_dates_and_quotes_of_the_api(sample):
    header, *records = sample.fields("los_angeles/generated_sample_los_angeles_2022_api.csv")
    assert header[:9] == [
        "dr_no",
        "date_rptd",
        "date_occ",
        "time_occ",
        "area",
        "area_name",
        "rpt_dist_no",
        "part_1_2",
        "crm_cd",
    ]
    assert sum(bool(re.match(r"202[123]-\d\d-\d\dT00:00:00.000$", record[2])) for record in records) > 1500
    text = (sample.folder / "los_angeles/generated_sample_los_angeles_2022_api.csv").read_text(encoding="utf-8")
    assert all(line.startswith('"') or line.startswith(",") for line in text.splitlines())


def test_default_times_are_frequent_and_midnight_is_absent(sample):
    times = Counter(row["TIME OCC"] for row in readable(sample.rows("los_angeles", "2021")))
    assert "0000" not in times
    assert {"1200", "0001"} <= {time for time, _ in times.most_common(6)}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("Vict Age", {"0", "-1"}),
        ("Vict Sex", {"F", "M", "X", "H", "-", ""}),
        ("Vict Descent", {"H", "W", "B", "O", "A", "X", "-", ""}),
        ("Status", {"IC", "AA", "AO", "JA", "JO", "CC"}),
        ("Crm Cd 4", {"", "998"}),
        ("LAT", {"0"}),
    ],
)
def test_withheld_unknown_and_rare_values_occur(sample, column, values):
    assert values <= {row[column] for row in readable(sample.rows("los_angeles"))}


def test_vehicle_thefts_have_no_victim(sample):
    stolen = [row for row in readable(sample.rows("los_angeles", "2021")) if row["Crm Cd"] == "510"]
    without = [row for row in stolen if row["Vict Sex"] == row["Vict Descent"] == ""]
    assert len(without) > 0.9 * len(stolen)
    assert {row["Vict Age"] for row in without} == {"0"}


def test_part_follows_from_the_offense(sample):
    parts = defaultdict(set)
    for row in readable(sample.rows("los_angeles", "2023")):
        if row["Crm Cd"]:
            parts[row["Crm Cd"]].add(row["Part 1-2"])
    assert {len(group) for group in parts.values()} == {1}
    assert (parts["310"], parts["624"]) == ({"1"}, {"2"})


def test_locations_are_padded_and_texts_with_commas_quoted(sample):
    rows = readable(sample.rows("los_angeles", "2018"))
    assert any(re.match(r"\d+ [NSEW ]  [A-Z0-9 ]{29}[A-Z]{2}$", row["LOCATION"]) for row in rows)
    assert any(row["Cross Street"] and not row["LOCATION"][0].isdigit() for row in rows)
    text = (sample.folder / "los_angeles/generated_sample_los_angeles_2018.csv").read_text(encoding="utf-8")
    assert '"STRONG-ARM (HANDS, FIST, FEET OR BODILY FORCE)"' in text


def test_numbers_are_repeated_by_copies_and_by_revisions_of_the_status(sample):
    versions = defaultdict(list)
    for row in readable(sample.rows("los_angeles", "2021")):
        versions[row["DR_NO"]].append(row)
    repeated = [group for group in versions.values() if len(group) > 1]
    assert any(first == second for first, second, *_ in repeated)
    assert any(first["Status"] != second["Status"] == "AA" for first, second, *_ in repeated)


def test_files_end_before_the_department_moved_to_nibrs(sample):
    rows = readable(sample.rows("los_angeles", "2023"))
    days = [(row[name][6:10], row[name][:5]) for row in rows for name in ("Date Rptd", "DATE OCC")]
    assert max(day for day in days if day[0] != "2099") < ("2024", "03/07")
