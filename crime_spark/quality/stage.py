"""The quality check: from silver/incidents and the ledger to gold/quality."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed
from crime_spark.cities.city import City
from crime_spark.cities.limits import TERMS, Bound, bounded
from crime_spark.errors import UsageError
from crime_spark.hashes import text_hash
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.quality import checks, measures
from crime_spark.quality.checks import Crossing, Declared, crossings, judge
from crime_spark.quality.measures import days, unmapped_words
from crime_spark.schemas import INCIDENTS, LEDGER, QUALITY

# City to limit to the bound that replaces the declared one.
Bounds = Mapping[str, Mapping[str, Bound]]


def check_quality(
    lake: Lake, cities: Sequence[City], progress: Progress, bounds: Bounds | None = None
) -> list[Crossing]:
    """Compute the limits of the cities, replace their rows of gold/quality, and return the crossed limits.

    If data and limits have not changed since the last check of these cities, the stored result is returned.

    Args:
        lake: the lake.
        cities: the cities.
        progress: where messages go.
        bounds: bounds that replace the declared ones.

    Raises:
        UsageError: `bounds` has an unknown city or limit.
        LakeError: nothing has been ingested.
    """
    declared = limits_of(cities, bounds or {})
    names = list(declared)
    basis = _basis(lake, declared)
    if lake.last_note(QUALITY) == basis:
        progress.say("quality: up to date; data and limits have not changed since the last check")
        return crossings(lake.read(QUALITY).where(F.col("city").isin(names)), declared)
    with progress.working("quality: checking the limits"):
        incidents = lake.read(INCIDENTS).where(F.col("city").isin(names))
        ledger = lake.read(LEDGER).where(F.col("city").isin(names))
        counted, listed = _kept(days(incidents)), unmapped_words(incidents)
        if counted.where(" OR ".join(f"{term}_unmapped > 0" for term in TERMS)).isEmpty():
            listed = lake.spark.createDataFrame([], listed.schema)  # without reading the table
        else:
            listed = _kept(listed)
        frames = {"days": counted, "unmapped": listed, "files": _kept(ledger)}
        judged = _kept(judge(lake.spark, frames, declared))
        checked = judged.withColumn("checked_at", F.lit(datetime.now(UTC).replace(tzinfo=None)))
        lake.replace(QUALITY, checked.select(*QUALITY.names), where={"city": names}, note=basis)
        return crossings(judged, declared)


def stored_crossings(lake: Lake, cities: Sequence[str]) -> list[str]:
    """A line for each limit of the cities that the last check found crossed."""
    if not lake.exists(QUALITY):
        return []
    rows = lake.read(QUALITY).where(F.col("city").isin(*cities) & F.col("crossed"))
    crossed = rows.orderBy("city", "limit", "scope").collect()
    return [f"{row['city']}: {row['limit']} {row['scope'] or ''} is {row['value']:g}" for row in crossed]


def _basis(lake: Lake, declared: Declared) -> str:
    """What a check depends on: commits of its tables, limits, and the code that computes them."""
    limits = json.dumps({city: [asdict(limit) for limit in limits] for city, limits in declared.items()})
    commits = [lake.last_commit(table) for table in (INCIDENTS, LEDGER)]
    code = "".join(map(inspect.getsource, (checks, measures)))
    return json.dumps({"commits": commits, "limits": text_hash(limits + code)})


def _kept(frame: DataFrame) -> DataFrame:
    """Checkpoint a small frame in one partition, so that later steps need no shuffle.

    Persisting is not enough: Spark does not recognize a persisted frame below a view and would scan the table for each
    limit.
    """
    return checkpointed(frame.coalesce(1))


def limits_of(cities: Sequence[City], bounds: Bounds) -> Declared:
    """The limits of each city, with bounds replaced.

    Raises:
        UsageError: `bounds` has an unknown city or limit.
    """
    city_by_name = {city.name: city for city in cities}
    if unknown := sorted(set(bounds) - set(city_by_name)):
        raise UsageError(f"quality: unknown city {', '.join(unknown)}; expected {', '.join(city_by_name)}")
    try:
        return {name: bounded(city.limits, bounds.get(name, {})) for name, city in city_by_name.items()}
    except ValueError as error:
        raise UsageError(f"quality: {error}") from error
