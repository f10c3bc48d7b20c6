"""Results of blocks that are fitted in one task each: predictions, models, targets and errors."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.fitting.blocks import Fitted
from crime_spark.fitting.cells import Block
from crime_spark.fitting.fitted_cells import block_key
from crime_spark.fitting.target import Target
from crime_spark.learners.estimators.batch_model import BatchModel
from crime_spark.schemas import CELL_KEY, PREDICTIONS
from crime_spark.table import Table, columns
from crime_spark.training.block_fit import ERROR, MODEL, PREDICTION, TARGET

# Results of run_blocks: the columns of gold/predictions, and those of other types of rows.
RESULTS = Table(
    "results of blocks",
    (
        *PREDICTIONS.columns,
        *columns(
            ("kind", "STRING", "prediction, model, target or error"),
            ("part", "INT", "model: number of the part, from 0"),
            ("payload", "BINARY", "model: part of the fitted parameters"),
            ("model_class", "STRING", "model: module and name of its class"),
            ("facts", "STRING", "model: JSON that describes the payload"),
            ("seconds", "DOUBLE", "model: time spent fitting"),
            ("base_rate", "DOUBLE", "target: see gold/cells"),
            ("k", "INT", "target: see gold/cells"),
            ("classes", "ARRAY<STRING>", "target: see gold/cells"),
            ("units", "ARRAY<STRING>", "target: for rankings, units with incidents in training"),
            ("message", "STRING", "error: the reason"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "kind", "example_id", "part"),
    stage="train",
)


@dataclass(frozen=True)
class BlockWork:
    """A block to fit.

    Attributes:
        block: Its cells; all learners have in_task.
        features: Features that the policy allows or that were selected. The task omits features without a value.
        train_years: The training years with rows.
        rows: The number of counted training rows; None if unknown.
    """

    block: Block
    features: tuple[Feature, ...]
    train_years: tuple[int, ...]
    rows: int | None = None


@dataclass(frozen=True)
class BlockOutcome:
    """The outcome of a block.

    Attributes:
        work: The block.
        target: Its target; None if an error occurred before.
        fitted: The fitted models.
        failed: The reason of a failure, by the name of the learner.
    """

    work: BlockWork
    target: Target | None = None
    fitted: tuple[Fitted, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def predictions_of(results: DataFrame) -> DataFrame:
    """The rows of gold/predictions among the results of run_blocks."""
    return results.where(F.col("kind") == PREDICTION).select(*PREDICTIONS.names)


def outcomes(results: DataFrame, work: Sequence[BlockWork]) -> list[BlockOutcome]:
    """The outcomes of blocks from the results of run_blocks, which are read once.

    A block without rows has failed.
    """
    names = [name for name in RESULTS.names if name not in ("example_id", "unit", "occurred_at", "label")]
    rows: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in results.where(F.col("kind") != PREDICTION).select(*names).collect():
        rows[block_key(row)].append(row)
    return [_outcome(block_work, rows) for block_work in work]


def _outcome(work: BlockWork, rows: Mapping[tuple[Any, ...], Sequence[Row]]) -> BlockOutcome:
    fitted, failed = [], {}
    of_block = rows.get(block_key(work.block.first.keys), ())
    target = next((row for row in of_block if row["kind"] == TARGET), None)
    for cell in work.block.cells:
        of_cell = [row for row in of_block if row["learner"] == cell.learner.name]
        parts = sorted((row for row in of_cell if row["kind"] == MODEL), key=lambda row: row["part"])
        if parts:
            kind = cell.learner.fits(type(cell.task.kind))
            fitted.append(Fitted(cell, PipelineModel([_model(parts)]), kind, parts[0]["seconds"]))
        else:
            messages = [row["message"] for row in of_cell if row["kind"] == ERROR]
            failed[cell.learner.name] = messages[0] if messages else "no rows arrived"
    if target is None:
        return BlockOutcome(work, failed=failed)
    classes = tuple(target["classes"]) if target["classes"] is not None else None
    units = frozenset(target["units"]) if target["units"] is not None else None
    label = Target(work.block.first.task.kind, target["base_rate"], classes, target["k"], units)
    return BlockOutcome(work, label, tuple(fitted), failed)


def _model(parts: Sequence[Row]) -> BatchModel:
    module, _, name = parts[0]["model_class"].rpartition(".")
    model: BatchModel = getattr(import_module(module), name)(
        b"".join(bytes(part["payload"]) for part in parts), json.loads(parts[0]["facts"])
    )
    return model
