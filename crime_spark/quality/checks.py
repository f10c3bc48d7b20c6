"""Limits computed and judged: a row for every scope that a limit speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from crime_spark.cities.limits import Limit

BOUNDS = "city STRING, limit STRING, per STRING, low DOUBLE, high DOUBLE, remark STRING"

# City -> its limits.
Declared = Mapping[str, Sequence[Limit]]


@dataclass(frozen=True)
class Crossing:
    """A limit that a city's data has crossed."""

    city: str
    limit: str
    scope: str
    value: float
    low: float | None
    high: float | None
    remark: str
    what: str

    def __str__(self) -> str:
        """One line for people."""
        above = self.high is not None and self.value > self.high
        side, bound = ("above", self.high) if above else ("below", self.low)
        about = f"{self.what}; {self.remark}" if self.remark else self.what
        return f"{self.city}: {self.limit} of {self.scope} is {self.value:.4g}, {side} {bound:g} ({about})"


def judge(spark: SparkSession, frames: Mapping[str, DataFrame], declared: Declared) -> DataFrame:
    """city, limit, per, scope, value, low, high, crossed, remark for each limit that a city declares.

    frames are those of limits.FRAMES. A limit that several cities declare is computed once, for all of them.
    """
    distinct = {(limit.name, limit.sql): limit for limits in declared.values() for limit in limits}
    # The SQL stands in the key as well: two cities may say different things under one name.
    keys = {key: str(at) for at, key in enumerate(distinct)}
    measured = " UNION ALL ".join(
        f"SELECT '{keys[key]}' AS key, city, CAST(scope AS STRING) AS scope, CAST(value AS DOUBLE) AS value "
        f"FROM ({limit.sql})"
        for key, limit in distinct.items()
    )
    bounds = [
        (
            keys[limit.name, limit.sql],
            city,
            limit.name,
            limit.per,
            _double(limit.low),
            _double(limit.high),
            limit.remark,
        )
        for city, limits in declared.items()
        for limit in limits
    ]
    values = spark.sql(measured, None, **frames).where("value IS NOT NULL")
    return values.join(
        spark.createDataFrame(bounds, f"key STRING, {BOUNDS}").hint("broadcast"), ["key", "city"], "inner"
    ).selectExpr(
        *("city", "limit", "per", "scope", "value", "low", "high"),
        "coalesce(value < low, false) OR coalesce(value > high, false) AS crossed",
        "remark",
    )


def crossings(judged: DataFrame, declared: Declared) -> list[Crossing]:
    """The rows that are crossed, in the order of city, limit and scope."""
    said = {(city, limit.name): limit.what for city, limits in declared.items() for limit in limits}
    rows = judged.where("crossed").orderBy("city", "limit", "scope").collect()
    shown = ("city", "limit", "scope", "value", "low", "high", "remark")
    return [Crossing(**{name: row[name] for name in shown}, what=said[row["city"], row["limit"]]) for row in rows]


def _double(bound: float | None) -> float | None:
    """Spark takes no whole number for a DOUBLE."""
    return None if bound is None else float(bound)
