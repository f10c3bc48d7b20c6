"""The order in which the processes of a test run take files."""

from __future__ import annotations

from tests.conftest import LONGEST_FIRST, ROOT


def test_listed_test_files_exist() -> None:
    assert [name for name in LONGEST_FIRST if not (ROOT / name).is_file()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
