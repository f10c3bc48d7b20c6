"""Metrics of the predictions of cells of one task, as evaluate, tune, audit and explain need them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.evaluation.cell_metrics import GROUP, Block, judge
from crime_spark.evaluation.validation import earlier_cells
from crime_spark.schemas import CELLS
from crime_spark.settings import Settings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

ROLLING, FROZEN = "rolling", "frozen"

Judged = dict[str, Any]
# Columns of `judge` that rows of a metric have.
OF_METRICS = (*GROUP, "metric", "class", "value", "low", "high", "drawn")


def judge_cells(
    rows: DataFrame, cells: Sequence[Row], task: Task, settings: Settings, metrics: Collection[str] | None = None
) -> list[Judged]:
    """The metrics of cells of one task as rows of `judge`; see `judged_frame`."""
    judged = judged_frame(rows, cells, task, settings, metrics).where("metric IS NOT NULL")
    return [row.asDict() for row in judged.select(*OF_METRICS).collect()]


def judged_frame(
    rows: DataFrame, cells: Sequence[Row], task: Task, settings: Settings, metrics: Collection[str] | None = None
) -> DataFrame:
    """The result of `judge` for the predictions of cells of one task.

    Args:
        rows: gold/predictions.
        cells: rows with CELL_KEY, test_year, k and classes.
        task: the task.
        settings: resamples, seed and validation months.
        metrics: names of the metrics; None computes all, metrics by class and curves, and uses validation months.
    """
    spark = rows.sparkSession
    types = {column.name: column.type for column in CELLS.columns}
    schema = ", ".join(f"`{name}` {types[name]}" for name in (*GROUP, "k")) + ", earlier_from INT"
    earlier = [None] * len(cells) if metrics is not None else earlier_cells(cell.asDict() for cell in cells)
    keys = [(*(cell[name] for name in (*GROUP, "k")), begins) for cell, begins in zip(cells, earlier, strict=True)]
    groups = spark.createDataFrame(keys, schema)
    block: Block = "week" if isinstance(task.grain, Panel) else "day"
    return judge(
        rows.where(F.col("task") == task.name),
        groups,
        len(cells),
        settings.evaluation.resamples,
        settings.seed,
        metrics,
        type(task.kind),
        block,
        settings.evaluation.validation_months if any(begins is not None for begins in earlier) else 0,
    )
