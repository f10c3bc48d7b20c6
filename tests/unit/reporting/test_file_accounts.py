"""The section on the ledger."""

from __future__ import annotations

from crime_spark.reporting.file_accounts import accounting, totals, unbalanced
from crime_spark.reporting.layout import Group, Line, Piece, Table, Text
from crime_spark.reporting.material import Material
from tests.unit.reporting.records import CHICAGO, LOS_ANGELES, entry

LEDGER = [
    entry("s3a://b/landing/2015.csv", 100, 10, 5, bad_values={"ward": 1}),
    entry("s3a://b/landing/more/2016.csv", 200, bad_values={"ward": 2, "latitude": 20}),
    entry("s3a://b/landing/la.csv", 50, city="los_angeles", bad_values=None),
]


def pieces(material: Material) -> tuple[Piece, ...]:
    return accounting(material).sections[0].pieces


def rows(group: Group) -> list[tuple[str, ...]]:
    return [(line.head, *(cell.text for cell in line.cells)) for line in group.lines]


def test_totals_are_sums_over_the_files_of_one_city() -> None:
    assert totals(LEDGER, CHICAGO) == {
        "rows_read": 300,
        "rows_accepted": 285,
        "rows_superseded": 10,
        "rows_quarantined": 5,
    }
    assert totals([], CHICAGO)["rows_read"] == 0


def test_unbalanced_lists_files_with_lost_rows() -> None:
    lost = {**entry("lost.csv", 10), "rows_accepted": 9}
    assert unbalanced([*LEDGER, lost]) == ["lost.csv"]


def test_files_are_listed_below_their_common_folder_with_a_total() -> None:
    files = pieces(Material((CHICAGO,), LEDGER))[0]
    assert isinstance(files, Table)
    assert [rows(group) for group in files.groups] == [
        [("2015.csv", "100", "85", "10", "5"), ("more/2016.csv", "200", "200", "0", "0")],
        [("All files", "300", "285", "10", "5")],
    ]
    assert files.note.endswith("The files are in s3a://b/landing/")


def test_note_lists_files_whose_rows_do_not_add_up() -> None:
    files = pieces(Material((CHICAGO,), [{**entry("/x/lost.csv", 10), "rows_accepted": 9}]))[0]
    assert isinstance(files, Table)
    assert files.note.startswith("The rows of these files do not add up: /x/lost.csv.")


def test_reasons_and_unreadable_values_have_shares() -> None:
    _, reasons, unreadable = pieces(Material((CHICAGO,), LEDGER, [{"city": "chicago", "reason": "no time", "rows": 3}]))
    assert isinstance(reasons, Table)
    assert isinstance(unreadable, Table)
    assert rows(reasons.groups[0]) == [("no time", "3", "1.0 %")]
    assert rows(unreadable.groups[0]) == [("latitude", "20", "6.8 %"), ("ward", "3", "1.0 %")]


def test_text_says_if_there_are_no_unreadable_values() -> None:
    last = pieces(Material((LOS_ANGELES,), LEDGER))[-1]
    assert isinstance(last, Text)
    assert "unreadable" in last.text


def test_files_have_their_hash_and_time() -> None:
    files = pieces(Material((LOS_ANGELES,), LEDGER))[0]
    assert isinstance(files, Table)
    line: Line = files.groups[0].lines[0]
    assert line.note == "SHA-256 abababababab…, read 2024-05-01 03:04 UTC"
