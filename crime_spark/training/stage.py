"""The train stage: gold/examples_<task> to models, gold/predictions and gold/cells."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, cast

from pyspark import inheritable_thread_target
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.features.preparing import RULES, seen_by
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners.batches import places
from crime_spark.learners.learner import Learner
from crime_spark.learners.workers import check_workers
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Policy, Task
from crime_spark.training.fitting import Fitted, Known, beyond, fit_block, predictions, score
from crime_spark.training.plan import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.training.target import Target
from crime_spark.tuning.selecting import selected
from crime_spark.tuning.taking import parameters_of, tuned


@dataclass(frozen=True)
class YearOfExamples:
    """What the examples of a city, year and delay hold: rows, sum of labels, rows with a value by feature, a hash."""

    rows: int
    labels: float
    recorded: Mapping[str, int]
    content: int


# (city, year, delay) -> its examples
Found = Mapping[tuple[str, int, int], YearOfExamples]


def train(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> None:
    """Fit every cell of the plan that is not there yet or whose inputs have changed, several at a time.

    Settings and features are the best of gold/trials where a cell has some of much the same examples, unless
    training.tuned is false.

    Raises:
        UsageError: a learner cannot fit a task, no city has two consecutive years, or executors lack what is needed.
        LakeError: the examples have not been written.
    """
    found: dict[str, Found] = {}
    blocks: list[Block] = []
    if faults := illegal_pairs(tasks, learners):
        raise UsageError("; ".join(faults))
    delays = {city.name: city.delay_days for city in cities}
    for task in tasks:
        with progress.working(f"train: counting the examples of {task.name}"):
            found[task.name] = _years_of_examples(lake, task, list(delays), settings.years)
        present: dict[str, set[int]] = {name: set() for name in delays}
        for city, year, _ in found[task.name]:
            present[city].add(year)
        able = [learner for learner in learners if unfit(task, learner) is None]
        blocks += plan_blocks(present, [task], able, settings.protocol, cast(Policy, settings.policy), delays)
        for city in delays:
            if not any(block.first.city == city and block.first.task is task for block in blocks):
                progress.say(
                    f"train: nothing to fit for {city} {task.name}: no year with rows is followed by another "
                    f"(years with rows: {', '.join(map(str, sorted(present[city]))) or 'none'})"
                )
    if not blocks:
        raise UsageError(
            "no city has two consecutive years of examples: a model is fitted on one and scored on the next"
        )
    blocks = tuned(lake, blocks, lambda block: _known(_training_years(block, found)), settings, progress)
    todo = _to_do(lake, blocks, found, settings, progress)
    check_workers(lake.spark, (cell.learner for block, _ in todo for cell in block.cells))
    _fit_all(lake, todo, found, settings, progress)


def _to_do(
    lake: Lake,
    blocks: Sequence[Block],
    found: Mapping[str, Found],
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


def _years_of_examples(lake: Lake, task: Task, cities: Sequence[str], years: Sequence[int]) -> Found:
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
    # Keys are unique, so no two rows cancel out; and the order of the rows does not matter. The hash passes over
    # NULLs: without saying where they are, a value that moves to another column would not be seen.
    return F.bit_xor(F.xxhash64(*names, *(F.col(name).isNull() for name in names)))


def _finished(lake: Lake) -> dict[tuple[Any, ...], str]:
    if not lake.exists(CELLS):
        return {}
    rows = lake.read(CELLS).select(*CELL_KEY, "fingerprint").collect()
    return {tuple(row[key] for key in CELL_KEY): row["fingerprint"] for row in rows}


def _fingerprint(cell: Cell, found: Found, settings: Settings) -> str:
    held = {y: found.get((cell.city, y, cell.delay)) for y in (*cell.train_years, cell.test_year)}
    features = cell.task.inputs(cell.policy)
    inputs = {
        "rows": {y: (year.rows, year.content) for y, year in held.items() if year},
        "kind": repr(cell.task.kind),
        "features": [(feature.name, feature.sql) for feature in features],
        "seen": [feature.name for feature in seen_by(cell.learner.wants, features)],
        "crossed": cell.task.crossed,
        "rules": RULES,
        "settings": parameters_of(cell, settings),
        "rows_per_partition": settings.training.rows_per_partition,
        "seed": settings.seed,
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def _fit_all(
    lake: Lake,
    todo: Sequence[tuple[Block, Mapping[str, str]]],
    found: Mapping[str, Found],
    settings: Settings,
    progress: Progress,
) -> None:
    # One writer of a table at a time: two that replace rows in it may conflict.
    locks = {table.name: threading.Lock() for table in (PREDICTIONS, CELLS)}

    def one(block: Block, prints: Mapping[str, str]) -> None:
        held = _training_years(block, found)
        training = _examples(lake, block, list(held))
        known = _known(held)
        features = selected(block.first, training, known, settings)
        target, fitted = fit_block(block, training, known, settings, progress, features)
        _withdraw(lake, block, locks)
        for each in fitted:
            each.model.write().overwrite().save(lake.path(each.cell.model))
        _publish(lake, block, target, fitted, found, prints, settings, locks)

    with ThreadPoolExecutor(cells_at_once(lake.spark, settings)) as pool:
        target = inheritable_thread_target(lake.spark)(one)
        jobs = [pool.submit(target, block, prints) for block, prints in todo]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def cells_at_once(spark: SparkSession, settings: Settings) -> int:
    """How many cells are fitted side by side: training.cells_at_once, of 0 one on each place where a task can run."""
    return settings.training.cells_at_once or max(1, places(spark))


def _training_years(block: Block, found: Mapping[str, Found]) -> dict[int, YearOfExamples]:
    """The block's training years that have rows and were chosen: an expanding block may span others."""
    city, delay, of_task = block.first.city, block.first.delay, found[block.first.task.name]
    return {year: of_task[city, year, delay] for year in block.first.train_years if (city, year, delay) in of_task}


