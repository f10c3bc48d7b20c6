"""A trial on a fold: fitted on the months before, evaluated on the months of validation."""

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
    """The outcome of a trial on a fold.

    Attributes:
        value: the metric; None if not defined.
        kept: selected features; None for all.
        rows: number of validation rows.
        seconds: time of the trial.
    """

    value: float | None
    kept: tuple[str, ...] | None
    rows: int
    seconds: float


class FoldRows:
    """The rows of a fold. Prepared rows are shared by all trials and threads.

    Raises:
        ValueError: training rows are not before validation rows, or validation rows are after the training years.
    """

    def __init__(self, cell: Cell, fold: Fold, examples: DataFrame, settings: Settings) -> None:
        """Divide examples of training years into the rows of a fold; `cell` is any cell of the block."""
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
        self._counts = TrainingCounts(fitted["_mean"], {feature.name: fitted[feature.name] for feature in features})
        self._features = usable(features, self._counts.recorded)
        self._target = target_of(self._training, cell.task.kind, self._counts.mean)
        self._lock = threading.Lock()
        self._orders: dict[tuple[str, ...], list[str]] = {}
        self._ready: dict[tuple[str, ...], Ready] = {}

    def judge(self, cell: Cell, parameters: Parameters, metric: str) -> Outcome:
        """Fit a cell with parameters and evaluate it on the months of validation."""
        started = time.monotonic()
        tuned_cell = with_parameters(cell, parameters)
        kept = self._chosen(tuned_cell)
        features = [feature for feature in self._features if kept is None or feature.name in kept]
        model = self._ready_for(features).fit(tuned_cell, self._settings)
        year, cells = cell.train_to, [(tuned_cell, model.kind)]
        scored = score(self._validation, features, self._target, [(model.model, model.kind)])
        predicted = predictions_of_year(scored, self._validation, self._target, cells, year)
        groups = [Row(**cell.keys, test_year=year, k=self._target.k, classes=self._target.classes)]
        once = replace(self._settings, evaluation=replace(self._settings.evaluation, resamples=1))
        judged = judge_cells(predicted, groups, cell.task, once, [metric])
        values = [row["value"] for row in judged if row["metric"] == metric]
        return Outcome(values[0] if values else None, kept, self._rows, time.monotonic() - started)

    def without_value(self) -> Outcome:
        """The outcome of a failed trial."""
        return Outcome(None, None, self._rows, 0.0)

    def forget_selections(self) -> None:
        """Free prepared rows with selected features; those with all features are kept."""
        everything = tuple(feature.name for feature in self._features)
        for names in [names for names in self._ready if names != everything]:
            self._ready.pop(names).close()

    def close(self) -> None:
        """Free all prepared rows."""
        while self._ready:
            self._ready.popitem()[1].close()

    def _ready_for(self, features: Sequence[Feature]) -> Ready:
        names = tuple(feature.name for feature in features)
        with self._lock:
            if names not in self._ready:
                ready = Ready(self._cell.task, self._target, self._training, features, self._settings, keep=True)
                self._ready[names] = ready
            return self._ready[names]

    def _chosen(self, cell: Cell) -> tuple[str, ...] | None:
        """The selected features, the most relevant first; None for all features."""
        if not cell.selection:
            return None
        chosen = Selection.read(cell.selection)
        candidates = seen_by(cell.learner.wants, self._features)
        key = (chosen.way, *(feature.name for feature in candidates))
        with self._lock:
            if key not in self._orders:
                self._orders[key] = in_order(
                    self._training, self._counts, cell.task, candidates, chosen.way, self._settings
                )
        return tuple(chosen.kept(self._orders[key], cell.learner.needs))


def _counted(rows: DataFrame, *columns: Column) -> Row:
    return rows.agg(*columns, F.max(F.expr(MONTH)).alias(_LAST)).collect()[0]
