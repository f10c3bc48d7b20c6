"""What a plan finds on a local disk, and the lake of trained models."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crime_spark.lake import Lake
from tests.conftest import shared
from tests.unit.training.tiny import trained_lake


@pytest.fixture(scope="session")
def trained(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The trained tiny lake, one for the tests of training, evaluation and explaining together; not to be changed."""
    return Lake(spark, shared(tmp_path_factory, "trained", lambda folder: trained_lake(spark, folder).root))


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
