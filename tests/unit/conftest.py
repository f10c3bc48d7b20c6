"""What a plan finds on a local disk."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def landed(tmp_path: Path) -> str:
    """A file to ingest."""
    file = tmp_path / "a.csv"
    file.touch()
    return str(file)


@pytest.fixture
def years_of_incidents(tmp_path: Path) -> None:
    """The test's folder is a lake with Chicago's incidents of 2015 to 2017."""
    for year in (2015, 2016, 2017):
        (tmp_path / "silver" / "incidents" / "city=chicago" / f"year={year}").mkdir(parents=True)
