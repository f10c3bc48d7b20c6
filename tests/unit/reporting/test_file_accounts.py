"""Tables about the ledger."""

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


def test_totals_add_up_a_citys_files_alone() -> None:
    assert totals(LEDGER, CHICAGO) == {
        "rows_read": 300,
        "rows_accepted": 285,
        "rows_superseded": 10,
        "rows_quarantined": 5,
    }
    assert totals([], CHICAGO)["rows_read"] == 0


def test_unbalanced_names_files_whose_rows_are_lost() -> None:
    lost = {**entry("lost.csv", 10), "rows_accepted": 9}
    assert unbalanced([*LEDGER, lost]) == ["lost.csv"]


def test_files_are_listed_below_their_common_folder_with_a_total() -> None:
    files = pieces(Material((CHICAGO,), LEDGER))[0]
    assert isinstance(files, Table)
    assert [rows(group) for group in files.groups] == [
        [("2015.csv", "100", "85", "10", "5"), ("more/2016.csv", "200", "200", "0", "0")],
        [("All files", "300", "285", "10", "5")],
    ]
    assert files.note.endswith("Files lie in s3a://b/landing/")


def test_a_file_that_does_not_add_up_is_named() -> None:
    files = pieces(Material((CHICAGO,), [{**entry("/x/lost.csv", 10), "rows_accepted": 9}]))[0]
    assert isinstance(files, Table)
    assert files.note.startswith("Does not add up: /x/lost.csv.")


def test_reasons_and_unreadable_values_have_shares() -> None:
    _, reasons, unreadable = pieces(Material((CHICAGO,), LEDGER, [{"city": "chicago", "reason": "no time", "rows": 3}]))
    assert isinstance(reasons, Table)
    assert isinstance(unreadable, Table)
    assert rows(reasons.groups[0]) == [("no time", "3", "1.0 %")]
    assert rows(unreadable.groups[0]) == [("latitude", "20", "6.8 %"), ("ward", "3", "1.0 %")]


def test_no_unreadable_value_is_said_so() -> None:
    last = pieces(Material((LOS_ANGELES,), LEDGER))[-1]
    assert isinstance(last, Text)
    assert "unreadable" in last.text


def test_lines_keep_the_hash_and_the_time() -> None:
    files = pieces(Material((LOS_ANGELES,), LEDGER))[0]
    assert isinstance(files, Table)
    line: Line = files.groups[0].lines[0]
    assert line.note == "SHA-256 abababababab…, read 2024-05-01 03:04 UTC"
