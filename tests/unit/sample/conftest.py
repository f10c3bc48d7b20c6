"""One small sample for all tests, and its files as plain lists of fields."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest

from crime_spark.sample import Truth, write_sample

ROWS = 1500


@dataclass(frozen=True)
class Written:
    folder: Path
    truth: Truth

    def fields(self, path: str) -> list[list[str]]:
        """Header and records of a file."""
        opened = gzip.open if path.endswith(".gz") else open
        with opened(self.folder / path, "rt", encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def rows(self, city: str, part: str = "") -> list[dict[str, str]]:
        """Records with the right number of fields, by column name, of the files whose path holds the part."""
        rows = []
        for path in (file.path for file in self.truth.cities[city].files if part in file.path):
            header, *records = self.fields(path)
            rows += [dict(zip(header, record, strict=True)) for record in records if len(record) == len(header)]
        return rows


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("sample")
    return Written(folder, write_sample(folder, years=6, rows_per_year=ROWS))
