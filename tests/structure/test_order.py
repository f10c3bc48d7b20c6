"""The order in which the processes of a test run take files."""

from __future__ import annotations

from tests.conftest import LONGEST_FIRST, ROOT


def test_every_file_that_starts_early_exists() -> None:
    assert [name for name in LONGEST_FIRST if not (ROOT / name).is_file()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
