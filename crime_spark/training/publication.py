"""Storage of fitted cells: models, gold/predictions and gold/cells, with one commit a table for all finished cells."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from typing import Any

from pyspark.sql import DataFrame

from crime_spark.errors import reason_of
from crime_spark.fitting.blocks import Fitted, predictions_of_year, score
from crime_spark.fitting.cells import Cell
from crime_spark.fitting.fitted_cells import block_key, of_cells
from crime_spark.fitting.model_store import FittedModels, save_model
from crime_spark.fitting.target import Target
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, PREDICTIONS

# A finished cell is stored after at most this number of seconds, so that a killed run loses little.
MOST_SECONDS = 300.0


@dataclass(frozen=True)
class FittedCell:
    """A fitted cell that is not stored yet.

    Attributes:
        fitted: The cell and its model.
        target: Its target.
        entry: Its row of gold/cells.
        test: Examples of its test year, if it must still be scored.
        predicted: Rows of gold/predictions of this cell and others, if it has been scored.
    """

    fitted: Fitted
    target: Target
    entry: Mapping[str, Any]
    test: DataFrame | None = None
    predicted: DataFrame | None = None


class Publication:
    """Cells that wait for storage. All threads may `add`; only one thread may `store`."""

    def __init__(
        self,
        lake: Lake,
        models: FittedModels,
        stored: set[tuple[Any, ...]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without cells.

        Args:
            lake: where to store.
            models: the cache of fitted models.
            stored: keys of the cells in gold/cells.
            clock: a clock in seconds.
        """
        self._lake = lake
        self._models = models
        self._stored = stored
        self._clock = clock
        self._added: queue.SimpleQueue[tuple[float, FittedCell]] = queue.SimpleQueue()
        self._waiting: list[tuple[float, FittedCell]] = []

    def add(self, cell: FittedCell) -> None:
        """Add a cell."""
        self._added.put((self._clock(), cell))

    def store(self, progress: Progress, *, everything: bool) -> list[str]:
        """Store all waiting cells if `everything` is true or one of them has waited for MOST_SECONDS.

        Returns:
            A line with the reason for each cell that could not be scored or stored. All others are stored.
        """
        while not self._added.empty():
            self._waiting.append(self._added.get())
        if not self._waiting or not (everything or self._clock() - self._waiting[0][0] >= MOST_SECONDS):
            return []
        cells, self._waiting = [cell for _, cell in self._waiting], []
        try:
            with progress.working(f"train: scoring and storing {len(cells)} cells"):
                self._store(cells)
        except Exception as error:
            progress.say(f"train: storing {len(cells)} cells failed, storing one by one: {reason_of(error)}")
            return [line for cell in cells for line in self._store_alone(cell, progress)]
        return []

    def _store_alone(self, cell: FittedCell, progress: Progress) -> list[str]:
        try:
            self._store([cell])
        except Exception as error:
            line = f"{cell.fitted.cell}: {reason_of(error)}"
            progress.say(f"train: failed: {line}")
            return [line]
        return []

    def _store(self, cells: Sequence[FittedCell]) -> None:
        self._withdraw([cell.fitted.cell for cell in cells])
        for cell in cells:
            name = cell.fitted.cell.model
            save_model(self._lake, name, cell.fitted.model)
            self._models.put(name, cell.fitted.model)
        rows = reduce(DataFrame.unionByName, _predictions(cells))
        where = of_cells(cell.fitted.cell.keys for cell in cells)
        self._lake.replace(PREDICTIONS, rows, where=where)
        entries = [dict(cell.entry) for cell in cells]
        frame = self._lake.spark.createDataFrame(entries, CELLS.struct).coalesce(1)
        self._lake.replace(CELLS, frame, where=where)

    def _withdraw(self, cells: Sequence[Cell]) -> None:
        """Remove stored cells before they are replaced, so that a killed run leaves no new model with an old row."""
        if stale := [cell for cell in cells if tuple(cell.keys.values()) in self._stored]:
            no_rows = self._lake.spark.createDataFrame([], CELLS.struct)
            self._lake.replace(CELLS, no_rows, where=of_cells(cell.keys for cell in stale))


def _predictions(cells: Sequence[FittedCell]) -> Iterator[DataFrame]:
    """Yield rows of gold/predictions of the cells, in frames that are each read once."""
    scored = {id(cell.predicted): cell.predicted for cell in cells if cell.predicted is not None}
    for number, rows in scored.items():
        keys = [cell.fitted.cell.keys for cell in cells if id(cell.predicted) == number]
        yield rows.where(of_cells(keys))
    for block in _blocks([cell for cell in cells if cell.predicted is None]):
        yield _scored(block)


def _blocks(cells: Sequence[FittedCell]) -> list[list[FittedCell]]:
    """Group cells that differ only in their learner and have the same features."""

    def shared(cell: FittedCell) -> tuple[str, ...]:
        return (*map(str, block_key(cell.fitted.cell.keys)), cell.fitted.cell.selection)

    return [list(block) for _, block in groupby(sorted(cells, key=shared), key=shared)]


def _scored(block: Sequence[FittedCell]) -> DataFrame:
    """Score the test rows of a block. All cells share target and test rows."""
    fitted = [cell.fitted for cell in block]
    cell, target, test = fitted[0].cell, block[0].target, block[0].test
    if test is None:
        raise ValueError(f"{cell}: expected test rows or predictions")
    rows = score(
        test, cell.task.inputs(cell.policy), target, [(fitted_cell.model, fitted_cell.kind) for fitted_cell in fitted]
    )
    cells = [(fitted_cell.cell, fitted_cell.kind) for fitted_cell in fitted]
    return predictions_of_year(rows, test, target, cells, cell.test_year)
