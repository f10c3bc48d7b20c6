"""Choices before the test year, from the last months that an earlier cell of the same learner predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from crime_spark.evaluation.ranking import Levels
from crime_spark.evaluation.resampling import Array
from crime_spark.schemas import CELL_KEY

DEFAULT_THRESHOLD = 0.5
# These quantiles enclose 90 % of the residuals.
TAILS = (0.05, 0.95)

# How many years earlier the training of the earlier cell begins, by protocol.
_BEGINS: Mapping[str, int] = {"per_year": 1, "expanding": 0}


def earlier_cells(cells: Iterable[Mapping[str, Any]]) -> list[int | None]:
    """For each cell the first training year of its earlier cell, None if that is not among the cells.

    The earlier cell has the same key except for the years. Its training ends a year earlier, so its test year is the
    last training year of the cell, and lies before the test year of the cell. Both must have the same classes.

    Args:
        cells: rows with CELL_KEY, test_year and classes.
    """
    rows = list(cells)
    classes_by_key = {_key(row): row["classes"] for row in rows}
    result: list[int | None] = []
    for row in rows:
        begins = row["train_from"] - _BEGINS[row["protocol"]]
        before = {"train_from": begins, "train_to": row["train_to"] - 1, "test_year": row["test_year"] - 1}
        key = _key({**{name: row[name] for name in CELL_KEY}, **before})
        result.append(begins if key in classes_by_key and classes_by_key[key] == row["classes"] else None)
    return result


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*(row[name] for name in CELL_KEY), row["test_year"])


def best_threshold(label: Array, ordered: Levels) -> float:
    """The threshold with the largest F1, the lowest if several are equal; 0.5 without positives. label is 0 or 1."""
    positives = ordered.positives(label)
    total = positives.sum()
    if not total:
        return DEFAULT_THRESHOLD
    hits, called = (np.cumsum(counts[::-1])[::-1] for counts in (positives, ordered.sizes))
    return float(ordered.values[np.argmax(2 * hits / (called + total))])


def residual_bounds(label: Array, prediction: Array) -> tuple[float, float]:
    """The interpolated 5 % and 95 % quantiles of label - prediction, to add to a prediction for a 90 % interval."""
    low, high = np.quantile(label - prediction, TAILS)
    return float(low), float(high)
