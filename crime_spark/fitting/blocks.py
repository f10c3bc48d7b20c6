"""Fitting and scoring of a block: rows are prepared once, and the test year is scored once for all learners."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.checkpoints import checkpointed, release
from crime_spark.errors import AccountingError
from crime_spark.features.feature import Feature
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.target import Target, target_of
from crime_spark.kinds import Binary, Kind, MultiClass
from crime_spark.learners.estimators.multiclass import OneVsRest
from crime_spark.learners.learner import Learner, Shape
from crime_spark.schemas import BLOCK_KEY, CELL_COLUMNS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.tasks.task import Task
from crime_spark.vectors.preparation import WEIGHT, Prepared, Wants, fixed_partitions, prepare, usable, weighted

KEYS = ("example_id", "unit", "occurred_at", "label")
# MLlib reads its training rows two or three times. Up to this number of rows, caching the vectors is cheaper than
# computing them again.
MOST_ROWS_KEPT = 1_000_000
LONGER_HISTORY = "count_all"


@dataclass(frozen=True)
class TrainingCounts:
    """Counts of training rows.

    Attributes:
        mean: mean label.
        recorded: number of rows with a value, by feature.
        rows: number of rows; None if unknown.
    """

    mean: float
    recorded: Mapping[str, int]
    rows: int | None = None


def training_counts(training: DataFrame, features: Sequence[Feature]) -> TrainingCounts:
    """Count training rows and the values of features."""
    recorded = [F.count(feature.name).alias(feature.name) for feature in features]
    row = training.agg(F.avg("label").alias("_mean"), F.count(F.lit(1)).alias("_rows"), *recorded).collect()[0]
    return TrainingCounts(row["_mean"], {feature.name: row[feature.name] for feature in features}, row["_rows"])


@dataclass(frozen=True)
class Fitted:
    """A fitted cell.

    Attributes:
        cell: the cell.
        model: from columns of the examples to predictions.
        kind: the kind that the model was fitted as.
        seconds: time of the fit.
    """

    cell: Cell
    model: PipelineModel
    kind: type[Kind]
    seconds: float


class Ready:
    """The prepared training rows of a block, for fits in several threads. Close it after the last fit."""

    def __init__(
        self,
        task: Task,
        target: Target,
        training: DataFrame,
        features: Sequence[Feature],
        settings: Settings,
        *,
        rows: int | None = None,
        keep: bool = False,
    ) -> None:
        """Checkpoint the training rows in a number of partitions that depends only on their count.

        Args:
            task: The task.
            target: The target of these rows.
            training: Examples of the task.
            features: Features with a value in at least one of these rows.
            settings: `training.rows_per_partition` determines the number of partitions.
            rows: The number of examples in `training` if known; otherwise they are counted.
            keep: Cache prepared rows whatever their number, for many fits on the same rows.
        """
        self.target = target
        self._task = task
        self._features = features
        self._keep = keep or (rows is not None and rows <= MOST_ROWS_KEPT)
        self._prepared: dict[tuple[str, type[Kind]], Prepared] = {}
        self._cached: list[DataFrame] = []
        self._checkpoints: list[DataFrame] = []
        self._lock = threading.Lock()
        distinct = weighted(target.in_universe(target.labelled(training)), features)
        key = [name for name in distinct.columns if name != WEIGHT]
        most = settings.training.rows_per_partition
        self._few = rows is not None and rows <= most
        if rows is not None and self._few:
            # One partition is enough for any number of distinct rows among them.
            self._rows = checkpointed(fixed_partitions(distinct, rows, most, *key))
        else:
            cached = distinct.persist()
            try:
                self._rows = checkpointed(fixed_partitions(cached, cached.count(), most, *key))
            finally:
                cached.unpersist()
        self.stand_for = int(self._rows.agg(F.sum(WEIGHT)).collect()[0][0])

    def fit(self, cell: Cell, settings: Settings, say: Callable[[str], None] = lambda _: None) -> Fitted:
        """Fit a cell with the settings of its learner, updated by those of the user.

        Args:
            cell: the cell.
            settings: the settings.
            say: gets a line for each fitted class if the learner fits classes separately.
        """
        started = time.monotonic()
        kind = cell.learner.fits(type(self._task.kind))
        prepared = self.prepared(cell.learner.wants, kind)
        shape = shape_of(self.target, kind, prepared, self.stand_for)
        model = _fit(cell.learner, prepared, shape, settings, say)
        return Fitted(cell, model, kind, time.monotonic() - started)

    def prepared(self, wants: Wants, kind: type[Kind]) -> Prepared:
        """The rows in an encoding, which is fitted at the first call."""
        with self._lock:
            if (wants, kind) not in self._prepared:
                labelled = self.target.for_fitting(self._rows, kind)
                encoded = prepare(labelled, self.stand_for, wants, self._features, self._task.crossed)
                if encoded.stages and self._few:
                    # A fit runs hundreds of jobs, which all carry the plan of the rows; for few rows this is expensive.
                    encoded = replace(encoded, rows=checkpointed(encoded.rows))
                    self._checkpoints.append(encoded.rows)
                elif encoded.stages and self._keep:
                    self._cached.append(encoded.rows.persist())
                self._prepared[wants, kind] = encoded
            return self._prepared[wants, kind]

    def close(self) -> None:
        """Free the stored rows."""
        for frame in self._cached:
            frame.unpersist()
        for frame in (*self._checkpoints, self._rows):
            release(frame)


def prepared_block(
    block: Block,
    training: DataFrame,
    counts: TrainingCounts,
    settings: Settings,
    features: Sequence[Feature] | None = None,
) -> Ready:
    """Prepare the training rows of a block.

    Args:
        block: The block.
        training: Examples of its training years.
        counts: The counts of these examples.
        settings: See `Ready`.
        features: Selected features, or those of the leakage audit; by default those that the policy allows.

    Raises:
        AccountingError: there are more training rows than were counted.
    """
    first = block.first
    features = usable(first.task.inputs(first.policy) if features is None else features, counts.recorded)
    target = target_of(training, first.task.kind, counts.mean)
    ready = Ready(first.task, target, training, features, settings, rows=counts.rows)
    if counts.rows is not None and ready.stand_for > counts.rows:
        ready.close()
        raise AccountingError(
            f"{first}: {ready.stand_for} rows to fit on, but {counts.rows} training examples; rows that are added "
            "before the split may come from the test year, so only a treatment of the learner may add rows"
        )
    return ready


def fit_block(
    block: Block,
    training: DataFrame,
    counts: TrainingCounts,
    settings: Settings,
    features: Sequence[Feature] | None = None,
) -> tuple[Target, list[Fitted]]:
    """Fit all cells of a block, and return them with their target; see `prepared_block`."""
    with closing(prepared_block(block, training, counts, settings, features)) as ready:
        return ready.target, [ready.fit(cell, settings) for cell in block.cells]


def shape_of(target: Target, kind: type[Kind], prepared: Prepared, rows: int) -> Shape:
    """The Shape of prepared rows that represent this number of training rows; a target without classes has two."""
    return Shape(kind, prepared.categories, rows, len(target.classes) if target.classes else 2)


def _fit(
    learner: Learner, prepared: Prepared, shape: Shape, settings: Settings, say: Callable[[str], None]
) -> PipelineModel:
    chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
    estimator = learner.build(shape, chosen, settings.seed)
    if isinstance(estimator, OneVsRest):
        estimator.report = lambda finished, classes: say(f"{finished} of {classes} classes fitted")
    model = estimator.fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


def score(
    examples: DataFrame, features: Sequence[Feature], target: Target, models: Sequence[tuple[PipelineModel, type[Kind]]]
) -> DataFrame:
    """Score the examples of the target's units by each model.

    Args:
        examples: examples of the task.
        features: features of the models.
        target: the target of the models.
        models: each model and the kind that it was fitted as.

    Returns:
        example_id, unit, occurred_at, label, longer_history (DOUBLE, NULL except for rankings), and for each model
        predicted_0, predicted_1, ...: probability (DOUBLE), probabilities (ARRAY<DOUBLE>) or prediction (DOUBLE).
    """
    ranked = target.k is not None
    longer = F.col(LONGER_HISTORY) if ranked else F.lit(None).cast("double")
    scored = target.in_universe(target.labelled(examples)).withColumn("longer_history", longer)
    names = list(dict.fromkeys([*KEYS, "longer_history", *(feature.name for feature in features)]))
    scored = scored.select(*names)
    for index, (model, kind) in enumerate(models):
        scored = model.transform(scored).select(*names, predicted(kind).alias(f"predicted_{index}"))
        names.append(f"predicted_{index}")
    return scored.select(*KEYS, "longer_history", *(f"predicted_{index}" for index in range(len(models))))


def predicted(kind: type[Kind]) -> Column:
    """The prediction of a model that was fitted as this kind, as in gold/predictions."""
    if kind is MultiClass:
        return vector_to_array(F.col("probability"))
    return vector_to_array(F.col("probability"))[1] if kind is Binary else F.col("prediction")


def predictions(scored: DataFrame, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int | None = None) -> DataFrame:
    """From the result of `score` for the cells of a block to rows of gold/predictions.

    Args:
        scored: The result of `score` for these cells, in this order. It is read once.
        cells: Each cell and the kind that its model was fitted as.
        test_year: The test year of all rows; by default the year of each row.
    """
    types = {column.name: column.type for column in (*CELL_COLUMNS, *PREDICTIONS.columns)}
    structs = [
        F.struct(
            F.lit(cell.learner.name).alias("learner"),
            *(
                (F.col(f"predicted_{number}") if name == kind.predictions[0] else F.lit(None))
                .cast(types[name])
                .alias(name)
                for name in ("probability", "probabilities", "prediction")
            ),
        )
        for number, (cell, kind) in enumerate(cells)
    ]
    year = F.year("occurred_at") if test_year is None else F.lit(test_year)
    keys = {name: F.lit(cells[0][0].keys[name]) for name in BLOCK_KEY}
    rows = scored.select(*KEYS, "longer_history", F.inline(F.array(*structs)))
    values = {**keys, "test_year": year}
    return rows.select(*(values.get(name, F.col(name)).cast(types[name]).alias(name) for name in PREDICTIONS.names))


def predictions_of_year(
    scored: DataFrame, test: DataFrame, target: Target, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int
) -> DataFrame:
    """`predictions` for the test rows of a year, with the rows of `beyond` if the target has units."""
    predicted = predictions(scored, cells, test_year)
    return predicted if target.units is None else predicted.unionByName(beyond(test, target, cells, test_year))


def beyond(examples: DataFrame, target: Target, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int) -> DataFrame:
    """Rows of gold/predictions without a prediction, for incidents in units that are not in the training rows."""
    outside = target.outside(examples.where("label > 0")).select(*KEYS, F.lit(None).alias("longer_history"))
    unknown = {f"predicted_{index}": F.lit(None) for index in range(len(cells))}
    return predictions(outside.withColumns(unknown), cells, test_year)
