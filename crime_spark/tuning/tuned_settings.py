"""The best settings and features of each cell from gold/trials, for the train stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import Row

from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Block, Cell
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import TRIALS
from crime_spark.settings import Settings
from crime_spark.tuning.choice import Trial, complete, pick
from crime_spark.tuning.search_space import FEATURES, free, written
from crime_spark.tuning.trials import differences, facts_of, metric_of, rows_of, trials_of


def tuned(
    lake: Lake,
    blocks: Sequence[Block],
    counted: Callable[[Block], TrainingCounts],
    settings: Settings,
    progress: Progress,
) -> list[Block]:
    """Replace the settings of each cell by those of its best trial, with a message.

    A cell with selected features gets its own block. learner_settings in the configuration take precedence. A cell does
    not change without trials, with trials of other examples, or with settings that the learner does not have.

    Args:
        lake: the lake.
        blocks: the blocks.
        counted: gives the counts of the training rows of a block.
        settings: the settings.
        progress: where messages go.
    """
    if not settings.training.tuned or not lake.exists(TRIALS):
        return list(blocks)
    cells: dict[str, list[Cell]] = {}
    for block in blocks:
        metric = metric_of(block.first.task.kind, settings.tuning.binary_metric).name
        cells.setdefault(metric, []).extend(cell for cell in block.cells if not cell.learner.baseline)
    trials = {
        key: rows
        for metric, cells_of_metric in cells.items()
        for key, rows in rows_of(lake, cells_of_metric, metric).items()
    }
    best = []
    for block in blocks:
        counts = counted(block)
        rows = [trials.get(tuple(cell.keys.values()), []) for cell in block.cells]
        best.append(
            [
                _best(cell, rows_of_cell, counts, settings, progress)
                for cell, rows_of_cell in zip(block.cells, rows, strict=True)
            ]
        )
    return [part for cells_of_metric in best for part in _divided(cells_of_metric)]


def _divided(cells: Sequence[Cell]) -> list[Block]:
    """A block of the cells with all features, and a block for each other cell, whose features depend on its learner."""
    together = tuple(cell for cell in cells if not cell.selection)
    alone = [Block((cell,)) for cell in cells if cell.selection]
    return [*([Block(together)] if together else []), *alone]


def _best(cell: Cell, rows: Sequence[Row], counts: TrainingCounts, settings: Settings, progress: Progress) -> Cell:
    if not rows:
        return cell
    # All trials of a cell have the same examples, because the tune stage removes others.
    if changed := differences(rows[0], facts_of(cell, counts)):
        progress.say(
            f"train: {cell}: usual settings, because its trials are of other examples ({'; '.join(changed)}); run "
            "stage tune again"
        )
        return cell
    given = settings.learner_settings.get(cell.learner.name, {})
    metric, trials, folds = rows[0]["metric"], trials_of(rows), 1 + max(row["fold"] for row in rows)
    greater = cell.task.kind.metric(metric).higher_is_better
    best = pick(trials, free(cell.learner, type(cell.task.kind), given), folds, greater=greater)
    if best is None:
        progress.say(f"train: {cell}: usual settings, because no trial has a value of {metric} on every fold")
        return cell
    if unknown := sorted(set(best.parameters) - {*cell.learner.settings, FEATURES}):
        progress.say(f"train: {cell}: its trials have unknown settings {', '.join(unknown)}; run stage tune again")
        return cell
    progress.say(f"train: {cell}: {_text(best, len(complete(trials, folds)), metric, given)}")
    return with_parameters(cell, best.parameters)


def with_parameters(cell: Cell, parameters: Mapping[str, Any]) -> Cell:
    """The cell with the settings and selected features of a trial."""
    tuned_values = {name: value for name, value in parameters.items() if name != FEATURES}
    learner = replace(cell.learner, settings={**cell.learner.settings, **tuned_values})
    return replace(cell, learner=learner, selection=parameters.get(FEATURES, ""))


def parameters_of(cell: Cell, settings: Settings) -> str:
    """JSON of the settings of a cell and its selection of features."""
    values = cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {}))
    return json.dumps({**values, **({FEATURES: cell.selection} if cell.selection else {})}, sort_keys=True)


def _text(best: Trial, among: int, metric: str, given: Mapping[str, Any]) -> str:
    used = {name: value for name, value in best.parameters.items() if name not in given}
    return f"tuned, {metric} {best.mean:.4f} in validation, best of {among} trials: {written(used)}"
