"""One block: its rows prepared once, each learner fitted on them, the test year scored once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial, reduce

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import AccountingError
from crime_spark.features.feature import Feature
from crime_spark.features.preparing import WEIGHT, Prepared, Wants, fixed_partitions, prepare, usable, weighted
from crime_spark.learners.classes import OneVsRest
from crime_spark.learners.learner import Learner, Shape
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_COLUMNS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.tasks.grain import Binary, MultiClass
from crime_spark.tasks.task import Task
from crime_spark.training.plan import Block, Cell
from crime_spark.training.target import Target, target_of

KEYS = ("example_id", "unit", "occurred_at", "label")
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
    kind: type
    seconds: float


class Ready:
    """A block's training rows, made ready once for every model that is fitted on them; several threads may fit.

    keep holds what was prepared in memory too, for many fits on the same. Close it when all is fitted.
    """

    def __init__(
        self,
        task: Task,
        target: Target,
        training: DataFrame,
        features: Sequence[Feature],
        settings: Settings,
        keep: bool = False,
    ) -> None:
        """training are examples of the task, features those that have a value in some of them."""
        self.target = target
        self._task = task
        self._features = features
        self._keep = keep
        self._prepared: dict[tuple[str, type], Prepared] = {}
        self._lock = threading.Lock()
        labelled = target.in_universe(target.labelled(training))
        distinct = weighted(labelled, features).persist()
        counted = distinct.agg(F.count(F.lit(1)).alias("rows"), F.sum(WEIGHT).alias("stand_for")).collect()[0]
        self.stand_for = int(counted["stand_for"])
        key = [name for name in distinct.columns if name != WEIGHT]
        self._rows = fixed_partitions(distinct, counted["rows"], settings.training.rows_per_partition, *key).persist()
        self._held = [self._rows]
        # Filled here rather than by the first fit: then the rows as they came need not be in memory beside them.
        self._rows.count()
        distinct.unpersist()

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

    def prepared(self, wants: Wants, kind: type) -> Prepared:
        """The rows as a learner that wants this is given them, made when they are first asked for."""
        with self._lock:
            if (wants, kind) not in self._prepared:
                given = self.target.for_fitting(self._rows, kind)
                made = prepare(given, self.stand_for, wants, self._features, self._task.crossed)
                self._prepared[wants, kind] = made
                if self._keep and made.stages:
                    self._held.append(made.rows.persist())
            return self._prepared[wants, kind]

    def close(self) -> None:
        """Let go of what is held in memory."""
        for frame in self._held:
            frame.unpersist()


def fit_block(
    block: Block,
    training: DataFrame,
    known: Known,
    settings: Settings,
    progress: Progress,
    features: Sequence[Feature] | None = None,
) -> tuple[Target, list[Fitted]]:
    """Every cell of the block fitted on its training rows (columns of the task's examples), and what the label is.

    features are what the policy allows; only the leakage audit says otherwise, and keeps no model, or what was selected
    from them.

    Raises:
        AccountingError: there are more training rows than were counted.
    """
    first = block.first
    features = usable(first.task.inputs(first.policy) if features is None else features, known.recorded)
    target = target_of(training, first.task.kind, known.mean)
    fitted = []
    with closing(Ready(first.task, target, training, features, settings)) as ready:
        if known.rows is not None and ready.stand_for > known.rows:
            raise AccountingError(
                f"{first}: {ready.stand_for} rows to fit on, but {known.rows} training examples: rows made up before "
                "the split may be made of the test year; what adds rows must be a treatment of the learner"
            )
        for cell in block.cells:
            with progress.working(f"train: {cell}"):
                fitted.append(ready.fit(cell, settings, partial(_say_of, progress, cell)))
    return target, fitted


def shape_of(target: Target, kind: type, prepared: Prepared, rows: int) -> Shape:
    """What a learner's builder is told of prepared rows that stand for this many training rows.

    The only place that makes a Shape: a target that names no classes has two, whether the label is 1 or 0.
    """
    return Shape(kind, prepared.categories, rows, len(target.classes) if target.classes else 2)


def _say_of(progress: Progress, cell: Cell, text: str) -> None:
    progress.say(f"train: {cell}: {text}")


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
    examples: DataFrame, features: Sequence[Feature], target: Target, models: Sequence[tuple[PipelineModel, type]]
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


def predicted(kind: type) -> Column:
    """What a model fitted as that kind predicts, as gold/predictions has it."""
    if kind is MultiClass:
        return vector_to_array(F.col("probability"))
    return vector_to_array(F.col("probability"))[1] if kind is Binary else F.col("prediction")


def written_to(kind: type) -> str:
    """The column of gold/predictions that holds what a learner of that kind predicts."""
    return {Binary: "probability", MultiClass: "probabilities"}.get(kind, "prediction")


def predictions(scored: DataFrame, cells: Sequence[tuple[Cell, type]], test_year: int) -> DataFrame:
    """What `score` gives for the cells' models, in their order, to the columns of gold/predictions.

    scored is read once for each cell: persist it first. Rows then come cell by cell, as they are stored; to change the
    file that is written to with each row takes much longer.
    """
    types = {column.name: column.type for column in (*CELL_COLUMNS, *PREDICTIONS.columns)}
    nothing = {name: F.lit(None) for name in ("probability", "probabilities", "prediction")}
    frames = []
    for at, (cell, kind) in enumerate(cells):
        made = {**nothing, **{key: F.lit(value) for key, value in cell.keys.items()}, "test_year": F.lit(test_year)}
        made[written_to(kind)] = F.col(f"predicted_{at}")
        columns = (made.get(name, F.col(name)).cast(types[name]).alias(name) for name in PREDICTIONS.names)
        frames.append(scored.select(*columns))
    return reduce(DataFrame.unionByName, frames)


def beyond(examples: DataFrame, target: Target, cells: Sequence[tuple[Cell, type]], test_year: int) -> DataFrame:
    """Rows of gold/predictions for what happened in units that the training rows do not know: nothing is predicted."""
    outside = target.outside(examples.where("label > 0")).select(*KEYS, F.lit(None).alias("longer_history"))
    unknown = {f"predicted_{at}": F.lit(None) for at in range(len(cells))}
    return predictions(outside.withColumns(unknown), cells, test_year)
