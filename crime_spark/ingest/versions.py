"""Several versions of one incident to the one that counts: the greatest in one total order over the row and its file.

A frame of versions has the columns of VERSION: what the order and the key need, and where the row is from; part and
record are NULL for one that is stored already.
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


def content_hash(named: Mapping[str, Column] | None = None) -> Column:
    """BIGINT over all columns of a row of silver/incidents but the file that it came from; named are its columns."""
    content = [(named or {}).get(name, F.col(name)) for name in INCIDENTS.names if name != "source_file"]
    return row_hash(content)


def is_provisional() -> Column:
    """Whether the row has no ID, and the case number in its place: it gives way to one of the case that has an ID."""
    return F.col("incident_id") == F.col("case_number")


def repeated(versions: DataFrame) -> DataFrame:
    """key (BIGINT): hashes of the incident_ids that the frame has more than once, and hardly any others.

    By hash, since nearly every incident has one version, and to bring all of them together costs less this way.
    """
    counted = versions.groupBy(F.xxhash64("incident_id").alias("key")).agg(F.count(F.lit(1)).alias("_rows"))
    return counted.where("_rows > 1").select("key")


def cases(versions: DataFrame) -> DataFrame:
    """key (BIGINT): hashes of the case numbers of the frame, each once."""
    return versions.select(F.xxhash64("case_number").alias("key")).distinct()


def among(versions: DataFrame, column: str, keys: DataFrame) -> DataFrame:
    """The rows of which the hash of the column is one of the keys."""
    return versions.join(keys, on=[F.xxhash64(column) == keys["key"]], how="left_semi")


def resolved(versions: DataFrame, as_of: Mapping[str, datetime | None]) -> DataFrame:
    """The frame with wins (whether the row is the one of its incident that counts) and tied.

    The greatest of an incident counts by updated_at (NULL lowest), then its file's as-of time (NULL lowest; as_of is by
    source file), then a hash of the row: content alone, so that neither the arrival nor the grouping of the files
    matters. Equal rows are told apart by the name of their file, and in a file the first counts. A row without an ID
    gives way to any of the same case that has one. tied says that the two times do not decide.
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