def _known(held: Mapping[int, YearOfExamples]) -> Known:
    years = list(held.values())
    names = {name for year in years for name in year.recorded}
    recorded = {name: sum(year.recorded[name] for year in years) for name in names}
    rows = sum(year.rows for year in years)
    return Known(sum(year.labels for year in years) / rows, recorded, rows)


def _examples(lake: Lake, block: Block, years: Sequence[int]) -> DataFrame:
    first = block.first
    return lake.read(first.task.examples).where(
        (F.col("city") == first.city) & (F.col("delay") == first.delay) & F.col("year").isin(*years)
    )


def _withdraw(lake: Lake, block: Block, locks: Mapping[str, threading.Lock]) -> None:
    """From now on the cells are not finished: a run that breaks off would leave new models under old fingerprints."""
    with locks[CELLS.name]:
        if lake.exists(CELLS) and not lake.read(CELLS).where(sql_condition(block.where)).isEmpty():
            lake.replace(CELLS, lake.spark.createDataFrame([], CELLS.struct), where=block.where)


def _publish(
    lake: Lake,
    block: Block,
    target: Target,
    fitted: Sequence[Fitted],
    found: Mapping[str, Found],
    prints: Mapping[str, str],
    settings: Settings,
    locks: Mapping[str, threading.Lock],
) -> None:
    first = block.first
    test = _examples(lake, block, [first.test_year])
    cells = [(each.cell, each.kind) for each in fitted]
    features = first.task.inputs(first.policy)
    scored = score(test, features, target, [(each.model, each.kind) for each in fitted]).persist()
    try:
        with locks[PREDICTIONS.name]:
            rows = predictions(scored, cells, first.test_year)
            if target.units is not None:
                rows = rows.unionByName(beyond(test, target, cells, first.test_year))
            lake.replace(PREDICTIONS, rows, where=block.where)
    finally:
        scored.unpersist()
    entries = [
        {
            **each.cell.keys,
            "test_year": first.test_year,
            "train_rows": sum(year.rows for year in _training_years(block, found).values()),
            "test_rows": found[first.task.name][first.city, first.test_year, first.delay].rows,
            "base_rate": target.base_rate,
            "k": target.k,
            "classes": list(target.classes) if target.classes else None,
            "parameters": parameters_of(each.cell, settings),
            "model": each.cell.model,
            "fingerprint": prints[each.cell.learner.name],
            "seconds": each.seconds,
        }
        for each in fitted
    ]
    with locks[CELLS.name]:
        lake.replace(CELLS, lake.spark.createDataFrame(entries, CELLS.struct).coalesce(1), where=block.where)
