"""The train stage: from gold/examples_<task> to models, gold/predictions and gold/cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crime_spark.cities.city import City
from crime_spark.errors import CrimeSparkError, UsageError
from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.fitting.example_counts import YearsOfExamples, counts_of_years, training_years, years_of_examples
from crime_spark.fitting.fingerprint import fingerprint_of
from crime_spark.fitting.model_store import FittedModels
from crime_spark.fitting.worker_packages import check_workers
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner, Shape
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Task
from crime_spark.training.block_task import in_one_task
from crime_spark.training.cell_fits import fit_cells
from crime_spark.tuning.tuned_settings import parameters_of, tuned


def train(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
    models: FittedModels | None = None,
) -> list[str]:
    """Fit all cells of the plan that are not stored or whose inputs have changed. A failed cell does not stop others.

    Settings and features are those of the best trial in gold/trials for similar examples, unless training.tuned is
    false.

    Args:
        lake: the lake.
        cities, tasks, learners: what to fit.
        settings: the settings.
        progress: where messages go.
        models: a cache for the fitted models.

    Returns:
        A line with the reason for each failed cell.

    Raises:
        UsageError: a learner cannot fit a task, no city has two consecutive years, or executors lack packages.
        LakeError: the examples have not been written.
        CrimeSparkError: all cells failed.
    """
    if faults := illegal_pairs(tasks, learners):
        raise UsageError("; ".join(faults))
    blocks, counts_by_task = _planned(lake, cities, tasks, learners, settings, progress)

    def block_counts(block: Block) -> TrainingCounts:
        return counts_of_years(training_years(block.first, counts_by_task[block.first.task.name]))

    blocks = tuned(lake, blocks, block_counts, settings, progress)
    finished = _finished(lake)
    todo = _to_do(finished, blocks, counts_by_task, settings, progress)
    _check(lake, [cell for block, _ in todo for cell in block.cells], settings)
    failures = fit_cells(lake, todo, counts_by_task, finished, settings, progress, models or FittedModels(lake))
    if len(failures) == sum(len(block.cells) for block in blocks):
        raise CrimeSparkError(f"all cells failed: {'; '.join(failures)}")
    return failures


def _planned(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> tuple[list[Block], dict[str, YearsOfExamples]]:
    """The blocks of all tasks, and the counts of their examples by task."""
    counts_by_task: dict[str, YearsOfExamples] = {}
    blocks: list[Block] = []
    delays = {city.name: city.delay_days for city in cities}
    for task in tasks:
        with progress.working(f"train: counting the examples of {task.name}"):
            counts_by_task[task.name] = years_of_examples(lake, task, list(delays), settings.years)
        present: dict[str, set[int]] = {name: set() for name in delays}
        for city, year, _ in counts_by_task[task.name]:
            present[city].add(year)
        fitting = [learner for learner in learners if unfit(task, learner) is None]
        blocks += plan_blocks(present, [task], fitting, settings.protocol, settings.policy, delays)
        for city in delays:
            if not any(block.first.city == city and block.first.task is task for block in blocks):
                progress.say(
                    f"train: nothing to fit for {city} {task.name}: no two consecutive years have rows "
                    f"(years with rows: {', '.join(map(str, sorted(present[city]))) or 'none'})"
                )
    if not blocks:
        raise UsageError(
            "no city has examples of two consecutive years; a model is fitted on one year and scored on the next"
        )
    return blocks, counts_by_task


def _to_do(
    finished: Mapping[tuple[Any, ...], str],
    blocks: Sequence[Block],
    counts_by_task: Mapping[str, YearsOfExamples],
    settings: Settings,
    progress: Progress,
) -> list[tuple[Block, dict[str, str]]]:
    """The cells to fit: not stored or with changed inputs, by block and with fingerprints by learner."""
    todo = []
    for block in blocks:
        prints = {
            cell.learner.name: _fingerprint(cell, counts_by_task[cell.task.name], settings) for cell in block.cells
        }
        stale = [c for c in block.cells if finished.get(tuple(c.keys.values())) != prints[c.learner.name]]
        cells = block.cells if settings.training.refit else tuple(stale)
        if len(cells) < len(block.cells):
            first, count = block.first, len(block.cells) - len(cells)
            progress.say(f"train: {count} of {first.city} {first.task.name} to {first.test_year} are up to date")
        if cells:
            todo.append((Block(cells), prints))
    return todo


def _check(lake: Lake, cells: Sequence[Cell], settings: Settings) -> None:
    """Build each learner once, so that wrong settings end the run before the first fit.

    Raises:
        UsageError: a setting of a learner is unknown, of a wrong type or out of range; or executors lack packages.
    """
    check_workers(lake.spark, (cell.learner for cell in cells))
    built = set()
    for cell in cells:
        kind, parameters = cell.learner.fits(type(cell.task.kind)), parameters_of(cell, settings)
        if (cell.learner.name, kind, parameters) not in built:
            built.add((cell.learner.name, kind, parameters))
            chosen = cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {}))
            try:
                cell.learner.build(Shape(kind, 2, 2, 2), chosen, settings.seed)
            except UsageError:
                raise
            except Exception:
                continue  # other errors are reported for the cell when it is fitted


def _finished(lake: Lake) -> dict[tuple[Any, ...], str]:
    if not lake.exists(CELLS):
        return {}
    rows = lake.read(CELLS).select(*CELL_KEY, "fingerprint").collect()
    return {tuple(row[key] for key in CELL_KEY): row["fingerprint"] for row in rows}


def _fingerprint(cell: Cell, counts: YearsOfExamples, settings: Settings) -> str:
    counts_by_year = {y: counts.get((cell.city, y, cell.delay)) for y in (*cell.train_years, cell.test_year)}
    inputs: dict[str, Any] = {
        "rows": {y: (year.rows, year.content) for y, year in counts_by_year.items() if year},
        "settings": parameters_of(cell, settings),
    }
    if in_one_task(cell, sum(year.rows for year in training_years(cell, counts).values()), settings):
        inputs["fitted"] = "in one task"  # xgboost, knn and sequence fit other models there
    return fingerprint_of(cell, settings, inputs)
