"""What the page and the summary are made of, collected from the lake: small tables only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.explaining.fairness import ALL
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.schemas import (
    CELL_KEY,
    CELLS,
    COMPARISONS,
    DRIFT,
    FAIRNESS,
    IMPORTANCE,
    LEDGER,
    METRICS,
    PREDICTIONS,
    QUALITY,
    QUARANTINE,
    STATISTICS,
)
from crime_spark.table import Table
from crime_spark.tasks import TASKS
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

Record = Mapping[str, Any]

# Statistics that the page shows year by year, and those that it shows for all years together.
BY_MONTH, BY_YEAR, BY_GROUP = "by_month", "by_year", "by_offense_group"
BY_PREMISE, MISSING_VALUES = "by_premise", "missing"
WEEK, WEEK_OF_KNOWN_TIMES = "by_weekday_hour", "by_weekday_hour_known_times"
VICTIM_AGE, VICTIM_SEX, VICTIM_DESCENT = "by_victim_age", "by_victim_sex", "by_victim_descent"
YEARLY = (BY_MONTH, BY_YEAR, BY_GROUP)
OVERALL = (BY_PREMISE, MISSING_VALUES, WEEK, WEEK_OF_KNOWN_TIMES, VICTIM_AGE, VICTIM_SEX, VICTIM_DESCENT)
ROWS, SHARE_SERIOUS, SHARE_NULL = "rows", "share_serious", "share_null"


@dataclass(frozen=True)
class Material:
    """Rows of the tables as mappings, of the wanted cities alone, and what the registries say about them.

    hours are what by_hour gives; curves and confusion are of the best learners of each latest year (best.py).
    """

    cities: tuple[City, ...]
    ledger: Sequence[Record] = ()
    refusals: Sequence[Record] = ()
    statistics: Sequence[Record] = ()
    metrics: Sequence[Record] = ()
    comparisons: Sequence[Record] = ()
    cells: Sequence[Record] = ()
    hours: Sequence[Record] = ()
    curves: Sequence[Record] = ()
    confusion: Sequence[Record] = ()
    importance: Sequence[Record] = ()
    fairness: Sequence[Record] = ()
    drift: Sequence[Record] = ()
    quality: Sequence[Record] = ()
    learners: tuple[str, ...] = tuple(learner.name for learner in LEARNERS)
    baselines: tuple[str, ...] = tuple(learner.name for learner in LEARNERS if learner.baseline)
    tasks: Mapping[str, Task] = field(default_factory=lambda: {task.name: task for task in TASKS})

    def yearly(self, name: str, city: City, measure: str = ROWS) -> list[Record]:
        """One measure of one statistic of one city: the rows of single years."""
        return [row for row in self._measured(name, city, measure) if row["year"] is not None]

    def overall(self, name: str, city: City, measure: str = ROWS) -> list[Record]:
        """One measure of one statistic of one city: the rows of all years together."""
        return [row for row in self._measured(name, city, measure) if row["year"] is None]

    def _measured(self, name: str, city: City, measure: str) -> Iterator[Record]:
        for row in self.statistics:
            if row["statistic"] == name and row["city"] == city.name and row["measure"] == measure:
                yield row


def read_material(lake: Lake, cities: Sequence[City]) -> Material:
    """Everything that the page shows of cities and the lake has; a table that is not there gives no rows."""
    return replace(
        read_results(lake, cities),
        refusals=_rows(lake, cities, QUARANTINE, refusals),
        statistics=_rows(lake, cities, STATISTICS, shown),
        cells=_rows(lake, cities, CELLS, lambda rows: rows.select(*CELL_KEY, "test_year", "base_rate", "k", "classes")),
        hours=_rows(lake, cities, PREDICTIONS, by_hour),
    )


def read_results(lake: Lake, cities: Sequence[City]) -> Material:
    """The ledger, the metrics and their comparisons alone."""
    return Material(
        cities=tuple(cities),
        ledger=_rows(lake, cities, LEDGER, lambda rows: rows.orderBy("city", "file")),
        metrics=_rows(lake, cities, METRICS, lambda rows: rows.where(F.col("value").isNotNull())),
        comparisons=_rows(lake, cities, COMPARISONS, lambda rows: rows.where(F.col("difference").isNotNull())),
    )


def with_explained(lake: Lake, material: Material) -> Material:
    """The material with what cards and datasheets show besides: of models, what is said of the latest year scored."""
    return replace(
        material,
        importance=_rows(lake, material.cities, IMPORTANCE, latest),
        fairness=_rows(lake, material.cities, FAIRNESS, lambda rows: latest(rows.where(F.col("within") == ALL))),
        drift=_rows(lake, material.cities, DRIFT, lambda rows: rows),
        quality=_rows(lake, material.cities, QUALITY, lambda rows: rows.orderBy("city", "limit", "scope")),
    )


def latest(rows: DataFrame) -> DataFrame:
    """Of cells that differ in learner and years alone, the rows of the latest test year."""
    alike = [key for key in CELL_KEY if key not in ("learner", "train_from", "train_to")]
    years = rows.groupBy(*alike).agg(F.max("test_year").alias("test_year"))
    return rows.join(F.broadcast(years), on=[*alike, "test_year"], how="left_semi")


def shown(statistics: DataFrame) -> DataFrame:
    """What the page shows of gold/statistics: a small part, since that has a row for every beat and year."""
    yearly = F.col("statistic").isin(*YEARLY) & F.col("year").isNotNull()
    overall = F.col("statistic").isin(*OVERALL) & F.col("year").isNull()
    return statistics.where((yearly | overall) & F.col("measure").isin(ROWS, SHARE_SERIOUS, SHARE_NULL))


def by_hour(predictions: DataFrame) -> DataFrame:
    """Of tasks about a whole city by less than a day: CELL_KEY, test_year, hour, actual and predicted (means)."""
    hourly = [t.name for t in TASKS if isinstance(t.grain, Panel) and t.grain.by == "city" and t.grain.hours < 24]
    hour = F.hour("occurred_at").alias("hour")
    return (
        predictions.where(F.col("task").isin(hourly))
        .groupBy(*CELL_KEY, "test_year", hour)
        .agg(F.avg("label").alias("actual"), F.avg("prediction").alias("predicted"))
    )


def refusals(quarantine: DataFrame) -> DataFrame:
    """city, reason, rows; a row with two reasons counts for both."""
    reasons = quarantine.select("city", F.explode("reasons").alias("reason"))
    counted = reasons.groupBy("city", "reason").agg(F.count(F.lit(1)).alias("rows"))
    return counted.orderBy("city", F.desc("rows"), "reason")


def _rows(
    lake: Lake, cities: Sequence[City], table: Table, shape: Callable[[DataFrame], DataFrame]
) -> tuple[Record, ...]:
    if not lake.exists(table):
        return ()
    rows = lake.read(table).where(F.col("city").isin([city.name for city in cities])).transform(shape)
    return tuple(row.asDict() for row in rows.collect())
