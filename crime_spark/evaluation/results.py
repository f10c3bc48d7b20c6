"""Results of evaluate that are not stored yet: rows of gold/metrics, curves, confusion and comparisons."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row

from crime_spark.evaluation.comparisons import SCALED, comparisons, scaled_errors
from crime_spark.evaluation.events import Events
from crime_spark.evaluation.judged_cells import FROZEN, ROLLING, Judged
from crime_spark.evaluation.tables import confusion_frame, curves_frame, metrics_frame
from crime_spark.fitting.fitted_cells import of_cells
from crime_spark.lake import Lake, sql_condition
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import BLOCK_KEY, COMPARISONS, CONFUSION, CURVES, METRICS
from crime_spark.table import Table

# Results are stored after at most this number of seconds, so that a killed run loses little.
MOST_SECONDS = 300.0
_CHOSEN_BY = ("city", "task", "learner", "protocol", "policy")


class Results:
    """Collects results and stores those of several cells together, because each commit of a table takes seconds."""

    def __init__(
        self,
        lake: Lake,
        learners: Sequence[Learner],
        events: Events,
        outdated: Sequence[Table],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without results.

        Args:
            lake: where to store.
            learners: all learners of the results.
            events: events of cells.
            outdated: stored tables of an earlier version; they are overwritten.
            clock: a clock in seconds.
        """
        self._lake = lake
        self._learners = learners
        self._events = events
        self._outdated = list(outdated)
        self._clock = clock
        self._since = clock()
        self._evaluated: list[Row] = []
        self._points: list[DataFrame] = []
        self._cells: list[Row] = []
        self._contests: list[str] = []
        self._rolling: list[Judged] = []
        self._rivals: list[Judged] = []
        self._frozen: list[Judged] = []
        self._frozen_cells: list[Row] = []
        self._frozen_stored: list[Row] = []

    def add(self, cells: Sequence[Row], points: DataFrame, rolling: Sequence[Judged], rivals: Sequence[Judged]) -> None:
        """Add the results of cells of one task for the year after their training years.

        Args:
            cells: Rows of gold/cells.
            points: The result of `with_classes`, cached until it is stored.
            rolling: The rows of points with a metric.
            rivals: The headline metrics of other learners on the same years.
        """
        self._evaluated += cells
        self._cells += cells
        self._contests.append(f"({sql_condition(contests(cells))})")
        self._points.append(points)
        self._rolling += rolling
        self._rivals += rivals

    def add_frozen(self, cells: Sequence[Row], frozen: Sequence[Judged]) -> None:
        """Add metrics of cells for later years, with the past frozen at the end of training."""
        self._frozen_cells += cells
        self._frozen += frozen

    def store(self, progress: Progress, *, everything: bool) -> None:
        """Store all results if `everything` is true or the last time is MOST_SECONDS ago.

        Stored metrics with a frozen past are kept until they are replaced. With `everything`, those that were not
        replaced are removed.
        """
        if not everything and (not self._cells + self._frozen_cells or self._clock() - self._since < MOST_SECONDS):
            return
        with progress.working("evaluate: storing"):
            for table, frame, where in self.frames(everything=everything):
                self._lake.replace(table, frame.coalesce(1), where=None if table in self._outdated else where)
                self._outdated = [other for other in self._outdated if other is not table]
        self.close()
        self._cells, self._contests, self._rolling, self._rivals = [], [], [], []
        self._frozen_stored += self._frozen_cells
        self._frozen, self._frozen_cells = [], []
        self._since = self._clock()

    def close(self) -> None:
        """Free the cached points."""
        while self._points:
            self._points.pop().unpersist()

    def frames(self, *, everything: bool) -> Iterator[tuple[Table, DataFrame, str]]:
        """Yield each table, its new rows, and a condition for the rows that they replace."""
        frozen = [{**row, "history": FROZEN} for row in self._frozen]
        replaced = of_cells(self._frozen_cells)
        if everything:
            replaced = sql_condition(_values(self._evaluated, _CHOSEN_BY))
            if self._frozen_stored:
                replaced += f" AND NOT ({of_cells(self._frozen_stored)})"
        where = [f"(({replaced}) AND history = '{FROZEN}')"] if replaced else []
        if not self._cells:
            yield METRICS, self._metrics(frozen), " OR ".join(where)
            return
        of_cells_stored = sql_condition(_values(self._cells, _CHOSEN_BY))
        shared = " OR ".join(self._contests)
        compared = [*self._rolling, *self._rivals]
        scaled = scaled_errors(compared, {learner.name for learner in self._learners if learner.scales})
        rolling = [{**row, "history": ROLLING} for row in (*self._rolling, *scaled)]
        where += [f"(({of_cells_stored}) AND history = '{ROLLING}')", f"(({shared}) AND metric = '{SCALED}')"]
        yield METRICS, self._metrics([*rolling, *frozen]), " OR ".join(where)
        points = reduce(DataFrame.unionByName, self._points)
        yield CURVES, curves_frame(points), of_cells_stored
        yield CONFUSION, confusion_frame(points), of_cells_stored
        differences = comparisons(compared, {learner.name for learner in self._learners if learner.baseline})
        rows = [tuple(row[name] for name in COMPARISONS.names) for row in differences]
        yield (
            COMPARISONS,
            self._lake.spark.createDataFrame(rows, COMPARISONS.struct),
            f"({of_cells_stored}) OR ({shared})",
        )

    def _metrics(self, judged: Sequence[Mapping[str, Any]]) -> DataFrame:
        return metrics_frame(self._lake.spark, judged, [self._events.names(row) for row in judged])


def contests(cells: Sequence[Row]) -> dict[str, list[Any]]:
    """The values of the keys of the cells except the learner; only cells within these are compared."""
    return _values(cells, (*BLOCK_KEY, "test_year"))


def _values(cells: Sequence[Row], keys: Sequence[str]) -> dict[str, list[Any]]:
    return {key: sorted({cell[key] for cell in cells}) for key in keys}
