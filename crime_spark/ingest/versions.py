"""Resolution of versions of an incident by a total order of rows and files.

A frame of versions has the columns of VERSION: key, order and origin of a row. part and record are NULL for stored
rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.hashes import row_hash
from crime_spark.schemas import INCIDENTS

VERSION = ("incident_id", "case_number", "updated_at", "content", "source_file", "part", "record")
PLACE = ("source_file", "part", "record")


def content_hash(columns: Mapping[str, Column] | None = None) -> Column:
    """A hash (BIGINT) over all columns of silver/incidents except source_file; `columns` replaces columns by name."""
    content = [(columns or {}).get(name, F.col(name)) for name in INCIDENTS.names if name != "source_file"]
    return row_hash(content)


def is_provisional() -> Column:
    """Whether a row has its case number instead of an ID. It loses against a row of the case with an ID."""
    return F.col("incident_id") == F.col("case_number")


def repeated(versions: DataFrame) -> DataFrame:
    """Hashes (key BIGINT) of the incident_ids that occur more than once; collisions add a few others.

    Nearly all incidents have one version, and grouping hashes is cheaper than grouping ids.
    """
    counted = versions.groupBy(F.xxhash64("incident_id").alias("key")).agg(F.count(F.lit(1)).alias("_rows"))
    return counted.where("_rows > 1").select("key")


def cases(versions: DataFrame) -> DataFrame:
    """The distinct hashes (key BIGINT) of case numbers."""
    return versions.select(F.xxhash64("case_number").alias("key")).distinct()


def among(versions: DataFrame, column: str, keys: DataFrame) -> DataFrame:
    """The rows whose hash of a column is among the keys."""
    return versions.join(keys, on=[F.xxhash64(column) == keys["key"]], how="left_semi")


def resolved(versions: DataFrame, as_of: Mapping[str, datetime | None]) -> DataFrame:
    """Add `wins`, whether a row is the version of its incident that counts, and `tied`.

    The winner has the latest updated_at, then the latest as-of time of its file (NULL is earliest), then the largest
    hash of its content. Arrival and grouping of files therefore do not matter. Equal rows are ordered by the name of
    the file, and in a file the first one wins. A row without an ID loses against a row of the same case with an ID.
    `tied` is true if the two times do not decide.

    Args:
        versions: the versions.
        as_of: as-of time by source file.
    """
    dates = versions.sparkSession.createDataFrame(list(as_of.items()), "source_file STRING, _as_of TIMESTAMP_NTZ")
    dated = versions.join(F.broadcast(dates), on="source_file", how="left")
    times = [F.desc_nulls_last("updated_at"), F.desc_nulls_last("_as_of")]
    same = [F.desc_nulls_last("content"), F.desc("source_file"), F.asc("part"), F.asc("record")]
    incident = Window.partitionBy("incident_id")
    case = Window.partitionBy(F.coalesce("case_number", "incident_id"))
    placed = dated.withColumns(
        {
            "_place": F.row_number().over(incident.orderBy(*times, *same)),
            "_rank": F.rank().over(incident.orderBy(*times)),
            "_has_id": F.max(~is_provisional()).over(case),
        }
    )
    gives_way = is_provisional() & F.col("_has_id")
    marked = placed.withColumns(
        {
            "wins": (F.col("_place") == 1) & ~F.coalesce(gives_way, F.lit(False)),
            "tied": (F.col("_rank") == 1) & (F.col("_place") > 1),
        }
    )
    return marked.drop("_place", "_rank", "_has_id", "_as_of")
