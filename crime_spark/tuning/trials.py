"""Rows of gold/trials: their metric, their examples, and the trials in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import Row

from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Cell
from crime_spark.kinds import Binary, Kind, Metric
from crime_spark.lake import Lake, sql_condition
from crime_spark.schemas import CELL_KEY, TRIALS
from crime_spark.tuning.choice import Trial
from crime_spark.vectors.preparation import usable

# Late reports change a year slightly every night, which does not change the best settings.
TOLERANCE = 0.05


def metric_of(kind: Kind, binary_metric: str) -> Metric:
    """The metric of trials for a kind of task."""
    return kind.metric(binary_metric) if isinstance(kind, Binary) else kind.headline


def rows_of(lake: Lake, cells: Sequence[Cell], metric: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of gold/trials of a metric by the key of the cell, sorted by number and fold."""
    rows_by_cell: dict[tuple[Any, ...], list[Row]] = {tuple(cell.keys.values()): [] for cell in cells}
    if rows_by_cell and lake.exists(TRIALS):
        spans = {key: sorted({cell.keys[key] for cell in cells}, key=str) for key in CELL_KEY}
        rows = lake.read(TRIALS).where(sql_condition({**spans, "metric": metric})).collect()
        for row in sorted(rows, key=lambda row: (row["number"], row["fold"])):
            rows_by_cell.get(tuple(row[key] for key in CELL_KEY), []).append(row)
    return rows_by_cell


def facts_of(cell: Cell, counts: TrainingCounts) -> dict[str, Any]:
    """Facts about the training examples of a cell for gold/trials: train_rows, mean_label and recorded."""
    features = usable(cell.task.inputs(cell.policy), counts.recorded)
    return {"train_rows": counts.rows, "mean_label": counts.mean, "recorded": [feature.name for feature in features]}


def differences(then: Row | Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The differences between the examples of a row of gold/trials and those of `facts_of`.

    There are none if rows and mean label have changed by at most TOLERANCE and the same features have values.
    """
    changed = [
        f"{name} {round(then[name], 4):,}, now {round(now[name], 4):,}"
        for name in ("train_rows", "mean_label")
        if abs(now[name] - then[name]) > TOLERANCE * abs(then[name])
    ]
    old, new = set(then["recorded"]), set(now["recorded"])
    for words, names in (("without", old - new), ("with", new - old)):
        changed += [f"now {words} {', '.join(sorted(names))}"] if names else []
    return changed


def trials_of(rows: Iterable[Row | Mapping[str, Any]]) -> list[Trial]:
    """The trials of a cell and metric, in the order of their first rows."""
    values: dict[str, dict[int, float | None]] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for row in rows:
        values.setdefault(row["trial"], {})[row["fold"]] = row["value"]
        parameters[row["trial"]] = json.loads(row["parameters"])
    return [Trial(trial, parameters[trial], values_of_trial) for trial, values_of_trial in values.items()]
