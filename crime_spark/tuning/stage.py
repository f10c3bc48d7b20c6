"""The tune job: gold/examples_<task> to gold/trials, of the training years alone. docs/tuning.md says how."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.errors import CrimeSparkError, UsageError, reason_of
from crime_spark.fitting.blocks import training_counts
from crime_spark.fitting.cells import Block, Cell, plan_blocks, unfit
from crime_spark.fitting.example_counts import content_of
from crime_spark.fitting.fingerprint import fingerprint_of
from crime_spark.fitting.worker_packages import check_workers
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import TRIALS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Task
from crime_spark.tuning.folds import Fold, check_folds, folds_of, year_and_month
from crime_spark.tuning.search import SELECTION, Search, asked, asked_features, untunable
from crime_spark.tuning.search_space import Parameters, free, named, written
from crime_spark.tuning.trial_fit import FoldRows, Outcome
from crime_spark.tuning.trial_report import told
from crime_spark.tuning.trials import metric_of, rows_of, seen, tried_of

# (year, month) -> how many examples, and a hash of them
Months = Mapping[tuple[int, int], tuple[int, int]]


def tune(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> str:
    """Add to gold/trials of every cell of the plan whose learner has a space; what is the best now, for people.

    Trials are kept as they finish. Those of other examples, folds or settings than now are taken away. Of the year that
    a cell is tested on nothing is known but that it has rows.

    Raises:
        UsageError: no learner chosen has a space, no cell has months enough for the folds, or executors lack what is
            needed.
        LakeError: the examples have not been written.
    """
    able = [each for each in learners if untunable(each, settings.tuning.strategy) is None]
    if not able:
        raise UsageError("there is nothing to tune: no learner chosen declares a space")
    check_workers(lake.spark, able)
    said: list[str] = []
    refused: list[str] = []
    workers = min(settings.tuning.trials_at_once, lake.spark.sparkContext.defaultParallelism)
    with ThreadPoolExecutor(workers) as pool:
        tuner = _Tuner(lake, settings, progress, pool, threading.Lock())
        for city in cities:
            for task in tasks:
                fitting = [learner for learner in able if unfit(task, learner) is None]
                for block, examples, months in _blocks(lake, city, task, fitting, settings) if fitting else ():
                    try:
                        folds = _folds(months, settings)
                    except UsageError as error:
                        refused.append(f"{str(block.first).rpartition(':')[0]}: {error}")
                        progress.say(f"tune: {refused[-1]}")
                        continue
                    said += tuner.tune_block(block, examples, folds, months)
    if not said:
        raise UsageError("; ".join(refused) or "nothing to tune: no city has two consecutive years of examples")
    return "\n".join(said)


def _blocks(
    lake: Lake, city: City, task: Task, learners: Sequence[Learner], settings: Settings
) -> Iterable[tuple[Block, DataFrame, Months]]:
    """Each block of the plan with the examples of its training years, and what each month of them holds."""
    stored = lake.read(task.examples).where(F.col("city") == city.name)
    if settings.years:
        stored = stored.where(F.col("year").isin(*settings.years))
    counted = stored.groupBy("delay", "year", "month").agg(
        F.count(F.lit(1)).alias("rows"), content_of(task.examples.names).alias("content")
    )
    held = counted.collect()
    years = {city.name: {row["year"] for row in held}}
    delays = {city.name: city.delay_days}
    for block in plan_blocks(years, [task], learners, settings.protocol, settings.policy, delays):
        first = block.first
        months = {
            (row["year"], row["month"]): (row["rows"], row["content"])
            for row in held
            if row["delay"] == first.delay and row["year"] in first.train_years
        }
        own = F.col("year").isin(*first.train_years) & (F.col("delay") == first.delay)
        yield block, stored.where(own), months


def _folds(months: Months, settings: Settings) -> list[Fold]:
    numbered = (12 * year + month - 1 for year, month in months)
    return folds_of(numbered, settings.tuning.folds, settings.tuning.fold_months)


@dataclass(frozen=True)
class _Tuner:
    lake: Lake
    settings: Settings
    progress: Progress
    pool: ThreadPoolExecutor
    writing: threading.Lock

    def tune_block(self, block: Block, examples: DataFrame, folds: Sequence[Fold], months: Months) -> list[str]:
        """Tune each cell of the block; what is best of each.

        Raises:
            ValueError: a fold reaches beyond the training years.
        """
        check_folds(folds, block.first.train_to)
        examples = examples.persist()
        said = []
        try:
            with ExitStack() as stack:
                held = [
                    stack.enter_context(closing(FoldRows(block.first, fold, examples, self.settings))) for fold in folds
                ]
                known = training_counts(examples, block.first.task.inputs(block.first.policy))
                for cell in block.cells:
                    said.append(self._tune_cell(cell, held, months, seen(cell, known)))
        finally:
            examples.unpersist()
        return said

    def _tune_cell(self, cell: Cell, held: Sequence[FoldRows], months: Months, examples: Mapping[str, Any]) -> str:
        tuning = self.settings.tuning
        metric = metric_of(cell.task.kind, tuning.binary_metric)
        given = self.settings.learner_settings.get(cell.learner.name, {})
        spaces = free(cell.learner, type(cell.task.kind), given)
        search = Search(spaces, len(held), metric.higher_is_better, self.settings.seed, tuning.grid_steps)
        fingerprint = _fingerprint(cell, [rows.fold for rows in held], months, spaces, self.settings)
        self._withdraw(cell, fingerprint)
        shared = {"metric": metric.name, "strategy": tuning.strategy, "fingerprint": fingerprint, **examples}
        begun = time.monotonic()
        rows: list[Any] = [*rows_of(self.lake, [cell], metric.name)[tuple(cell.keys.values())]]
        while not tuning.minutes or time.monotonic() - begun < 60 * tuning.minutes:
            spent = len({row["trial"] for row in rows if row["strategy"] == tuning.strategy})
            wanted = self._asked(search, cell, rows, min(tuning.trials_at_once, tuning.trials - spent))
            if not wanted:
                break
            at = 1 + max((row["number"] for row in rows), default=-1)
            sound = any(row["value"] is not None for row in rows)
            rows += self._try_all(cell, held, wanted, at, shared, sound)
            for each in held:  # what comes next keeps other features
                each.forget_selections()
        return told(cell, tried_of(rows), search, metric.name)

    def _asked(self, search: Search, cell: Cell, rows: Sequence[Any], count: int) -> list[dict[str, Any]]:
        if count < 1:
            return []
        tried, strategy = tried_of(rows), self.settings.tuning.strategy
        if strategy == SELECTION:
            return asked_features(search, cell.learner.settings, tried, count)
        return asked(strategy, search, cell.learner.settings, tried, count)

    def _try_all(
        self,
        cell: Cell,
        held: Sequence[FoldRows],
        wanted: Sequence[Parameters],
        first: int,
        shared: Mapping[str, Any],
        sound: bool,
    ) -> list[dict[str, Any]]:
        """Rows of gold/trials, with what is shared, of each of the parameters wanted, tried at once, stored when done.

        One that fails is stored without a value, or it would end every later run too. Where no other one has succeeded,
        of the earlier ones neither (sound), it is hardly the parameters that are at fault: then the error is raised.
        """

        def store(at: int, parameters: Parameters, found: Sequence[Outcome]) -> list[dict[str, Any]]:
            own = {
                **cell.keys,
                **shared,
                "trial": named(parameters),
                "number": first + at,
                "parameters": written(parameters),
            }
            rows = [{**own, **_of_fold(each.fold, outcome)} for each, outcome in zip(held, found, strict=True)]
            entries = [tuple(row[name] for name in TRIALS.names) for row in rows]
            with self.writing:
                self.lake.append(TRIALS, self.lake.spark.createDataFrame(entries, TRIALS.struct).coalesce(1))
            return rows

        def one(at: int, parameters: Parameters) -> list[dict[str, Any]]:
            with self.progress.working(f"tune: {cell}: trial {first + at}: {written(parameters)}"):
                found = [each.judge(cell, parameters, shared["metric"]) for each in held]
            return store(at, parameters, found)

        target: Callable[..., list[dict[str, Any]]] = inheritable_thread_target(self.lake.spark)(one)
        jobs = [self.pool.submit(target, at, parameters) for at, parameters in enumerate(wanted)]
        rows: list[dict[str, Any]] = []
        failed: dict[int, Exception] = {}
        try:
            for at, job in enumerate(jobs):
                try:
                    rows += job.result()
                except CrimeSparkError:
                    raise
                except Exception as error:
                    failed[at] = error
            if failed and not sound and not rows:
                raise failed[min(failed)]
        except BaseException:
            self.pool.shutdown(wait=False, cancel_futures=True)
            raise
        for at, fault in failed.items():
            self.progress.say(f"tune: {cell}: trial {first + at} failed, and has no value: {reason_of(fault)}")
            rows += store(at, wanted[at], [each.without_value() for each in held])
        return rows

    def _withdraw(self, cell: Cell, fingerprint: str) -> None:
        """Take away the cell's trials that are not comparable with those to come."""
        if not self.lake.exists(TRIALS):
            return
        stale = f"{sql_condition(cell.keys)} AND fingerprint <> '{fingerprint}'"
        count = self.lake.read(TRIALS).where(stale).select("trial").distinct().count()
        if count:
            self.progress.say(f"tune: {cell}: {count} trials are of other examples, folds or settings: taken away")
            self.lake.replace(TRIALS, self.lake.spark.createDataFrame([], TRIALS.struct), where=stale)


def _of_fold(fold: Fold, outcome: Outcome) -> dict[str, Any]:
    return {
        "fold": fold.number,
        "value": outcome.value,
        "kept": list(outcome.kept) if outcome.kept is not None else None,
        "validated_from": year_and_month(fold.begins),
        "validated_to": year_and_month(fold.ends),
        "rows": outcome.rows,
        "seconds": outcome.seconds,
    }


def _fingerprint(
    cell: Cell, folds: Sequence[Fold], months: Months, spaces: Mapping[str, Any], settings: Settings
) -> str:
    usual = cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {}))
    inputs = {
        "months": sorted((*month, *held) for month, held in months.items()),
        "folds": [(fold.begins, fold.ends) for fold in folds],
        "settings": {name: value for name, value in usual.items() if name not in spaces},
    }
    return fingerprint_of(cell, settings, inputs)
