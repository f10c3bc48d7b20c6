from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from crime_spark.lake import Lake
from tests.unit.training.tiny import trained_lake


@pytest.fixture(scope="session")
def trained(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The trained tiny lake, one for the tests of training, evaluation and explaining together; not to be changed."""
    return trained_lake(spark, tmp_path_factory.getbasetemp())
