"""The train stage: gold/examples_<task> to models, gold/predictions and gold/cells."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.config import Settings
from crime_spark.errors import UsageError
from crime_spark.features.preparing import RULES
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, PREDICTIONS
from crime_spark.tasks.task import Task
from crime_spark.training.fitting import Fitted, fit_block, predictions, score
from crime_spark.training.plan import Block, Cell, plan_blocks


@dataclass(frozen=True)
class YearOfExamples:
    """What the examples of one city and year hold: rows, rows with label 1, rows with a value by feature, a hash."""

    rows: int
    positives: int
    recorded: Mapping[str, int]
    content: int


def train(
    lake: Lake,
    cities: Sequence[str],
    years: Sequence[int],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> None:
    """Fit every cell of the plan that is not there yet or whose inputs have changed, several at a time.

    Raises:
        UsageError: a learner cannot fit a task, or no city has two consecutive years.
        LakeError: the examples have not been written.
    """
    found: dict[str, dict[tuple[str, int], YearOfExamples]] = {}
    blocks: list[Block] = []
    for task in tasks:
        with progress.working(f"train: counting the examples of {task.name}"):
            found[task.name] = _years_of_examples(lake, task, cities, years)
        present: dict[str, list[int]] = {}
        for city, year in found[task.name]:
            present.setdefault(city, []).append(year)
        blocks += plan_blocks(present, [task], learners, settings.protocol)
        for city in cities:
            if not any(block.first.city == city and block.first.task is task for block in blocks):
                progress.say(
                    f"train: nothing to fit for {city} {task.name}: no year with rows is followed by another "
                    f"(years with rows: {', '.join(map(str, sorted(present.get(city, [])))) or 'none'})"
                )
    if not blocks:
        raise UsageError(
            "no city has two consecutive years of examples: a model is fitted on one and scored on the next"
        )
    _fit_all(lake, _to_do(lake, blocks, found, settings, progress), found, settings, progress)


def _to_do(
    lake: Lake,
    blocks: Sequence[Block],
    found: Mapping[str, Mapping[tuple[str, int], YearOfExamples]],
    settings: Settings,
    progress: Progress,
) -> list[tuple[Block, dict[str, str]]]:
    """The blocks' cells that are not there or whose inputs have changed, with the fingerprint of each by learner."""
    done = _finished(lake)
    todo = []
    for block in blocks:
        prints = {cell.learner.name: _fingerprint(cell, found[cell.task.name], settings) for cell in block.cells}
        stale = [c for c in block.cells if done.get(tuple(c.keys.values())) != prints[c.learner.name]]
        cells = block.cells if settings.training.refit else tuple(stale)
        if len(cells) < len(block.cells):
            first, count = block.first, len(block.cells) - len(cells)
            progress.say(f"train: {count} of {first.city} {first.task.name} to {first.test_year} are up to date")
        if cells:
            todo.append((Block(cells), prints))
    return todo


def _years_of_examples(
    lake: Lake, task: Task, cities: Sequence[str], years: Sequence[int]
) -> dict[tuple[str, int], YearOfExamples]:
    examples = lake.read(task.examples).where(F.col("city").isin(*cities))
    if years:
        examples = examples.where(F.col("year").isin(*years))
    names = task.examples.names
    counted = examples.groupBy("city", "year").agg(
        F.count(F.lit(1)).alias("_rows"),
        F.sum("label").alias("_positives"),
        # Keys are unique, so no two rows cancel out; and the order of the rows does not matter. The hash passes over
        # NULLs: without saying where they are, a value that moves to another column would not be seen.
        F.bit_xor(F.xxhash64(*names, *(F.col(name).isNull() for name in names))).alias("_content"),
        *(F.count(feature.name).alias(feature.name) for feature in task.features),
    )
    return {
        (row["city"], row["year"]): YearOfExamples(
            row["_rows"], int(row["_positives"]), {f.name: row[f.name] for f in task.features}, row["_content"]
        )
        for row in counted.collect()
    }


