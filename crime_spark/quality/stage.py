"""The check of quality: silver/incidents and the ledger to gold/quality."""

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

# City -> limit -> what takes the place of the declared bound.
Bounds = Mapping[str, Mapping[str, Bound]]


def check_quality(
    lake: Lake, cities: Sequence[City], progress: Progress, bounds: Bounds | None = None
) -> list[Crossing]:
    """Replace gold/quality of the cities by what their limits find, and return the limits that are crossed.

    If neither the data nor the limits have changed since the last check of the same cities, its result stands.

    Raises:
        UsageError: bounds names no such city or limit.
        LakeError: nothing has been ingested.
    """
    declared = limits_of(cities, bounds or {})
    names = list(declared)
    basis = _basis(lake, declared)
    if lake.last_note(QUALITY) == basis:
        progress.say("quality: nothing has changed since the limits were last checked")
        return crossings(lake.read(QUALITY).where(F.col("city").isin(names)), declared)
    with progress.working("quality: checking the limits"):
        incidents = lake.read(INCIDENTS).where(F.col("city").isin(names))
        ledger = lake.read(LEDGER).where(F.col("city").isin(names))
        counted, listed = _kept(days(incidents)), unmapped_words(incidents)
        if counted.where(" OR ".join(f"{term}_unmapped > 0" for term in TERMS)).isEmpty():
            listed = lake.spark.createDataFrame([], listed.schema)  # and the table is not read for it
        else:
            listed = _kept(listed)
        frames = {"days": counted, "unmapped": listed, "files": _kept(ledger)}
        judged = _kept(judge(lake.spark, frames, declared))
        checked = judged.withColumn("checked_at", F.lit(datetime.now(UTC).replace(tzinfo=None)))
        lake.replace(QUALITY, checked.select(*QUALITY.names), where={"city": names}, note=basis)
        return crossings(judged, declared)


def stored_crossings(lake: Lake, cities: Sequence[str]) -> list[str]:
    """A line for each limit of the cities that was crossed when it was last looked."""
    if not lake.exists(QUALITY):
        return []
    rows = lake.read(QUALITY).where(F.col("city").isin(*cities) & F.col("crossed"))
    found = rows.orderBy("city", "limit", "scope").collect()
    return [f"{row['city']}: {row['limit']} {row['scope'] or ''} is {row['value']:g}" for row in found]


def _basis(lake: Lake, declared: Declared) -> str:
    """What a check depends on: the commits of the tables that it reads, the limits, and how they are measured."""
    limits = json.dumps({city: [asdict(limit) for limit in limits] for city, limits in declared.items()})
    commits = [lake.last_commit(table) for table in (INCIDENTS, LEDGER)]
    code = "".join(map(inspect.getsource, (checks, measures)))
    return json.dumps({"commits": commits, "limits": text_hash(limits + code)})


def _kept(frame: DataFrame) -> DataFrame:
    """A small frame, computed now and kept in one partition: whatever is done with it then needs no shuffle.

    Spark does not find a persisted frame again below the view that SQL reads it by, and would scan the table for each
    limit; a checkpoint leaves nothing to scan.
    """
    return checkpointed(frame.coalesce(1))


def limits_of(cities: Sequence[City], bounds: Bounds) -> Declared:
    """The limits of each city with the bounds in the place of those declared.

    Raises:
        UsageError: bounds names no such city or limit.
    """
    known = {city.name: city for city in cities}
    if unknown := sorted(set(bounds) - set(known)):
        raise UsageError(f"quality: no city is named {', '.join(unknown)}; there are {', '.join(known)}")
    try:
        return {name: bounded(city.limits, bounds.get(name, {})) for name, city in known.items()}
    except ValueError as error:
        raise UsageError(f"quality: {error}") from error
