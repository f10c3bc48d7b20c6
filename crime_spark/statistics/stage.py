"""The describe stage: from silver/incidents to gold/statistics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark import schemas
from crime_spark.errors import LakeError
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.statistics import STATISTICS
from crime_spark.statistics.counts import count_groups
from crime_spark.statistics.groups import describe_breakdowns, describe_summaries
from crime_spark.statistics.patterns import count_patterns, describe_correlations, describe_missing


def describe(lake: Lake, progress: Progress, cities: Sequence[str] = (), years: Sequence[int] = ()) -> None:
    """Replace the statistics of the cities over the years; by default all cities and years.

    Raises:
        LakeError: there are no incidents of these cities and years.
    """
    incidents = lake.read(schemas.INCIDENTS)
    if cities:
        incidents = incidents.where(F.col("city").isin(*cities))
    if years:
        incidents = incidents.where(F.col("year").isin(*years))
    # Both read the whole table and are small; several statistics use each of them.
    counts = count_groups(incidents, STATISTICS).persist()
    patterns = count_patterns(incidents, STATISTICS).persist()
    try:
        with progress.working("describe: counting incidents"):
            if counts.isEmpty():
                raise LakeError(
                    f"{schemas.INCIDENTS.name} has no incidents of these cities and years; run the ingest stage first"
                )
        # The cache of patterns is filled while the statistics are written.
        with progress.working(f"describe: writing {schemas.STATISTICS.name}"):
            parts = (
                describe_breakdowns(counts, STATISTICS),
                describe_summaries(counts, STATISTICS),
                describe_missing(patterns, STATISTICS),
                describe_correlations(patterns, STATISTICS),
            )
            whole = reduce(DataFrame.unionByName, parts)
            described = whole.repartition(1).sortWithinPartitions(*schemas.STATISTICS.key)
            lake.replace(schemas.STATISTICS, described, where={"city": list(cities)} if cities else None)
    finally:
        counts.unpersist()
        patterns.unpersist()
