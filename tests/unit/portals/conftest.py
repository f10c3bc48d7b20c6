"""A portal with one small dataset, a landing folder, and what is said meanwhile."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.portals.downloads import Landed, fetch
from crime_spark.progress import Progress
from crime_spark.settings import CityPortal, Portals
from tests.unit.portals.portal_server import START, Dataset, FakePortal

CHICAGO: City = next(city for city in CITIES if city.name == "chicago")
DATASET, OTHER = "abcd-1234", "efgh-5678"
TOKEN = "sekret"
TITLES = {
    "id": "ID",
    "case_number": "Case Number",
    "date": "Date",
    "iucr": "IUCR",
    "primary_type": "Primary Type",
    "fbi_code": "FBI Code",
    "block": "Block",
}


def values(number: int, **changed: str) -> dict[str, str]:
    block = f'0{number}XX "N" ST, REAR\nSIDE é' if number % 3 == 0 else f"0{number}XX N ST"
    given = {"id": str(number), "case_number": f"JA{number:06}", "date": "01/09/2026 12:00:00 AM", "iucr": "0486"}
    return {**given, "primary_type": "BATTERY", "fbi_code": "08B", "block": block, **changed}


def small_dataset(rows: int = 10) -> Dataset:
    dataset = Dataset(dict(TITLES))
    for number in range(1, rows + 1):
        dataset.put(number, START, **values(number))
    return dataset


def read(file: Path) -> list[list[str]]:
    """Header and records, by the csv module alone."""
    return list(csv.reader(io.StringIO(gzip.decompress(file.read_bytes()).decode(), newline="")))


@dataclass
class Fetcher:
    """Fetches from the portal into a folder of the test's own; keeps what is said."""

    portal: FakePortal
    landing: Path
    settings: Portals
    messages: io.StringIO
    token: str | None = TOKEN

    @property
    def dataset(self) -> Dataset:
        return self.portal.datasets[DATASET]

    @property
    def folder(self) -> Path:
        return self.landing / CHICAGO.name

    def __call__(self, **settings: Any) -> list[Landed]:
        environment = {} if self.token is None else {self.settings.token_variable: self.token}
        with Progress(self.messages) as progress:
            return fetch(
                str(self.landing), [CHICAGO], replace(self.settings, **settings), progress, environment=environment
            )

    def fetch_single(self, **settings: Any) -> Landed:
        (landed,) = self(**settings)
        return landed

    def landed(self) -> list[str]:
        """Names of all that is in sight."""
        return sorted(path.name for path in self.folder.glob("*") if not path.name.startswith("."))

    def asked(self, part: str) -> list[dict[str, str]]:
        return [query for path, query, _ in self.portal.requests if part in path]

    def pages(self) -> list[dict[str, str]]:
        return self.asked(".csv") and [query for query in self.asked("/resource/") if "$limit" in query]


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePortal]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FakePortal() as server:
        server.datasets[DATASET] = small_dataset()
        yield server


@pytest.fixture
def fetcher(portal: FakePortal, tmp_path: Path) -> Fetcher:
    cities = {CHICAGO.name: CityPortal(portal.base, (DATASET,))}
    # Longer than any answer takes on a busy machine. Tests of a silent portal set a short timeout themselves.
    settings = Portals("SOCRATA_APP_TOKEN", 3, 0, 300.0, 2, 0.0, cities)
    return Fetcher(portal, tmp_path / "landing", settings, io.StringIO())
