"""What a plan finds on a local disk, and the lakes of trained and of judged models."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from tests.conftest import shared
from tests.unit.training.tiny import ALL, TASK, YEARS, cities_named, copied, tiny_settings, trained_lake


@pytest.fixture(scope="session")
def trained(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The trained tiny lake, one for the tests of training, evaluation and explaining together; not to be changed."""
    return Lake(spark, shared(tmp_path_factory, "trained", lambda folder: trained_lake(spark, folder).root))


@pytest.fixture(scope="session")
def evaluated(spark: SparkSession, trained: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A copy of the trained lake with metrics, one for the tests of evaluation and explaining; not to be changed."""

    def evaluate(folder: Path) -> str:
        lake, settings = copied(trained, folder), tiny_settings(matrix="default")
        evaluate_stage(lake, cities_named(YEARS), [TASK], ALL, settings, Progress(io.StringIO()))
        return lake.root

    return Lake(spark, shared(tmp_path_factory, "evaluated", evaluate))


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
