"""Fitting of the cells of a plan in parallel: by Spark, or many blocks in one task each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from typing import Any

from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed, release
from crime_spark.errors import UsageError, reason_of
from crime_spark.fitting.blocks import Fitted, prepared_block
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.example_counts import YearsOfExamples, counts_of_years, training_years
from crime_spark.fitting.feature_selection import selected
from crime_spark.fitting.model_store import FittedModels
from crime_spark.fitting.target import Target
from crime_spark.lake import Lake
from crime_spark.learners.estimators.batch_model import places
from crime_spark.progress import Advance, Progress
from crime_spark.settings import Settings
from crime_spark.training.block_results import BlockWork, outcomes, predictions_of
from crime_spark.training.block_task import in_one_task, run_blocks
from crime_spark.training.publication import FittedCell, Publication
from crime_spark.tuning.tuned_settings import parameters_of

# Interval of checking whether finished cells must be stored.
CHECK_SECONDS = 30.0
# The most training rows of blocks in one Spark job. Results are stored after each job.
ROWS_IN_ONE_JOB = 2_000_000

# A block and the fingerprint of each of its cells, by learner.
Todo = tuple[Block, Mapping[str, str]]


def fit_cells(
    lake: Lake,
    todo: Sequence[Todo],
    counted: Mapping[str, YearsOfExamples],
    stored: Iterable[tuple[Any, ...]],
    settings: Settings,
    progress: Progress,
    models: FittedModels,
) -> list[str]:
    """Fit, score and store the cells of all blocks.

    Args:
        lake: The lake with the examples.
        todo: The cells to fit.
        counted: The counts of the examples, by the name of the task.
        stored: The keys of the cells in gold/cells.
        settings: The settings.
        progress: Where messages go, one for each cell.
        models: The cache of fitted models.

    Returns:
        A line for each cell that failed, with the reason.
    """
    if not todo:
        return []
    publication = Publication(lake, models, set(stored))
    failures: list[str] = []
    cells = sum(len(block.cells) for block, _ in todo)
    with progress.counting("train: cells", cells) as advance:
        fits = CellFits(lake, counted, publication, settings, progress, advance)
        try:
            with ThreadPoolExecutor(cells_at_once(lake.spark, settings)) as pool:
                running = {pool.submit(inheritable_thread_target(lake.spark)(job)) for job in fits.jobs(todo)}
                try:
                    while running:
                        finished, running = wait(running, timeout=CHECK_SECONDS, return_when=FIRST_COMPLETED)
                        failures += [line for job in finished for line in job.result()]
                        failures += publication.store(progress, everything=not running)
                except BaseException:
                    fits.stop()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        except Exception:
            # Finished cells are stored before the error ends the run.
            publication.store(progress, everything=True)
            raise
        fits.close()
    return failures


def cells_at_once(spark: SparkSession, settings: Settings) -> int:
    """The number of cells that are fitted in parallel: training.cells_at_once, or by default one for each task slot."""
    return settings.training.cells_at_once or max(1, places(spark))


class CellFits:
    """Fits cells and adds them to a publication. Its methods can run in several threads."""

    def __init__(
        self,
        lake: Lake,
        counted: Mapping[str, YearsOfExamples],
        publication: Publication,
        settings: Settings,
        progress: Progress,
        advance: Advance,
    ) -> None:
        self._lake = lake
        self._counted = counted
        self._publication = publication
        self._settings = settings
        self._progress = progress
        self._advance = advance
        self._results: list[DataFrame] = []
        self._stopped = threading.Event()

    def jobs(self, todo: Sequence[Todo]) -> list[Callable[[], list[str]]]:
        """Functions that fit all cells. Cells that are fitted in one task come first, because they are fastest."""
        in_task: dict[str, list[Todo]] = {}
        by_spark: list[Todo] = []
        for block, prints in todo:
            rows = sum(year.rows for year in training_years(block.first, self._counted[block.first.task.name]).values())
            alone = [cell for cell in block.cells if in_one_task(cell, rows, self._settings)]
            others = [cell for cell in block.cells if cell not in alone]
            if alone:
                in_task.setdefault(block.first.task.name, []).append((Block(tuple(alone)), prints))
            if others:
                by_spark.append((Block(tuple(others)), prints))
        jobs = [partial(self._fit_in_tasks, part) for blocks in in_task.values() for part in self._parts(blocks)]
        return [*jobs, *(partial(self._fit_block, block, prints) for block, prints in by_spark)]

    def stop(self) -> None:
        """Start no further cells. Running cells end when Spark cancels their jobs."""
        self._stopped.set()

    def close(self) -> None:
        """Free the stored predictions."""
        while self._results:
            release(self._results.pop())

    def _parts(self, blocks: Sequence[Todo]) -> Iterator[list[Todo]]:
        """Divide blocks into Spark jobs of at most ROWS_IN_ONE_JOB training rows."""
        part: list[Todo] = []
        rows = 0
        for block, prints in blocks:
            years = training_years(block.first, self._counted[block.first.task.name])
            more = sum(year.rows for year in years.values())
            if part and rows + more > ROWS_IN_ONE_JOB:
                yield part
                part, rows = [], 0
            part.append((block, prints))
            rows += more
        yield part

    def _fit_in_tasks(self, todo: Sequence[Todo]) -> list[str]:
        """Fit blocks of the same task in a Spark task each, and return a line for each failed cell."""
        task = todo[0][0].first.task
        examples = self._lake.read(task.examples)
        cells = [cell for block, _ in todo for cell in block.cells]
        prints = [fingerprints for _, fingerprints in todo]
        try:
            work = [self._work(block, examples) for block, _ in todo]
            with self._progress.working(f"train: {task.name}: {len(cells)} cells in {len(work)} tasks"):
                results = checkpointed(run_blocks(examples, work, self._settings))
                self._results.append(results)
                fitted_blocks = outcomes(results, work)
        except UsageError:
            raise
        except Exception as error:
            if len(todo) > 1 and not self._stopped.is_set():
                # A killed worker ends the whole job, although a single block may be the cause.
                self._progress.say(f"train: {task.name}: {reason_of(error)}; fitting the blocks again in two parts")
                half = len(todo) // 2
                return [line for part in (todo[:half], todo[half:]) for line in self._fit_in_tasks(part)]
            return [self._failure(cell, reason_of(error)) for cell in cells]
        rows, failures = predictions_of(results), []
        for outcome, fingerprints in zip(fitted_blocks, prints, strict=True):
            for fitted in outcome.fitted if outcome.target is not None else ():
                self._progress.say(f"train: {fitted.cell}: done in {fitted.seconds:.1f} s")
                self._add(fitted, outcome.target, fingerprints, predicted=rows)
            by_name = {cell.learner.name: cell for cell in outcome.work.block.cells}
            failures += [self._failure(by_name[name], reason) for name, reason in outcome.failed.items()]
        return failures

    def _work(self, block: Block, examples: DataFrame) -> BlockWork:
        first = block.first
        years = training_years(first, self._counted[first.task.name])
        counts = counts_of_years(years)
        chosen = selected(first, _examples(examples, block, list(years)), counts, self._settings)
        features = first.task.inputs(first.policy) if chosen is None else chosen
        return BlockWork(block, tuple(features), tuple(years), counts.rows)

    def _fit_block(self, block: Block, prints: Mapping[str, str]) -> list[str]:
        """Fit the cells of a block one after the other, and return a line for each failed cell."""
        first = block.first
        examples = self._lake.read(first.task.examples)
        years = training_years(first, self._counted[first.task.name])
        training, counts = _examples(examples, block, list(years)), counts_of_years(years)
        test = _examples(examples, block, [first.test_year])
        try:
            features = selected(first, training, counts, self._settings)
            ready = prepared_block(block, training, counts, self._settings, features)
        except UsageError:
            raise
        except Exception as error:
            return [self._failure(cell, reason_of(error)) for cell in block.cells]
        failures = []
        with closing(ready):
            for cell in block.cells:
                if self._stopped.is_set():
                    break
                try:
                    with self._progress.working(f"train: {cell}"):
                        fitted = ready.fit(cell, self._settings, partial(self._say, cell))
                except UsageError:
                    raise
                except Exception as error:
                    failures.append(self._failure(cell, reason_of(error)))
                else:
                    self._add(fitted, ready.target, prints, test=test)
        return failures

    def _say(self, cell: Cell, text: str) -> None:
        self._progress.say(f"train: {cell}: {text}")

    def _failure(self, cell: Cell, reason: str) -> str:
        self._progress.say(f"train: failed: {cell}: {reason}")
        self._advance()
        return f"{cell}: {reason}"

    def _add(
        self,
        fitted: Fitted,
        target: Target | None,
        prints: Mapping[str, str],
        *,
        test: DataFrame | None = None,
        predicted: DataFrame | None = None,
    ) -> None:
        """Add a fitted cell with its row of gold/cells to the publication."""
        if target is None:
            raise ValueError(f"{fitted.cell}: a fitted model must have a target")
        cell, counted = fitted.cell, self._counted[fitted.cell.task.name]
        entry = {
            **cell.keys,
            "test_year": cell.test_year,
            "train_rows": sum(year.rows for year in training_years(cell, counted).values()),
            "test_rows": counted[cell.city, cell.test_year, cell.delay].rows,
            "base_rate": target.base_rate,
            "k": target.k,
            "classes": list(target.classes) if target.classes else None,
            "parameters": parameters_of(cell, self._settings),
            "model": cell.model,
            "fingerprint": prints[cell.learner.name],
            "seconds": fitted.seconds,
        }
        self._publication.add(FittedCell(fitted, target, entry, test=test, predicted=predicted))
        self._advance()


def _examples(examples: DataFrame, block: Block, years: Sequence[int]) -> DataFrame:
    first = block.first
    return examples.where((F.col("city") == first.city) & (F.col("delay") == first.delay) & F.col("year").isin(*years))
