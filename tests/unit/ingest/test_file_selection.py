"""Which files are read: by content, not by name, and as of the latest time."""

from __future__ import annotations

from datetime import datetime

from crime_spark.ingest.file_selection import choose, ledger_name, without_refusals
from crime_spark.ingest.landing import LandedFile, RefusedFile

EARLY, LATE = datetime(2023, 1, 1), datetime(2024, 1, 1)


def file(path: str, sha256: str, as_of: datetime | None = None) -> LandedFile:
    return LandedFile("chicago", path, f"file:{path}", 1, 0, sha256, ("id",), 1, as_of, True)


def entry(path: str, sha256: str | None, as_of: datetime | None = None, status: str = "ingested") -> dict:
    return {"city": "chicago", "file": path, "sha256": sha256, "status": status, "as_of": as_of}


def chosen(ledger, *files):
    choice = choose(ledger, files)
    return [item.path for item in choice.new], choice.skipped, [item["file"] for item in choice.replaced]


def test_known_content_is_skipped_under_any_name():
    assert chosen([entry("/a", "1")], file("/a", "1"), file("/b", "1"), file("/c", "2")) == (["/c"], ["/a", "/b"], [])


def test_of_equal_files_the_latest_is_read_and_then_the_first_by_path():
    files = [file("/a", "1"), file("/c", "1", EARLY), file("/b", "1", EARLY), file("/d", "1")]
    assert chosen([], *files) == (["/b"], ["/c", "/a", "/d"], [])
    assert chosen([], *files[::-1]) == (["/b"], ["/c", "/a", "/d"], [])


def test_known_content_as_of_a_later_time_takes_the_place_of_what_was_read():
    ledger = [entry("/a", "1", EARLY)]
    assert chosen(ledger, file("/b", "1", LATE)) == (["/b"], [], ["/a"])
    assert chosen(ledger, file("/b", "1", EARLY)) == ([], ["/b"], [])
    assert chosen(ledger, file("/b", "1")) == ([], ["/b"], [])


def test_a_file_that_was_refused_is_looked_at_again():
    assert chosen([entry("/a", "1", status="refused")], file("/a", "1")) == (["/a"], [], [])


def test_other_content_of_a_known_path_gets_a_name_of_its_own():
    assert chosen([entry("/a", "1")], file("/a", "0123456789abcdef")) == (["/a@0123456789ab"], [], [])
    assert ledger_name("/a", None, {"/a"}) == "/a@unread"
    assert ledger_name("/a", None, {"/b"}) == "/a"


def test_what_was_said_of_refused_files_goes_when_they_are_looked_at_again():
    ledger = [
        entry("/a", "1"),
        entry("/a@2", "2", status="refused"),
        entry("/b", None, status="refused"),
        entry("/c", None, status="refused"),
        {**entry("/b", None, status="refused"), "city": "los_angeles"},
    ]
    looked = [file("/a", "1"), RefusedFile("chicago", "/b", None, "cannot be read")]
    assert without_refusals(ledger, looked) == [ledger[0], ledger[3], ledger[4]]
