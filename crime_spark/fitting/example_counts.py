"""What has been counted of the examples of a task, before any of them is prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from crime_spark.fitting.blocks import Known
from crime_spark.fitting.cells import Cell
from crime_spark.hashes import row_hash
from crime_spark.lake import Lake
from crime_spark.tasks.task import Task


@dataclass(frozen=True)
class YearOfExamples:
    """What the examples of a city, year and delay hold: rows, sum of labels, rows with a value by feature, a hash."""

    rows: int
    labels: float
    recorded: Mapping[str, int]
    content: int


# (city, year, delay) -> its examples
YearsOfExamples = Mapping[tuple[str, int, int], YearOfExamples]


def years_of_examples(lake: Lake, task: Task, cities: Sequence[str], years: Sequence[int]) -> YearsOfExamples:
    """Count the examples of each city, year and delay in one pass; no years means all years."""
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
    """An aggregate of rows with these columns that is another one if any of them changes."""
    # Keys are unique, so no two rows cancel out; and the order of the rows does not matter.
    return F.bit_xor(row_hash(map(F.col, names)))


def training_years(cell: Cell, counted: YearsOfExamples) -> dict[int, YearOfExamples]:
    """The cell's training years that have rows and were chosen: an expanding cell may span others."""
    keys = {year: (cell.city, year, cell.delay) for year in cell.train_years}
    return {year: counted[key] for year, key in keys.items() if key in counted}


def known_of_years(years: Mapping[int, YearOfExamples]) -> Known:
    """What has been counted of the training rows of these years together."""
    counted = list(years.values())
    names = {name for year in counted for name in year.recorded}
    recorded = {name: sum(year.recorded[name] for year in counted) for name in names}
    rows = sum(year.rows for year in counted)
    return Known(sum(year.labels for year in counted) / rows, recorded, rows)
