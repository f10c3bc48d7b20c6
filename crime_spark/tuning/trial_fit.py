"""One trial on one fold: fitted on the months before, judged on those that follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.evaluation.judged_cells import judge_cells
from crime_spark.features.feature import Feature
from crime_spark.fitting.blocks import Ready, TrainingCounts, predictions_of_year, score
from crime_spark.fitting.cells import Cell
from crime_spark.fitting.feature_selection import Selection, in_order
from crime_spark.fitting.target import target_of
from crime_spark.settings import Settings
from crime_spark.tuning.folds import MONTH, Fold, check_rows
from crime_spark.tuning.search_space import Parameters
from crime_spark.tuning.tuned_settings import with_parameters
from crime_spark.vectors.preparation import seen_by, usable

_LAST = "_last_month"


@dataclass(frozen=True)
class Outcome:
    """What a trial came to on a fold; kept are the features chosen for it, None if it has all."""

    value: float | None
    kept: tuple[str, ...] | None
    rows: int
    seconds: float


class FoldRows:
    """A fold of the examples of a cell's training years; what is prepared is shared by all trials, in any thread.

    Raises:
        ValueError: the rows to fit on are not before those to validate on, or these reach beyond the training years.
    """

    def __init__(self, cell: Cell, fold: Fold, examples: DataFrame, settings: Settings) -> None:
        """Any cell of its block will do; its learner is not looked at."""
        self.fold = fold
        self._cell = cell
        self._settings = settings
        self._training, self._validation = fold.training(examples), fold.validation(examples)
        features = cell.task.inputs(cell.policy)
        recorded = [F.count(feature.name).alias(feature.name) for feature in features]
        fitted = _counted(self._training, F.avg("label").alias("_mean"), *recorded)
        validated = _counted(self._validation, F.count(F.lit(1)).alias("_rows"))
        check_rows(fitted[_LAST], validated[_LAST], fold, cell.train_to)
        self._rows = int(validated["_rows"])
        self._known = TrainingCounts(fitted["_mean"], {feature.name: fitted[feature.name] for feature in features})
        self._features = usable(features, self._known.recorded)
        self._target = target_of(self._training, cell.task.kind, self._known.mean)
        self._lock = threading.Lock()
        self._orders: dict[tuple[str, ...], list[str]] = {}
        self._ready: dict[tuple[str, ...], Ready] = {}

    def judge(self, cell: Cell, parameters: Parameters, metric: str) -> Outcome:
        """The metric of the cell's learner with these parameters, on the months validated on."""
        started = time.monotonic()
        tried = with_parameters(cell, parameters)
        kept = self._chosen(tried)
        features = [each for each in self._features if kept is None or each.name in kept]
        model = self._made_ready(features).fit(tried, self._settings)
        year, cells = cell.train_to, [(tried, model.kind)]
        scored = score(self._validation, features, self._target, [(model.model, model.kind)])
        predicted = predictions_of_year(scored, self._validation, self._target, cells, year)
        groups = [Row(**cell.keys, test_year=year, k=self._target.k, classes=self._target.classes)]
        once = replace(self._settings, evaluation=replace(self._settings.evaluation, resamples=1))
        judged = judge_cells(predicted, groups, cell.task, once, [metric])
        values = [row["value"] for row in judged if row["metric"] == metric]
        return Outcome(values[0] if values else None, kept, self._rows, time.monotonic() - started)

    def without_value(self) -> Outcome:
        """What a trial that fails comes to."""
        return Outcome(None, None, self._rows, 0.0)

    def forget_selections(self) -> None:
        """Let go of the rows with some of the features; those with all of them stay."""
        everything = tuple(feature.name for feature in self._features)
        for names in [names for names in self._ready if names != everything]:
            self._ready.pop(names).close()

    def close(self) -> None:
        """Let go of all rows."""
        while self._ready:
            self._ready.popitem()[1].close()

    def _made_ready(self, features: Sequence[Feature]) -> Ready:
        names = tuple(feature.name for feature in features)
        with self._lock:
            if names not in self._ready:
                made = Ready(self._cell.task, self._target, self._training, features, self._settings, keep=True)
                self._ready[names] = made
            return self._ready[names]

    def _chosen(self, cell: Cell) -> tuple[str, ...] | None:
        """Names of the features selected, the most telling first; None where all are taken."""
        if not cell.selection:
            return None
        chosen = Selection.read(cell.selection)
        seen = seen_by(cell.learner.wants, self._features)
        key = (chosen.way, *(each.name for each in seen))
        with self._lock:
            if key not in self._orders:
                self._orders[key] = in_order(self._training, self._known, cell.task, seen, chosen.way, self._settings)
        return tuple(chosen.kept(self._orders[key], cell.learner.needs))


def _counted(rows: DataFrame, *columns: Column) -> Row:
    return rows.agg(*columns, F.max(F.expr(MONTH)).alias(_LAST)).collect()[0]
