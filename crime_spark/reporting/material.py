"""What the page and the summary are made of, collected from the lake: small tables only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.schemas import LEDGER, METRICS, QUARANTINE, STATISTICS, Table
from crime_spark.tasks import TASKS

Record = Mapping[str, Any]

# Names of statistics and measures that the page shows, as the describe stage writes them.
BY_MONTH, BY_YEAR = "by_month", "by_year"
BY_GROUP, BY_PREMISE = "by_offense_group", "by_premise"
WEEK, WEEK_OF_KNOWN_TIMES = "by_weekday_hour", "by_weekday_hour_known_times"
SHOWN = (BY_MONTH, BY_YEAR, BY_GROUP, BY_PREMISE, WEEK, WEEK_OF_KNOWN_TIMES)
ROWS, SHARE_SERIOUS = "rows", "share_serious"


@dataclass(frozen=True)
class Material:
    """Rows of the tables as mappings, of the wanted cities alone, and what the registries say about them."""

    cities: tuple[City, ...]
    ledger: Sequence[Record] = ()
    refusals: Sequence[Record] = ()
    statistics: Sequence[Record] = ()
    metrics: Sequence[Record] = ()
    learners: tuple[str, ...] = tuple(learner.name for learner in LEARNERS)
    baselines: tuple[str, ...] = tuple(learner.name for learner in LEARNERS if learner.baseline)
    questions: Mapping[str, str] = field(default_factory=lambda: {task.name: task.question for task in TASKS})

    def statistic(self, name: str, city: City, measure: str = ROWS) -> list[Record]:
        """The rows of one statistic of one city that hold one measure."""
        return [
            row
            for row in self.statistics
            if row["statistic"] == name and row["city"] == city.name and row["measure"] == measure
        ]


def read_material(lake: Lake, cities: Sequence[City], statistics: Sequence[str] = SHOWN) -> Material:
    """Everything of cities that the lake has; a table that is not there gives no rows. statistics = names wanted."""
    names = [city.name for city in cities]

    def held(table: Table, shape: Callable[[DataFrame], DataFrame]) -> tuple[Record, ...]:
        if not lake.exists(table):
            return ()
        rows = lake.read(table).where(F.col("city").isin(names)).transform(shape)
        return tuple(row.asDict() for row in rows.collect())

    return Material(
        cities=tuple(cities),
        ledger=held(LEDGER, lambda rows: rows.orderBy("city", "file")),
        refusals=held(QUARANTINE, refusals),
        statistics=held(STATISTICS, lambda rows: rows.where(F.col("statistic").isin(list(statistics)))),
        metrics=held(METRICS, lambda rows: rows.where(F.col("value").isNotNull())),
    )


def refusals(quarantine: DataFrame) -> DataFrame:
    """city, reason, rows; a row with two reasons counts for both."""
    reasons = quarantine.select("city", F.explode("reasons").alias("reason"))
    counted = reasons.groupBy("city", "reason").agg(F.count(F.lit(1)).alias("rows"))
    return counted.orderBy("city", F.desc("rows"), "reason")
