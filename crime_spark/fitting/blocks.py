"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

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
# MLlib reads its training rows two or three times. Up to this many rows, keeping the vectors costs less than computing
# them again.
MOST_ROWS_KEPT = 1_000_000
LONGER_HISTORY = "count_all"


@dataclass(frozen=True)
class Known:
    """What has been counted of training rows: the mean label, for each feature how many rows have a value, the rows."""

    mean: float
    recorded: Mapping[str, int]
    rows: int | None = None


def known_of(training: DataFrame, features: Sequence[Feature]) -> Known:
    """The same, counted here: of training rows of which nothing has been counted yet."""
    recorded = [F.count(feature.name).alias(feature.name) for feature in features]
    row = training.agg(F.avg("label").alias("_mean"), F.count(F.lit(1)).alias("_rows"), *recorded).collect()[0]
    return Known(row["_mean"], {each.name: row[each.name] for each in features}, row["_rows"])


@dataclass(frozen=True)
class Fitted:
    """A cell's model, from the columns of examples to what it predicts as its kind, and the seconds it took to fit."""

    cell: Cell
    model: PipelineModel
    kind: type[Kind]
    seconds: float


class Ready:
    """A block's training rows, prepared once for every model that is fitted on them; several threads may fit.

    Close it when all is fitted.
    """

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
        """Compute the training rows and store them in a number of partitions that depends on their count alone.

        Args:
            task: What is predicted.
            target: What the training rows say of the label.
            training: Examples of the task.
            features: The features that have a value in some of these rows.
            settings: `training.rows_per_partition` sets the number of partitions.
            rows: How many examples `training` has, where that is known; without it they are counted.
            keep: Whether to keep prepared rows however many they are, for many fits on the same rows.
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
            # However many of them are distinct, they go into one partition.
            self._rows = checkpointed(fixed_partitions(distinct, rows, most, *key))
        else:
            cached = distinct.persist()
            try:
                self._rows = checkpointed(fixed_partitions(cached, cached.count(), most, *key))
            finally:
                cached.unpersist()
        self.stand_for = int(self._rows.agg(F.sum(WEIGHT)).collect()[0][0])

    def fit(self, cell: Cell, settings: Settings, say: Callable[[str], None] = lambda _: None) -> Fitted:
        """The cell's model, by its learner's settings with those of the user laid over.

        say is given a line for each class that a learner has fitted, where it fits them one by one.
        """
        started = time.monotonic()
        kind = cell.learner.fits(type(self._task.kind))
        prepared = self.prepared(cell.learner.wants, kind)
        shape = shape_of(self.target, kind, prepared, self.stand_for)
        model = _fit(cell.learner, prepared, shape, settings, say)
        return Fitted(cell, model, kind, time.monotonic() - started)

    def prepared(self, wants: Wants, kind: type[Kind]) -> Prepared:
        """The rows as a learner that wants this is given them, made when they are first asked for."""
        with self._lock:
            if (wants, kind) not in self._prepared:
                given = self.target.for_fitting(self._rows, kind)
                made = prepare(given, self.stand_for, wants, self._features, self._task.crossed)
                if made.stages and self._few:
                    # A fit takes hundreds of jobs that each carry the plan of the rows; with few rows that is costly.
                    made = replace(made, rows=checkpointed(made.rows))
                    self._checkpoints.append(made.rows)
                elif made.stages and self._keep:
                    self._cached.append(made.rows.persist())
                self._prepared[wants, kind] = made
            return self._prepared[wants, kind]

    def close(self) -> None:
        """Free the storage of all rows."""
        for frame in self._cached:
            frame.unpersist()
        for frame in (*self._checkpoints, self._rows):
            release(frame)


def prepared_block(
    block: Block,
    training: DataFrame,
    known: Known,
    settings: Settings,
    features: Sequence[Feature] | None = None,
) -> Ready:
    """The block's training rows, on which each of its cells can be fitted.

    Args:
        block: Cells that differ in their learner alone.
        training: The examples of its training years, columns of the task's examples.
        known: What has been counted of these examples.
        settings: See `Ready`.
        features: What was selected, or what the leakage audit adds; without it, what the cell's policy allows.

    Raises:
        AccountingError: there are more training rows than were counted.
    """
    first = block.first
    features = usable(first.task.inputs(first.policy) if features is None else features, known.recorded)
    target = target_of(training, first.task.kind, known.mean)
    ready = Ready(first.task, target, training, features, settings, rows=known.rows)
    if known.rows is not None and ready.stand_for > known.rows:
        ready.close()
        raise AccountingError(
            f"{first}: {ready.stand_for} rows to fit on, but {known.rows} training examples: rows made up before "
            "the split may be made of the test year; what adds rows must be a treatment of the learner"
        )
    return ready


def fit_block(
    block: Block,
    training: DataFrame,
    known: Known,
    settings: Settings,
    features: Sequence[Feature] | None = None,
) -> tuple[Target, list[Fitted]]:
    """What the label is, and every cell of the block fitted; see `prepared_block`."""
    with closing(prepared_block(block, training, known, settings, features)) as ready:
        return ready.target, [ready.fit(cell, settings) for cell in block.cells]


def shape_of(target: Target, kind: type[Kind], prepared: Prepared, rows: int) -> Shape:
    """What a learner's builder is told of prepared rows that stand for this many training rows.

    The only place that makes a Shape: a target that names no classes has two, whether the label is 1 or 0.
    """
    return Shape(kind, prepared.categories, rows, len(target.classes) if target.classes else 2)


def _fit(
    learner: Learner, prepared: Prepared, shape: Shape, settings: Settings, say: Callable[[str], None]
) -> PipelineModel:
    chosen = learner.with_settings(settings.learner_settings.get(learner.name, {}))
    estimator = learner.build(shape, chosen, settings.seed)
    if isinstance(estimator, OneVsRest):
        estimator.report = lambda done, classes: say(f"{done} of {classes} classes fitted")
    model = estimator.fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


def score(
    examples: DataFrame, features: Sequence[Feature], target: Target, models: Sequence[tuple[PipelineModel, type[Kind]]]
) -> DataFrame:
    """Labelled examples (columns of one task's examples) of the target's units, scored by each model.

    example_id, unit, occurred_at, label, longer_history (DOUBLE, NULL but for rankings), and predicted_0,
    predicted_1, ...: probability (DOUBLE), probabilities (ARRAY<DOUBLE>) or prediction (DOUBLE), by the kind of each.
    """
    ranked = target.k is not None
    longer = F.col(LONGER_HISTORY) if ranked else F.lit(None).cast("double")
    scored = target.in_universe(target.labelled(examples)).withColumn("longer_history", longer)
    names = list(dict.fromkeys([*KEYS, "longer_history", *(feature.name for feature in features)]))
    scored = scored.select(*names)
    for at, (model, kind) in enumerate(models):
        scored = model.transform(scored).select(*names, predicted(kind).alias(f"predicted_{at}"))
        names.append(f"predicted_{at}")
    return scored.select(*KEYS, "longer_history", *(f"predicted_{at}" for at in range(len(models))))


def predicted(kind: type[Kind]) -> Column:
    """What a model fitted as that kind predicts, as gold/predictions has it."""
    if kind is MultiClass:
        return vector_to_array(F.col("probability"))
    return vector_to_array(F.col("probability"))[1] if kind is Binary else F.col("prediction")


def predictions(scored: DataFrame, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int | None = None) -> DataFrame:
    """What `score` gives for the models of the cells of one block, to the columns of gold/predictions.

    Args:
        scored: What `score` gives for these models, in their order. It is read once.
        cells: Each cell with the kind that its model was fitted as.
        test_year: The year that the rows stand for; without it, the year of each row.
    """
    types = {column.name: column.type for column in (*CELL_COLUMNS, *PREDICTIONS.columns)}
    written = [
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
    rows = scored.select(*KEYS, "longer_history", F.inline(F.array(*written)))
    values = {**keys, "test_year": year}
    return rows.select(*(values.get(name, F.col(name)).cast(types[name]).alias(name) for name in PREDICTIONS.names))


def predictions_of_year(
    scored: DataFrame, test: DataFrame, target: Target, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int
) -> DataFrame:
    """`predictions` for the test rows of one year, and `beyond` if the target has units."""
    predicted = predictions(scored, cells, test_year)
    return predicted if target.units is None else predicted.unionByName(beyond(test, target, cells, test_year))


def beyond(examples: DataFrame, target: Target, cells: Sequence[tuple[Cell, type[Kind]]], test_year: int) -> DataFrame:
    """Rows of gold/predictions for what happened in units that the training rows do not know: nothing is predicted."""
    outside = target.outside(examples.where("label > 0")).select(*KEYS, F.lit(None).alias("longer_history"))
    unknown = {f"predicted_{at}": F.lit(None) for at in range(len(cells))}
    return predictions(outside.withColumns(unknown), cells, test_year)
