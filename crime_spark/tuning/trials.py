"""Rows of gold/trials: which metric they are of, which examples, and what the trials among them are."""

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
from crime_spark.tuning.choice import Tried
from crime_spark.vectors.preparation import usable

# Reports that come in late change a year a little every night: settings that were best for it are so still.
TOLERANCE = 0.05


def metric_of(kind: Kind, binary_metric: str) -> Metric:
    """What trials of a task of that kind are judged by."""
    return kind.metric(binary_metric) if isinstance(kind, Binary) else kind.headline


def rows_of(lake: Lake, cells: Sequence[Cell], metric: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of gold/trials of that metric by the keys of their cell, in the order in which they were asked for."""
    found: dict[tuple[Any, ...], list[Row]] = {tuple(cell.keys.values()): [] for cell in cells}
    if found and lake.exists(TRIALS):
        spans = {key: sorted({cell.keys[key] for cell in cells}, key=str) for key in CELL_KEY}
        rows = lake.read(TRIALS).where(sql_condition({**spans, "metric": metric})).collect()
        for row in sorted(rows, key=lambda row: (row["number"], row["fold"])):
            found.get(tuple(row[key] for key in CELL_KEY), []).append(row)
    return found


def seen(cell: Cell, known: TrainingCounts) -> dict[str, Any]:
    """What gold/trials says of the examples of a cell's training years: train_rows, mean_label, recorded."""
    features = usable(cell.task.inputs(cell.policy), known.recorded)
    return {"train_rows": known.rows, "mean_label": known.mean, "recorded": [feature.name for feature in features]}


def differences(then: Row | Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """How examples `seen` now are others than those that a row of gold/trials is of; nothing if they are much the same.

    They are if rows and mean label have changed by no more than TOLERANCE and the same features have values.
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


def tried_of(rows: Iterable[Row | Mapping[str, Any]]) -> list[Tried]:
    """The trials of one cell and metric, in the order in which their first rows come."""
    values: dict[str, dict[int, float | None]] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for row in rows:
        values.setdefault(row["trial"], {})[row["fold"]] = row["value"]
        parameters[row["trial"]] = json.loads(row["parameters"])
    return [Tried(trial, parameters[trial], held) for trial, held in values.items()]
