"""Computation of limits, with a row for each scope of a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from crime_spark.cities.limits import Limit

BOUNDS = "city STRING, limit STRING, per STRING, low DOUBLE, high DOUBLE, remark STRING"

# City to its limits.
Declared = Mapping[str, Sequence[Limit]]


@dataclass(frozen=True)
class Crossing:
    """A limit that the data of a city crosses; the fields are columns of gold/quality."""

    city: str
    limit: str
    scope: str
    value: float
    low: float | None
    high: float | None
    remark: str
    what: str

    def __str__(self) -> str:
        """The crossing as a line of text."""
        above = self.high is not None and self.value > self.high
        side, bound = ("above", self.high) if above else ("below", self.low)
        about = f"{self.what}; {self.remark}" if self.remark else self.what
        return f"{self.city}: {self.limit} of {self.scope} is {self.value:.4g}, {side} {bound:g} ({about})"


def judge(spark: SparkSession, frames: Mapping[str, DataFrame], declared: Declared) -> DataFrame:
    """Compute all declared limits. A limit of several cities is computed once.

    Args:
        spark: the session.
        frames: the frames of limits.FRAMES, by name.
        declared: the limits of each city.

    Returns:
        city, limit, per, scope, value, low, high, crossed and remark.
    """
    distinct = {(limit.name, limit.sql): limit for limits in declared.values() for limit in limits}
    # The key includes the SQL, because cities can declare different limits with the same name.
    keys = {key: str(number) for number, key in enumerate(distinct)}
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
    """The crossed limits, sorted by city, limit and scope."""
    texts = {(city, limit.name): limit.what for city, limits in declared.items() for limit in limits}
    rows = judged.where("crossed").orderBy("city", "limit", "scope").collect()
    shown = ("city", "limit", "scope", "value", "low", "high", "remark")
    return [Crossing(**{name: row[name] for name in shown}, what=texts[row["city"], row["limit"]]) for row in rows]


def _double(bound: float | None) -> float | None:
    """The bound as a float, because Spark refuses an int for a DOUBLE."""
    return None if bound is None else float(bound)
