"""What the train stage takes of gold/trials: the best settings and features of each cell."""

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
from crime_spark.tuning.choice import Tried, complete, pick
from crime_spark.tuning.search_space import FEATURES, free, written
from crime_spark.tuning.trials import differences, metric_of, rows_of, seen, tried_of


def tuned(
    lake: Lake,
    blocks: Sequence[Block],
    counted: Callable[[Block], TrainingCounts],
    settings: Settings,
    progress: Progress,
) -> list[Block]:
    """The blocks, each cell with the best of its own trials in the place of its learner's settings, which it says.

    counted tells what has been counted of a block's training rows. A cell that keeps some features alone is in a block
    of its own then. learner_settings of the configuration win. A cell without trials, or whose trials are of other
    examples or have settings that the learner does not know any more, stays as it is.
    """
    if not settings.training.tuned or not lake.exists(TRIALS):
        return list(blocks)
    cells: dict[str, list[Cell]] = {}
    for block in blocks:
        metric = metric_of(block.first.task.kind, settings.tuning.binary_metric).name
        cells.setdefault(metric, []).extend(cell for cell in block.cells if not cell.learner.baseline)
    tried = {key: rows for metric, each in cells.items() for key, rows in rows_of(lake, each, metric).items()}
    best = []
    for block in blocks:
        known = counted(block)
        rows = [tried.get(tuple(cell.keys.values()), []) for cell in block.cells]
        best.append([_best(cell, own, known, settings, progress) for cell, own in zip(block.cells, rows, strict=True)])
    return [part for each in best for part in _apart(each)]


def _apart(cells: Sequence[Cell]) -> list[Block]:
    """Cells with all features together; each other one by itself, as what it keeps depends on its learner."""
    together = tuple(cell for cell in cells if not cell.selection)
    alone = [Block((cell,)) for cell in cells if cell.selection]
    return [*([Block(together)] if together else []), *alone]


def _best(cell: Cell, rows: Sequence[Row], known: TrainingCounts, settings: Settings, progress: Progress) -> Cell:
    if not rows:
        return cell
    # Those of a cell are all of the same examples: the tuner takes away the others.
    if changed := differences(rows[0], seen(cell, known)):
        progress.say(
            f"train: {cell}: its trials are of other examples ({'; '.join(changed)}), its settings are the usual ones: "
            "tune again"
        )
        return cell
    given = settings.learner_settings.get(cell.learner.name, {})
    metric, tried, folds = rows[0]["metric"], tried_of(rows), 1 + max(row["fold"] for row in rows)
    greater = cell.task.kind.metric(metric).higher_is_better
    best = pick(tried, free(cell.learner, type(cell.task.kind), given), folds, greater=greater)
    if best is None:
        progress.say(f"train: {cell}: no trial has a value of {metric} on every fold: its settings are the usual ones")
        return cell
    if unknown := sorted(set(best.parameters) - {*cell.learner.settings, FEATURES}):
        progress.say(f"train: {cell}: its trials are of {', '.join(unknown)}, which it does not have: tune again")
        return cell
    progress.say(f"train: {cell}: {_told(best, len(complete(tried, folds)), metric, given)}")
    return with_parameters(cell, best.parameters)


def with_parameters(cell: Cell, parameters: Mapping[str, Any]) -> Cell:
    """The cell with a trial's settings and selection of features."""
    own = {name: value for name, value in parameters.items() if name != FEATURES}
    learner = replace(cell.learner, settings={**cell.learner.settings, **own})
    return replace(cell, learner=learner, selection=parameters.get(FEATURES, ""))


def parameters_of(cell: Cell, settings: Settings) -> str:
    """JSON of every setting that the cell is fitted with, and of how its features are chosen if not all are taken."""
    own = cell.learner.with_settings(settings.learner_settings.get(cell.learner.name, {}))
    return json.dumps({**own, **({FEATURES: cell.selection} if cell.selection else {})}, sort_keys=True)


def _told(best: Tried, among: int, metric: str, given: Mapping[str, Any]) -> str:
    used = {name: value for name, value in best.parameters.items() if name not in given}
    return f"tuned, {metric} {best.mean:.4f} in validation, picked among {among} trials: {written(used)}"
