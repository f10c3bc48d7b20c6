"""The rows of small tables that the pages and the summary show, read from the lake."""

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

# A row of a table of the lake, by column.
Record = Mapping[str, Any]

# Statistics that pages show by year, and those that they show for all years together.
BY_MONTH, BY_YEAR, BY_GROUP = "by_month", "by_year", "by_offense_group"
BY_PREMISE, MISSING_VALUES = "by_premise", "missing"
WEEK, WEEK_OF_KNOWN_TIMES = "by_weekday_hour", "by_weekday_hour_known_times"
VICTIM_AGE, VICTIM_SEX, VICTIM_DESCENT = "by_victim_age", "by_victim_sex", "by_victim_descent"
YEARLY = (BY_MONTH, BY_YEAR, BY_GROUP)
OVERALL = (BY_PREMISE, MISSING_VALUES, WEEK, WEEK_OF_KNOWN_TIMES, VICTIM_AGE, VICTIM_SEX, VICTIM_DESCENT)
ROWS, SHARE_SERIOUS, SHARE_NULL = "rows", "share_serious", "share_null"


@dataclass(frozen=True)
class Material:
    """Rows of tables for the chosen cities, with the declared learners and tasks.

    Attributes:
        cities: the chosen cities.
        ledger: rows of ledger.
        refusals: rows of `refusal_counts`.
        statistics: rows of gold/statistics that pages show.
        metrics: rows of gold/metrics with a value.
        comparisons: rows of gold/comparisons with a difference.
        cells: rows of gold/cells, a part of the columns.
        hours: rows of `mean_by_hour`.
        curves: rows of gold/curves of the best learners (best.py).
        confusion: rows of gold/confusion of the best learners.
        importance: rows of gold/importance of the latest test year.
        fairness: rows of gold/fairness of the latest test year.
        drift: rows of gold/drift.
        quality: rows of gold/quality.
        learners: names of the declared learners, in order.
        baselines: names of the learners that are baselines.
        tasks: the declared tasks by name, in order.
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
        """The rows of a statistic and measure of a city that are about a single year."""
        return [row for row in self._measured(name, city, measure) if row["year"] is not None]

    def overall(self, name: str, city: City, measure: str = ROWS) -> list[Record]:
        """The rows of a statistic and measure of a city that are about all years together."""
        return [row for row in self._measured(name, city, measure) if row["year"] is None]

    def _measured(self, name: str, city: City, measure: str) -> Iterator[Record]:
        for row in self.statistics:
            if row["statistic"] == name and row["city"] == city.name and row["measure"] == measure:
                yield row


def read_material(lake: Lake, cities: Sequence[City]) -> Material:
    """Rows that the report shows, without curves and confusion; a table that does not exist gives no rows."""
    return replace(
        read_results(lake, cities),
        refusals=_rows(lake, cities, QUARANTINE, refusal_counts),
        statistics=_rows(lake, cities, STATISTICS, statistics_shown),
        cells=_rows(lake, cities, CELLS, lambda rows: rows.select(*CELL_KEY, "test_year", "base_rate", "k", "classes")),
        hours=_rows(lake, cities, PREDICTIONS, mean_by_hour),
    )


def read_results(lake: Lake, cities: Sequence[City]) -> Material:
    """Rows that the summary shows: the ledger, the metrics and their comparisons."""
    return Material(
        cities=tuple(cities),
        ledger=_rows(lake, cities, LEDGER, lambda rows: rows.orderBy("city", "file")),
        metrics=_rows(lake, cities, METRICS, lambda rows: rows.where(F.col("value").isNotNull())),
        comparisons=_rows(lake, cities, COMPARISONS, lambda rows: rows.where(F.col("difference").isNotNull())),
    )


def with_explanations(lake: Lake, material: Material) -> Material:
    """The material with the rows that only cards and datasheets show: importance, fairness, drift and quality."""
    return replace(
        material,
        importance=_rows(lake, material.cities, IMPORTANCE, latest_test_year),
        fairness=_rows(
            lake, material.cities, FAIRNESS, lambda rows: latest_test_year(rows.where(F.col("within") == ALL))
        ),
        drift=_rows(lake, material.cities, DRIFT, lambda rows: rows),
        quality=_rows(lake, material.cities, QUALITY, lambda rows: rows.orderBy("city", "limit", "scope")),
    )


def latest_test_year(rows: DataFrame) -> DataFrame:
    """Rows of the latest test year among cells that differ only in learner and years."""
    keys = [key for key in CELL_KEY if key not in ("learner", "train_from", "train_to")]
    years = rows.groupBy(*keys).agg(F.max("test_year").alias("test_year"))
    return rows.join(F.broadcast(years), on=[*keys, "test_year"], how="left_semi")


def statistics_shown(statistics: DataFrame) -> DataFrame:
    """Rows of gold/statistics that pages show; the whole table has rows for every beat and year."""
    yearly = F.col("statistic").isin(*YEARLY) & F.col("year").isNotNull()
    overall = F.col("statistic").isin(*OVERALL) & F.col("year").isNull()
    return statistics.where((yearly | overall) & F.col("measure").isin(ROWS, SHARE_SERIOUS, SHARE_NULL))


def mean_by_hour(predictions: DataFrame) -> DataFrame:
    """Means of labels and predictions by hour of day, for tasks about a whole city with periods below one day.

    Args:
        predictions: rows of gold/predictions.

    Returns:
        CELL_KEY, test_year, hour (0 to 23), actual and predicted (means in the unit of the label).
    """
    hourly = [t.name for t in TASKS if isinstance(t.grain, Panel) and t.grain.by == "city" and t.grain.hours < 24]
    hour = F.hour("occurred_at").alias("hour")
    return (
        predictions.where(F.col("task").isin(hourly))
        .groupBy(*CELL_KEY, "test_year", hour)
        .agg(F.avg("label").alias("actual"), F.avg("prediction").alias("predicted"))
    )


def refusal_counts(quarantine: DataFrame) -> DataFrame:
    """Quarantined rows by city and reason; a row with several reasons counts for each of them.

    The frame before and after:
        | city    | reasons           |      | city    | reason  | rows |
        | ------- | ----------------- |      | ------- | ------- | ---- |
        | a       | [no time, no key] |  ->  | a       | no time |    2 |
        | a       | [no time]         |      | a       | no key  |    1 |
    """
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
