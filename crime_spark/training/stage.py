"""The train stage: gold/examples_<task> to models, gold/predictions and gold/cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from pyspark import inheritable_thread_target
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.errors import CrimeSparkError, UsageError, reason_of
from crime_spark.features.preparing import RULES, seen_by
from crime_spark.lake import Lake
from crime_spark.learners.batches import places
from crime_spark.learners.learner import Learner
from crime_spark.learners.workers import check_workers
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Policy, Task
from crime_spark.training.fitting import Known, prepared_block
from crime_spark.training.plan import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.training.publication import FittedCell, Publication
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


# So often at least it is seen to whether finished cells wait to be stored.
STORING_SECONDS = 60.0

# (city, year, delay) -> its examples
Found = Mapping[tuple[str, int, int], YearOfExamples]


def train(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> list[str]:
    """Fit every cell of the plan that is not stored yet or whose inputs have changed, several at a time.

    Settings and features are the best of gold/trials where a cell has some of much the same examples, unless
    training.tuned is false. A cell that fails does not stop the others.

    Returns:
        A line for each cell that failed, with the reason.

    Raises:
        UsageError: a learner cannot fit a task, no city has two consecutive years, or executors lack what is needed.
        LakeError: the examples have not been written.
        CrimeSparkError: every cell failed.
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
    finished = _finished(lake)
    todo = _to_do(finished, blocks, found, settings, progress)
    check_workers(lake.spark, (cell.learner for block, _ in todo for cell in block.cells))
    failures = _fit_all(lake, todo, found, finished, settings, progress)
    if len(failures) == sum(len(block.cells) for block in blocks):
        raise CrimeSparkError(f"no cell could be fitted: {'; '.join(failures)}")
    return failures


def _to_do(
    finished: Mapping[tuple[Any, ...], str],
    blocks: Sequence[Block],
    found: Mapping[str, Found],
    settings: Settings,
    progress: Progress,
) -> list[tuple[Block, dict[str, str]]]:
    """The blocks' cells that are not there or whose inputs have changed, with the fingerprint of each by learner."""
    todo = []
    for block in blocks:
        prints = {cell.learner.name: _fingerprint(cell, found[cell.task.name], settings) for cell in block.cells}
        stale = [c for c in block.cells if finished.get(tuple(c.keys.values())) != prints[c.learner.name]]
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
    stored: Iterable[tuple[Any, ...]],
    settings: Settings,
    progress: Progress,
) -> list[str]:
    """Fit and store the blocks, several at a time; a line for each cell that failed."""
    publication = Publication(lake, set(stored))
    examples = {
        name: lake.read(task.examples) for name, task in {b.first.task.name: b.first.task for b, _ in todo}.items()
    }

    def fit(block: Block, prints: Mapping[str, str]) -> list[str]:
        return list(_fit_block(block, prints, examples[block.first.task.name], found, publication, settings, progress))

    failures: list[str] = []
    with ThreadPoolExecutor(cells_at_once(lake.spark, settings)) as pool:
        target = inheritable_thread_target(lake.spark)(fit)
        running = {pool.submit(target, block, prints) for block, prints in todo}
        try:
            while running:
                done, running = wait(running, timeout=STORING_SECONDS, return_when=FIRST_COMPLETED)
                failures += [line for job in done for line in job.result()]
                failures += publication.store(progress, everything=not running)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failures


def _fit_block(
    block: Block,
    prints: Mapping[str, str],
    examples: DataFrame,
    found: Mapping[str, Found],
    publication: Publication,
    settings: Settings,
    progress: Progress,
) -> Iterator[str]:
    """Fit each cell of the block and add it to the publication; a line for each cell that failed."""
    counted = _training_years(block, found)
    training, known = _examples(examples, block, list(counted)), _known(counted)
    test = _examples(examples, block, [block.first.test_year])
    try:
        features = selected(block.first, training, known, settings)
        ready = prepared_block(block, training, known, settings, features)
    except UsageError:
        raise
    except Exception as error:
        yield from (_failure(cell, error, progress) for cell in block.cells)
        return
    with closing(ready):
        for cell in block.cells:
            try:
                with progress.working(f"train: {cell}"):
                    fitted = ready.fit(cell, settings)
            except UsageError:
                raise
            except Exception as error:
                yield _failure(cell, error, progress)
            else:
                entry = _entry(cell, ready.target, found, prints, settings)
                publication.add(FittedCell(fitted, ready.target, test, entry))


def _failure(cell: Cell, error: Exception, progress: Progress) -> str:
    line = f"{cell}: {reason_of(error)}"
    progress.say(f"train: failed: {line}")
    return line


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


def _examples(examples: DataFrame, block: Block, years: Sequence[int]) -> DataFrame:
    first = block.first
    return examples.where((F.col("city") == first.city) & (F.col("delay") == first.delay) & F.col("year").isin(*years))


def _entry(
    cell: Cell, target: Target, found: Mapping[str, Found], prints: Mapping[str, str], settings: Settings
) -> dict[str, Any]:
    """The cell's row of gold/cells, but for the seconds."""
    years = found[cell.task.name]
    return {
        **cell.keys,
        "test_year": cell.test_year,
        "train_rows": sum(year.rows for year in _training_years(Block((cell,)), found).values()),
        "test_rows": years[cell.city, cell.test_year, cell.delay].rows,
        "base_rate": target.base_rate,
        "k": target.k,
        "classes": list(target.classes) if target.classes else None,
        "parameters": parameters_of(cell, settings),
        "model": cell.model,
        "fingerprint": prints[cell.learner.name],
    }