def _finished(lake: Lake) -> dict[tuple[Any, ...], str]:
    if not lake.exists(CELLS):
        return {}
    rows = lake.read(CELLS).select(*CELL_KEY, "fingerprint").collect()
    return {tuple(row[key] for key in CELL_KEY): row["fingerprint"] for row in rows}


def _fingerprint(cell: Cell, found: Mapping[tuple[str, int], YearOfExamples], settings: Settings) -> str:
    years = [y for y in (*cell.train_years, cell.test_year) if (cell.city, y) in found]
    inputs = {
        "rows": {y: (found[cell.city, y].rows, found[cell.city, y].content) for y in years},
        "features": [(feature.name, feature.sql) for feature in cell.task.features],
        "rules": RULES,
        "settings": cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {})),
        "rows_per_partition": settings.training.rows_per_partition,
        "seed": settings.seed,
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def _fit_all(
    lake: Lake,
    todo: Sequence[tuple[Block, Mapping[str, str]]],
    found: Mapping[str, Mapping[tuple[str, int], YearOfExamples]],
    settings: Settings,
    progress: Progress,
) -> None:
    # One writer of a table at a time: two that replace rows in it may conflict.
    locks = {table.name: threading.Lock() for table in (PREDICTIONS, CELLS)}

    def one(block: Block, prints: Mapping[str, str]) -> None:
        years = found[block.first.task.name]
        fitted = _fit_from_lake(lake, block, years, settings, progress)
        for each in fitted:
            each.model.write().overwrite().save(lake.path(each.cell.model))
        _publish(lake, block, fitted, years, prints, locks)

    with ThreadPoolExecutor(settings.training.cells_at_once) as pool:
        target = inheritable_thread_target(lake.spark)(one)
        jobs = [pool.submit(target, block, prints) for block, prints in todo]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _training_years(block: Block, found: Mapping[tuple[str, int], YearOfExamples]) -> dict[int, YearOfExamples]:
    """The block's training years that have rows and were chosen: an expanding block may span others."""
    city = block.first.city
    return {year: found[city, year] for year in block.first.train_years if (city, year) in found}


def _examples(lake: Lake, block: Block, years: Sequence[int]) -> DataFrame:
    examples = lake.read(block.first.task.examples)
    return examples.where((F.col("city") == block.first.city) & F.col("year").isin(*years))


def _fit_from_lake(
    lake: Lake,
    block: Block,
    found: Mapping[tuple[str, int], YearOfExamples],
    settings: Settings,
    progress: Progress,
) -> list[Fitted]:
    held = _training_years(block, found)
    recorded = {f.name: sum(year.recorded[f.name] for year in held.values()) for f in block.first.task.features}
    training = _examples(lake, block, list(held))
    return fit_block(block, training, recorded, settings, progress)


def _publish(
    lake: Lake,
    block: Block,
    fitted: Sequence[Fitted],
    found: Mapping[tuple[str, int], YearOfExamples],
    prints: Mapping[str, str],
    locks: Mapping[str, threading.Lock],
) -> None:
    first = block.first
    test = _examples(lake, block, [first.test_year])
    scored = score(test, [each.model for each in fitted]).persist()
    try:
        with locks[PREDICTIONS.name]:
            rows = predictions(scored, [each.cell for each in fitted], first.test_year)
            lake.replace(PREDICTIONS, rows, where=block.where)
    finally:
        scored.unpersist()
    held = _training_years(block, found).values()
    entries = [
        {
            **each.cell.keys,
            "test_year": first.test_year,
            "train_rows": sum(year.rows for year in held),
            "test_rows": found[first.city, first.test_year].rows,
            "positives": sum(year.positives for year in held),
            "model": each.cell.model,
            "fingerprint": prints[each.cell.learner.name],
            "seconds": each.seconds,
        }
        for each in fitted
    ]
    with locks[CELLS.name]:
        lake.replace(CELLS, lake.spark.createDataFrame(entries, CELLS.struct).coalesce(1), where=block.where)
