"""Fitting and scoring of many blocks in one Spark job, each block in one task."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from crime_spark.errors import UsageError
from crime_spark.fitting.blocks import LONGER_HISTORY
from crime_spark.fitting.cells import Cell
from crime_spark.kinds import Kind
from crime_spark.learners.estimators.batch_model import cores_of_a_task
from crime_spark.learners.learner import Shape
from crime_spark.schemas import BLOCK_KEY
from crime_spark.settings import Settings
from crime_spark.training.block_fit import HASH, IS_TEST, LONGER, LearnerWork, TaskWork, fit_and_score
from crime_spark.training.block_results import RESULTS, BlockWork
from crime_spark.training.block_rows import BLOCK, ReceivedRows, batch_of


def in_one_task(cell: Cell, rows: int, settings: Settings) -> bool:
    """Whether a cell is fitted in one task: its learner supports it, and its training rows do not exceed the limit.

    The limit is training.rows_in_one_task, or the setting of that name of the learner if it is smaller.
    """
    if cell.learner.in_task is None:
        return False
    chosen = cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {}))
    limit = settings.training.rows_in_one_task
    return bool(rows <= min(limit, chosen.get("rows_in_one_task", limit)))


def run_blocks(examples: DataFrame, work: Sequence[BlockWork], settings: Settings) -> DataFrame:
    """Prepare, fit and score blocks, each in its own Spark task.

    Args:
        examples: Examples of the task, at least those of the cities and years of the blocks.
        work: The blocks, all of the same task.
        settings: Settings of learners and the seed.

    Returns:
        Rows of RESULTS: the target of each block, and predictions and model of each cell or a row with an error. Each
        block is a partition. Every action fits the blocks again, so persist or write the result once. The rows do not
        depend on partitions or on the order of examples.

    Raises:
        ValueError: the blocks have different tasks, or a learner cannot be fitted in one task.
        UsageError: a setting of a learner is unknown or out of range.
    """
    if len({block_work.block.first.task.name for block_work in work}) != 1:
        raise ValueError("all blocks must be of the same task")
    threads = cores_of_a_task(examples.sparkSession)
    tasks = [_task_work(block_work, settings, threads) for block_work in work]
    categories = {feature.name for task in tasks for feature in task.features if feature.kind == "category"}
    schema = RESULTS.struct
    # Converted to Arrow here, because workers have no Spark session.
    arrow = to_arrow_schema(schema)

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = ReceivedRows(categories)
        for batch in batches:
            received.add(batch)
        for number in received.blocks:
            for result in fit_and_score(tasks[number], received.pop(number)):
                yield batch_of(result, arrow)

    return rows_by_block(examples, work).mapInArrow(run, schema)


def rows_by_block(examples: DataFrame, work: Sequence[BlockWork]) -> DataFrame:
    """The rows of each block in the partition of its number. A row is repeated for each block that uses it."""
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, block_work in enumerate(work):
        first = block_work.block.first
        for year in (*block_work.train_years, first.test_year):
            uses[f"{first.city}/{first.delay}/{year}"].append(
                {"block": number, "is_test": year not in block_work.train_years}
            )
    kind = "map<string, array<struct<block: int, is_test: boolean>>>"
    using = F.try_element_at(
        F.from_json(F.lit(json.dumps(uses)), kind), F.concat_ws("/", "city", "delay", "year").cast("string")
    )
    # Conditions on partition columns, so that other partitions are not read.
    firsts = [block_work.block.first for block_work in work]
    years = {year for block_work in work for year in (*block_work.train_years, block_work.block.first.test_year)}
    of_blocks = examples.where(
        F.col("city").isin({first.city for first in firsts})
        & F.col("delay").isin({first.delay for first in firsts})
        & F.col("year").isin(years)
    )
    exploded = of_blocks.withColumn("_use", F.explode(using))
    is_test, ranked = F.col("_use.is_test"), firsts[0].task.kind.is_ranked
    names = {feature.name: None for block_work in work for feature in block_work.features}
    # Training rows need a hash instead of their keys, so the keys are not shuffled.
    longer = F.when(is_test, F.col(LONGER_HISTORY)) if ranked else F.lit(None)
    rows = exploded.select(
        F.col("_use.block").alias(BLOCK),
        is_test.alias(IS_TEST),
        F.xxhash64("example_id").alias(HASH),
        F.when(is_test, F.col("example_id")).alias("example_id"),
        (F.col("unit") if ranked else F.when(is_test, F.col("unit"))).alias("unit"),
        F.when(is_test, F.col("occurred_at")).alias("occurred_at"),
        "label",
        longer.cast("double").alias(LONGER),
        *names,
    )
    return rows.repartitionById(len(work), F.col(BLOCK))


def _check(work: LearnerWork, kind: type[Kind], seed: int) -> None:
    """Raise UsageError for settings out of range before the fit. Other errors are reported by the task."""
    if work.learner.in_task is None:
        raise ValueError(f"learner {work.learner.name} cannot be fitted in one task")
    try:
        work.learner.in_task(Shape(work.learner.fits(kind), 0, 1), work.settings, seed)
    except UsageError:
        raise
    except Exception:
        return


def _task_work(work: BlockWork, settings: Settings, threads: int) -> TaskWork:
    first = work.block.first
    learners = []
    for cell in work.block.cells:
        changes = settings.learner_settings.get(cell.learner.name, {})
        learners.append(LearnerWork(cell.learner, cell.learner.with_settings(changes), cell.keys))
        _check(learners[-1], type(first.task.kind), settings.seed)
    return TaskWork(
        kind=first.task.kind,
        features=work.features,
        crossed=first.task.crossed,
        learners=tuple(learners),
        keys={**{name: first.keys[name] for name in BLOCK_KEY}, "test_year": first.test_year},
        seed=settings.seed,
        rows=work.rows,
        threads=threads,
    )
