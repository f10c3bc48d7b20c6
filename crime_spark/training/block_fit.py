"""Fitting and scoring of a block inside a Spark task."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crime_spark.errors import AccountingError
from crime_spark.features.feature import Feature
from crime_spark.fitting.target import Target, target_of_labels
from crime_spark.kinds import Binary, Kind, MultiClass
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows, struct_of
from crime_spark.learners.learner import Learner, Shape
from crime_spark.vectors.in_task import Columns, row_groups

# Columns of the rows of a block in addition to features.
HASH, IS_TEST, LONGER = "_hash", "_is_test", "_longer"
PREDICTION, MODEL, TARGET, ERROR = "prediction", "model", "target", "error"
# Size of a part of a model in a row of results, because a row of more than 2 GB cannot be collected.
PART_BYTES = 2**26
# Number of rows that are scored together, as for a stored model in Spark.
_BATCH_ROWS = 10_000

Result = dict[str, Any]  # columns of a batch of results: arrays, or a value for all rows


@dataclass(frozen=True)
class LearnerWork:
    """A cell of a block for a task: its learner, the settings of the learner and the keys of the cell."""

    learner: Learner
    settings: Mapping[str, Any]
    keys: Mapping[str, str | int]


@dataclass(frozen=True)
class TaskWork:
    """A block for a task.

    Attributes:
        kind: The kind of the task.
        features: The features that learners may use.
        crossed: The categories whose pairs are encoded.
        learners: The cells.
        keys: Keys of the block, and test_year.
        seed: The seed of the run.
        rows: The number of counted training rows; None if unknown.
        threads: The number of threads.
    """

    kind: Kind
    features: tuple[Feature, ...]
    crossed: tuple[str, ...]
    learners: tuple[LearnerWork, ...]
    keys: Mapping[str, str | int]
    seed: int
    rows: int | None
    threads: int


def fit_and_score(work: TaskWork, rows: pa.Table) -> Iterator[Result]:
    """Yield the results of a block: its target, then predictions and model of each learner, or an error row.

    Args:
        work: the block.
        rows: features, example_id, unit, occurred_at, label, LONGER (of rankings), HASH and IS_TEST.
    """
    try:
        is_test = rows.column(IS_TEST).to_numpy()
        training, test = rows.filter(pa.array(~is_test)), rows.filter(pa.array(is_test))
        del rows
        target, prepared = prepared_rows(work, training)
        scored = _Scored.select(work, target, test)
    except Exception as error:
        yield from (_error(work, learner, error) for learner in work.learners)
        return
    del training, test
    yield {
        **work.keys,
        "kind": TARGET,
        "base_rate": target.base_rate,
        "k": target.k,
        "classes": [list(target.classes)] if target.classes else None,
        "units": [sorted(target.units)] if target.units is not None else None,
    }
    for learner in work.learners:
        try:
            yield from list(_of_learner(work, learner, target, prepared, scored))
        except Exception as error:
            yield _error(work, learner, error)


def prepared_rows(work: TaskWork, training: pa.Table) -> tuple[Target, TaskRows]:
    """The target, and the training rows sorted by hash with equal rows combined.

    Raises:
        ValueError: there are no training rows.
        AccountingError: there are more training rows than were counted.
    """
    if not training.num_rows:
        raise ValueError("there are no training rows")
    training = training.take(pa.array(np.argsort(training.column(HASH).to_numpy(), kind="stable")))
    label = training.column("label").to_numpy()
    units = _unit_of(training) if work.kind.is_ranked else ()
    target = target_of_labels(label, units, work.kind)
    label = target.labels(label)
    chosen = ~np.isnan(label) & _in_universe(target, units, len(label))
    columns, hashed = _columns(training, work.features), training.column(HASH).to_numpy().view(np.uint64)
    if not chosen.all():
        columns = {name: column.filter(pa.array(chosen)) for name, column in columns.items()}
        label, hashed = label[chosen], hashed[chosen]
    stand_for = len(label)
    if work.rows is not None and stand_for > work.rows:
        raise AccountingError(
            f"{stand_for} rows to fit on, but {work.rows} training examples; rows that are added before the split may "
            "come from the test year, so only a treatment of the learner may add rows"
        )
    usable = tuple(feature for feature in work.features if columns[feature.name].null_count < stand_for)
    columns = {feature.name: columns[feature.name] for feature in usable}
    weight = np.ones(stand_for)
    if not any(feature.kind == "number" for feature in usable):
        first, counts = row_groups(columns, [feature.name for feature in usable], label)
        columns = {name: column.take(pa.array(first)) for name, column in columns.items()}
        label, hashed, weight = label[first], hashed[first], counts.astype(np.float64)
    return target, TaskRows(columns, usable, work.crossed, label, weight, hashed, stand_for)


@dataclass(frozen=True)
class _Scored:
    """The test rows to score, and the test rows in units without training rows."""

    columns: Columns
    keys: pa.Table
    unknown: pa.Table

    @classmethod
    def select(cls, work: TaskWork, target: Target, test: pa.Table) -> _Scored:
        labels = target.labels(test.column("label").to_numpy())
        units = _unit_of(test) if target.units is not None else ()
        inside = _in_universe(target, units, len(labels))
        names = ["example_id", "unit", "occurred_at"]
        keys = test.select(names).append_column("label", pa.array(labels, from_pandas=True))
        keys = keys.append_column("longer_history", test.column(LONGER))
        chosen = inside & ~np.isnan(labels)
        columns = _columns(test, work.features)
        if not chosen.all():
            columns = {name: column.filter(pa.array(chosen)) for name, column in columns.items()}
        unknown = keys.filter(pa.array(~inside & (labels > 0)))
        return cls(columns, keys.filter(pa.array(chosen)), unknown)


def _of_learner(
    work: TaskWork, cell: LearnerWork, target: Target, prepared: TaskRows, scored: _Scored
) -> Iterator[Result]:
    started = time.monotonic()
    kind = cell.learner.fits(type(work.kind))
    label = target.labels_for_fitting(prepared.label, kind)
    rows = prepared if label is prepared.label else replace(prepared, label=label)
    categories = rows.indices[0].largest if cell.learner.wants == "indices" else 0
    model = _fitted(work, cell, Shape(kind, categories, rows.stand_for, len(target.classes or ()) or 2), rows)
    seconds = time.monotonic() - started
    yield from _predictions(work, cell, model, kind, scored)
    names = f"{type(model).__module__}.{type(model).__qualname__}"
    parts = range(0, max(len(model.payload), 1), PART_BYTES)
    for part, start in enumerate(parts):
        yield {
            **cell.keys,
            **_test_year(work),
            "kind": MODEL,
            "part": part,
            "payload": model.payload[start : start + PART_BYTES],
            "model_class": names,
            "facts": json.dumps(model.facts),
            "seconds": seconds,
        }


def _fitted(work: TaskWork, cell: LearnerWork, shape: Shape, rows: TaskRows) -> ColumnsModel:
    if cell.learner.in_task is None:
        raise ValueError(f"learner {cell.learner.name} cannot be fitted in one task")
    model = cell.learner.in_task(shape, cell.settings, work.seed)(rows, work.threads)
    # Conversion to JSON and back makes the facts equal to those of the stored model.
    model.facts = json.loads(json.dumps(model.facts))
    return model


def _predictions(
    work: TaskWork, cell: LearnerWork, model: ColumnsModel, kind: type[Kind], scored: _Scored
) -> Iterator[Result]:
    usual = {**cell.keys, **_test_year(work), "kind": PREDICTION}
    score = type(model).scorer(model.payload, model.facts, work.threads)
    batch = struct_of(scored.columns, model.columns, scored.keys.num_rows)
    for start in range(0, scored.keys.num_rows, _BATCH_ROWS):
        predicted = score(batch.slice(start, _BATCH_ROWS))
        keys = _arrays(scored.keys.slice(start, _BATCH_ROWS))
        yield {**usual, **keys, **_as_stored(predicted, kind)}
    if scored.unknown.num_rows:
        yield {**usual, **_arrays(scored.unknown), "longer_history": None}


def _as_stored(predicted: NDArray[np.float64], kind: type[Kind]) -> Result:
    """The column of gold/predictions for a learner that was fitted as this kind."""
    if kind is MultiClass:
        ends = np.arange(len(predicted) + 1) * predicted.shape[1]
        values = pa.array(np.ascontiguousarray(predicted).ravel())
        return {"probabilities": pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values)}
    if kind is Binary:
        return {"probability": pa.array(np.ascontiguousarray(predicted[:, 1]))}
    return {"prediction": pa.array(predicted)}


def _error(work: TaskWork, cell: LearnerWork, error: Exception) -> Result:
    message = f"{type(error).__name__}: {error}"
    return {**cell.keys, **_test_year(work), "kind": ERROR, "message": message}


def _test_year(work: TaskWork) -> dict[str, Any]:
    return {"test_year": work.keys["test_year"]}


def _columns(rows: pa.Table, features: Sequence[Feature]) -> dict[str, Any]:
    return _arrays(rows.select([feature.name for feature in features]))


def _arrays(rows: pa.Table) -> dict[str, Any]:
    return {name: rows.column(name).combine_chunks() for name in rows.column_names}


def _unit_of(rows: pa.Table) -> list[str | None]:
    units: list[str | None] = rows.column("unit").to_pylist()
    return units


def _in_universe(target: Target, units: Sequence[str | None], rows: int) -> NDArray[np.bool_]:
    if target.units is None:
        return np.ones(rows, bool)
    return np.fromiter((unit in target.units for unit in units), bool, rows)
