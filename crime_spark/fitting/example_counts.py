"""Counts of the examples of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Cell
from crime_spark.hashes import row_hash
from crime_spark.lake import Lake
from crime_spark.tasks.task import Task


@dataclass(frozen=True)
class YearOfExamples:
    """Counts of the examples of a city, year and delay.

    Attributes:
        rows: number of examples.
        labels: sum of labels.
        recorded: number of examples with a value, by feature.
        content: hash of all rows.
    """

    rows: int
    labels: float
    recorded: Mapping[str, int]
    content: int


# (city, year, delay) to counts
YearsOfExamples = Mapping[tuple[str, int, int], YearOfExamples]


def years_of_examples(lake: Lake, task: Task, cities: Sequence[str], years: Sequence[int]) -> YearsOfExamples:
    """Count the examples of each city, year and delay in one pass; without years, those of all years."""
    examples = lake.read(task.examples).where(F.col("city").isin(*cities))
    if years:
        examples = examples.where(F.col("year").isin(*years))
    inputs = task.inputs("full")
    counted = examples.groupBy("city", "year", "delay").agg(
        F.count(F.lit(1)).alias("_rows"),
        F.sum("label").alias("_labels"),
        content_of(task.examples.names).alias("_content"),
        *(F.count(feature.name).alias(feature.name) for feature in inputs),
    )
    return {
        (row["city"], row["year"], row["delay"]): YearOfExamples(
            row["_rows"], row["_labels"], {f.name: row[f.name] for f in inputs}, row["_content"]
        )
        for row in counted.collect()
    }


def content_of(names: Sequence[str]) -> Column:
    """An aggregate over rows that changes if any value of these columns changes."""
    # XOR does not depend on the order of rows. Keys are unique, so rows do not cancel out.
    return F.bit_xor(row_hash(map(F.col, names)))


def training_years(cell: Cell, counted: YearsOfExamples) -> dict[int, YearOfExamples]:
    """The training years of a cell that have been counted. An expanding cell can span other years."""
    keys = {year: (cell.city, year, cell.delay) for year in cell.train_years}
    return {year: counted[key] for year, key in keys.items() if key in counted}


def counts_of_years(years: Mapping[int, YearOfExamples]) -> TrainingCounts:
    """The counts of the training rows of these years together."""
    counted = list(years.values())
    names = {name for year in counted for name in year.recorded}
    recorded = {name: sum(year.recorded[name] for year in counted) for name in names}
    rows = sum(year.rows for year in counted)
    return TrainingCounts(sum(year.labels for year in counted) / rows, recorded, rows)
