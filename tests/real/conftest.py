"""Real files have a million rows: for these it pays to compile plans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from crime_spark.session import configured

COMPILED = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}


@pytest.fixture(scope="module", autouse=True)
def compiled(spark: SparkSession) -> Iterator[None]:
    """The session compiles its plans, as users' sessions do."""
    with configured(spark, COMPILED):
        yield
