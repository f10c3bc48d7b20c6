"""The tune stage: from gold/examples_<task> to gold/trials, on training years only; see docs/tuning.md."""

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
from crime_spark.tuning.search import SELECTION, Search, next_selections, next_trials, untunable
from crime_spark.tuning.search_space import Parameters, free, trial_name, written
from crime_spark.tuning.trial_fit import FoldRows, Outcome
from crime_spark.tuning.trial_report import report
from crime_spark.tuning.trials import facts_of, metric_of, rows_of, trials_of

# (year, month) to number of examples and hash
Months = Mapping[tuple[int, int], tuple[int, int]]


def tune(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> str:
    """Run trials of all cells of the plan whose learner has a space, and add them to gold/trials.

    Each trial is stored when it finishes. Trials of other examples, folds or settings are removed. The rows of the test
    year are not used.

    Args:
        lake: the lake.
        cities, tasks, learners: what to tune.
        settings: the settings.
        progress: where messages go.

    Returns:
        The best trials as text.

    Raises:
        UsageError: no chosen learner has a space, no cell has enough months for the folds, or executors lack packages.
        LakeError: the examples have not been written.
    """
    tunable = [learner for learner in learners if untunable(learner, settings.tuning.strategy) is None]
    if not tunable:
        raise UsageError("nothing to tune: no chosen learner declares a space of settings")
    check_workers(lake.spark, tunable)
    reports: list[str] = []
    refused: list[str] = []
    workers = min(settings.tuning.trials_at_once, lake.spark.sparkContext.defaultParallelism)
    with ThreadPoolExecutor(workers) as pool:
        tuner = _Tuner(lake, settings, progress, pool, threading.Lock())
        for city in cities:
            for task in tasks:
                fitting = [learner for learner in tunable if unfit(task, learner) is None]
                for block, examples, months in _blocks(lake, city, task, fitting, settings) if fitting else ():
                    try:
                        folds = _folds(months, settings)
                    except UsageError as error:
                        refused.append(f"{str(block.first).rpartition(':')[0]}: {error}")
                        progress.say(f"tune: {refused[-1]}")
                        continue
                    reports += tuner.tune_block(block, examples, folds, months)
    if not reports:
        raise UsageError("; ".join(refused) or "nothing to tune: no city has two consecutive years of examples")
    return "\n".join(reports)


def _blocks(
    lake: Lake, city: City, task: Task, learners: Sequence[Learner], settings: Settings
) -> Iterable[tuple[Block, DataFrame, Months]]:
    """Yield each block of the plan with the examples of its training years and their counts by month."""
    stored = lake.read(task.examples).where(F.col("city") == city.name)
    if settings.years:
        stored = stored.where(F.col("year").isin(*settings.years))
    counted = stored.groupBy("delay", "year", "month").agg(
        F.count(F.lit(1)).alias("rows"), content_of(task.examples.names).alias("content")
    )
    counts = counted.collect()
    years = {city.name: {row["year"] for row in counts}}
    delays = {city.name: city.delay_days}
    for block in plan_blocks(years, [task], learners, settings.protocol, settings.policy, delays):
        first = block.first
        months = {
            (row["year"], row["month"]): (row["rows"], row["content"])
            for row in counts
            if row["delay"] == first.delay and row["year"] in first.train_years
        }
        of_block = F.col("year").isin(*first.train_years) & (F.col("delay") == first.delay)
        yield block, stored.where(of_block), months


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
        """Tune the cells of a block, and return a report for each.

        Raises:
            ValueError: a fold has months after the training years.
        """
        check_folds(folds, block.first.train_to)
        examples = examples.persist()
        reports = []
        try:
            with ExitStack() as stack:
                fold_rows = [
                    stack.enter_context(closing(FoldRows(block.first, fold, examples, self.settings))) for fold in folds
                ]
                counts = training_counts(examples, block.first.task.inputs(block.first.policy))
                for cell in block.cells:
                    reports.append(self._tune_cell(cell, fold_rows, months, facts_of(cell, counts)))
        finally:
            examples.unpersist()
        return reports

    def _tune_cell(self, cell: Cell, fold_rows: Sequence[FoldRows], months: Months, examples: Mapping[str, Any]) -> str:
        tuning = self.settings.tuning
        metric = metric_of(cell.task.kind, tuning.binary_metric)
        given = self.settings.learner_settings.get(cell.learner.name, {})
        spaces = free(cell.learner, type(cell.task.kind), given)
        search = Search(spaces, len(fold_rows), metric.higher_is_better, self.settings.seed, tuning.grid_steps)
        fingerprint = _fingerprint(cell, [rows.fold for rows in fold_rows], months, spaces, self.settings)
        self._withdraw(cell, fingerprint)
        shared = {"metric": metric.name, "strategy": tuning.strategy, "fingerprint": fingerprint, **examples}
        begun = time.monotonic()
        rows: list[Any] = [*rows_of(self.lake, [cell], metric.name)[tuple(cell.keys.values())]]
        while not tuning.minutes or time.monotonic() - begun < 60 * tuning.minutes:
            spent = len({row["trial"] for row in rows if row["strategy"] == tuning.strategy})
            wanted = self._asked(search, cell, rows, min(tuning.trials_at_once, tuning.trials - spent))
            if not wanted:
                break
            number = 1 + max((row["number"] for row in rows), default=-1)
            has_values = any(row["value"] is not None for row in rows)
            rows += self._try_all(cell, fold_rows, wanted, number, shared, has_values)
            for rows_of_fold in fold_rows:  # the next trials select other features
                rows_of_fold.forget_selections()
        return report(cell, trials_of(rows), search, metric.name)

    def _asked(self, search: Search, cell: Cell, rows: Sequence[Any], count: int) -> list[dict[str, Any]]:
        if count < 1:
            return []
        trials, strategy = trials_of(rows), self.settings.tuning.strategy
        if strategy == SELECTION:
            return next_selections(search, cell.learner.settings, trials, count)
        return next_trials(strategy, search, cell.learner.settings, trials, count)

    def _try_all(
        self,
        cell: Cell,
        fold_rows: Sequence[FoldRows],
        wanted: Sequence[Parameters],
        first: int,
        shared: Mapping[str, Any],
        has_values: bool,
    ) -> list[dict[str, Any]]:
        """Run trials in parallel, and store and return their rows of gold/trials.

        A failed trial is stored without a value, so that later runs do not repeat it. If no trial has succeeded, now or
        before, the parameters are probably not the cause, and the error is raised.
        """

        def store(index: int, parameters: Parameters, trial_outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
            columns = {
                **cell.keys,
                **shared,
                "trial": trial_name(parameters),
                "number": first + index,
                "parameters": written(parameters),
            }
            rows = [
                {**columns, **_of_fold(rows_of_fold.fold, outcome)}
                for rows_of_fold, outcome in zip(fold_rows, trial_outcomes, strict=True)
            ]
            entries = [tuple(row[name] for name in TRIALS.names) for row in rows]
            with self.writing:
                self.lake.append(TRIALS, self.lake.spark.createDataFrame(entries, TRIALS.struct).coalesce(1))
            return rows

        def run_trial(index: int, parameters: Parameters) -> list[dict[str, Any]]:
            with self.progress.working(f"tune: {cell}: trial {first + index}: {written(parameters)}"):
                trial_outcomes = [rows_of_fold.judge(cell, parameters, shared["metric"]) for rows_of_fold in fold_rows]
            return store(index, parameters, trial_outcomes)

        target: Callable[..., list[dict[str, Any]]] = inheritable_thread_target(self.lake.spark)(run_trial)
        jobs = [self.pool.submit(target, index, parameters) for index, parameters in enumerate(wanted)]
        rows: list[dict[str, Any]] = []
        failed: dict[int, Exception] = {}
        try:
            for index, job in enumerate(jobs):
                try:
                    rows += job.result()
                except CrimeSparkError:
                    raise
                except Exception as error:
                    failed[index] = error
            if failed and not has_values and not rows:
                raise failed[min(failed)]
        except BaseException:
            self.pool.shutdown(wait=False, cancel_futures=True)
            raise
        for index, fault in failed.items():
            self.progress.say(f"tune: {cell}: trial {first + index} failed and has no value: {reason_of(fault)}")
            rows += store(index, wanted[index], [rows_of_fold.without_value() for rows_of_fold in fold_rows])
        return rows

    def _withdraw(self, cell: Cell, fingerprint: str) -> None:
        """Remove trials of the cell that are not comparable with new ones."""
        if not self.lake.exists(TRIALS):
            return
        stale = f"{sql_condition(cell.keys)} AND fingerprint <> '{fingerprint}'"
        count = self.lake.read(TRIALS).where(stale).select("trial").distinct().count()
        if count:
            self.progress.say(f"tune: {cell}: {count} trials of other examples, folds or settings are removed")
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
        "months": sorted((*month, *counts) for month, counts in months.items()),
        "folds": [(fold.begins, fold.ends) for fold in folds],
        "settings": {name: value for name, value in usual.items() if name not in spaces},
    }
    return fingerprint_of(cell, settings, inputs)
