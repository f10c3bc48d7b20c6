"""A lake with trials, searched once for all tests of tuning."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crime_spark.lake import Lake
from tests.conftest import shared
from tests.unit.tuning.trying import run, settings, write_noisy


@pytest.fixture(scope="session")
def searched(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with examples and three random trials; not to be changed."""

    def search(folder: Path) -> str:
        lake = Lake(spark, str(folder / "lake"))
        write_noisy(lake)
        run(lake, settings())
        return lake.root

    return Lake(spark, shared(tmp_path_factory, "searched", search))
