"""Merging accepted rows of a city into silver/incidents: versions are resolved and written in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed
from crime_spark.ingest.versions import (
    PLACE,
    VERSION,
    among,
    cases,
    content_hash,
    is_provisional,
    repeated,
    resolved,
)
from crime_spark.lake import GONE, Lake, sql_condition
from crime_spark.schemas import INCIDENTS
from crime_spark.session import configured

_FEW = 500_000  # keys up to this number are broadcast
_AT_ONCE = 200_000  # up to this number of rows, all are compared without searching for repeated keys first


@dataclass(frozen=True)
class Batch:
    """Accepted rows of a city.

    Attributes:
        city: the city.
        rows: conformed rows, cached.
        accepted: their number.
        provisional: the number of rows without an ID.
        as_of: as-of time by source file, including files in silver.
        note: note of the commit.
    """

    city: str
    rows: DataFrame
    accepted: int
    provisional: int
    as_of: Mapping[str, datetime | None]
    note: str


def write_incidents(lake: Lake, batch: Batch, is_new: bool) -> int:
    """Merge a batch into silver, or replace the rows of its city if `is_new`, and return the number of added rows."""
    if not is_new:
        return _merge(lake, batch)
    losers, lost = _counted(resolved(_disputed(batch), batch.as_of).where("NOT wins").select(*PLACE))
    _write_all(lake, batch, _without(batch.rows, losers, lost))
    return batch.accepted - lost


def _disputed(batch: Batch) -> DataFrame:
    """The versions of the batch that may lose against another: few of a large batch, all of a small one."""
    versions = batch.rows.select(*VERSION)
    if batch.accepted <= _AT_ONCE:
        return versions
    disputed = among(versions, "incident_id", _spread(repeated(versions)))
    if not 0 < batch.provisional < batch.accepted:
        return disputed
    identified = versions.where(~is_provisional())
    without = _spread(cases(versions.where(is_provisional())))
    both = _spread(cases(among(identified, "case_number", without)))
    return disputed.unionByName(among(versions, "case_number", both)).distinct()


def _spread(keys: DataFrame) -> DataFrame:
    """Compute keys, and mark them for a broadcast if they are few."""
    computed, count = _counted(keys)
    return F.broadcast(computed) if count <= _FEW else computed


def _counted(frame: DataFrame) -> tuple[DataFrame, int]:
    """Cache a frame, and return it with its number of rows."""
    computed = frame.persist()
    return computed, computed.count()


def _without(rows: DataFrame, losers: DataFrame, count: int) -> DataFrame:
    if not count:
        return rows
    return rows.join(F.broadcast(losers) if count <= _FEW else losers, on=list(PLACE), how="left_anti")


def _write_all(lake: Lake, batch: Batch, winners: DataFrame) -> None:
    # The hint needs adaptive execution. Without it, each landed file would become a file of the table.
    with configured(lake.spark, {"spark.sql.adaptive.enabled": "true"}):
        spread = winners.select(*INCIDENTS.names).hint("rebalance", "city", "year")
        if lake.exists(INCIDENTS):
            lake.replace(INCIDENTS, spread, where={"city": batch.city}, note=batch.note)
        else:
            lake.append(INCIDENTS, spread, note=batch.note)


def _merge(lake: Lake, batch: Batch) -> int:
    """Upsert winning rows, delete stored rows without an ID that lose, and return the number of added rows."""
    judged, counts = _judged(lake, batch)
    is_new = F.col("record").isNotNull()
    beaten = sum(int(row["count"]) for row in counts if row["is_new"] and not row["wins"])
    replaced = [row for row in counts if not row["is_new"] and not row["wins"]]
    losers = judged.where(is_new & ~F.col("wins")).select(*PLACE)
    upserts = _without(batch.rows, losers, beaten).select(*INCIDENTS.names)
    if replaced:
        winners = judged.where("wins").select("incident_id")
        removed_rows = judged.where(~is_new & ~F.col("wins")).join(winners, on="incident_id", how="left_anti")
        removals = removed_rows.select(F.lit(batch.city).alias("city"), "incident_id", F.lit(True).alias(GONE))
        source = upserts.withColumn(GONE, F.lit(False)).unionByName(removals, allowMissingColumns=True)
        years = sorted({row["year"] for row in replaced})
        lake.revise(INCIDENTS, source, {"city": batch.city, "year": years}, note=batch.note)
    elif beaten < batch.accepted:
        lake.append(INCIDENTS, upserts, note=batch.note)
    return batch.accepted - beaten - sum(int(row["count"]) for row in replaced)


def _judged(lake: Lake, batch: Batch) -> tuple[DataFrame, list[Row]]:
    """Resolve the rows of the batch with stored rows of the same incidents.

    Returns:
        The versions with the year of stored rows, and their number by year, is_new, wins, tied and provisional.
    """
    silver = lake.read(INCIDENTS).where(sql_condition({"city": batch.city}))
    new = batch.rows.select(*VERSION)
    stored = silver.select(*VERSION[:3], "source_file", "year")
    nulls = {name: F.lit(None).cast("bigint") for name in ("content", "part", "record")}
    hits = stored.join(_keys(new, batch), on="incident_id", how="left_semi")
    if batch.provisional:
        identified = stored.where(~is_provisional())
        hits = hits.unionByName(identified.join(_cases(new, batch), on="case_number", how="left_semi")).distinct()
    old = hits.withColumns(nulls)
    all_versions = new.withColumn("year", F.lit(None).cast("int")).unionByName(old)
    judged, counts = _summed_up(resolved(all_versions, batch.as_of))
    if not any(row["tied"] for row in counts):
        return judged, counts
    tied = judged.where("tied").select("incident_id").distinct()
    years = judged.join(tied, on="incident_id", how="left_semi").select("year").distinct().where("year IS NOT NULL")
    if not (read_again := [row["year"] for row in years.collect()]):
        return judged, counts
    # If times are equal, the content decides. Only these stored rows are read completely.
    whole = silver.where(sql_condition({"year": read_again})).join(tied, on="incident_id", how="left_semi")
    hashed = whole.select("incident_id", content_hash().alias("_content"))
    stored_again = judged.where("record IS NULL").join(hashed, on="incident_id", how="left")
    old = stored_again.withColumn("content", F.col("_content")).select(*old.columns)
    return _summed_up(resolved(new.withColumn("year", F.lit(None).cast("int")).unionByName(old), batch.as_of))


def _summed_up(versions: DataFrame) -> tuple[DataFrame, list[Row]]:
    """Checkpoint versions and count them for `_merge`.

    A cache would not do, because Delta plans cached frames of a table again after each commit.
    """
    judged = checkpointed(versions)
    is_new = F.col("record").isNotNull().alias("is_new")
    counts = judged.groupBy("year", is_new, "wins", "tied", is_provisional().alias("provisional")).count()
    return judged, counts.collect()


def _keys(new: DataFrame, batch: Batch) -> DataFrame:
    """The incident_ids of stored rows that can be the same incidents, including case numbers of rows without an ID."""
    cases = new.where(~is_provisional()).select("case_number")
    return _hinted(new.select("incident_id").union(cases).distinct(), batch)


def _cases(new: DataFrame, batch: Batch) -> DataFrame:
    return _hinted(new.where(is_provisional()).select("case_number").distinct(), batch)


def _hinted(wanted: DataFrame, batch: Batch) -> DataFrame:
    return F.broadcast(wanted) if batch.accepted <= _FEW else wanted
