"""What is chosen before the year judged: the last months that an earlier cell of the same learner has predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from crime_spark.evaluation.ranking import Levels
from crime_spark.evaluation.resampling import Array
from crime_spark.schemas import CELL_KEY

DEFAULT_THRESHOLD = 0.5
# Between these quantiles of the residuals lie 90 % of them.
TAILS = (0.05, 0.95)

# By protocol: by how many years the training of the cell before begins earlier.
_BEGINS: Mapping[str, int] = {"per_year": 1, "expanding": 0}


def earlier_cells(cells: Iterable[Mapping[str, Any]]) -> list[int | None]:
    """For each cell the first training year of the one before, None if that is not among cells.

    The one before has the same keys but for the years; its training ends a year earlier, so that the year it predicts,
    out of its sample, is the last training year of the cell and lies before the year that the cell is judged on. Of
    other classes (gold/cells.classes) it would say nothing. cells have CELL_KEY, test_year and classes.
    """
    rows = list(cells)
    held = {_key(row): row["classes"] for row in rows}
    result: list[int | None] = []
    for row in rows:
        begins = row["train_from"] - _BEGINS[row["protocol"]]
        before = {"train_from": begins, "train_to": row["train_to"] - 1, "test_year": row["test_year"] - 1}
        key = _key({**{name: row[name] for name in CELL_KEY}, **before})
        result.append(begins if key in held and held[key] == row["classes"] else None)
    return result


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*(row[name] for name in CELL_KEY), row["test_year"])


def best_threshold(label: Array, ordered: Levels) -> float:
    """The score from which on calling a row positive gives the largest F1, the smallest of equals.

    label is 0 or 1; 0.5 without positives.
    """
    positives = ordered.positives(label)
    total = positives.sum()
    if not total:
        return DEFAULT_THRESHOLD
    hits, called = (np.cumsum(each[::-1])[::-1] for each in (positives, ordered.sizes))
    return float(ordered.values[np.argmax(2 * hits / (called + total))])


def residual_bounds(label: Array, prediction: Array) -> tuple[float, float]:
    """What is added to a prediction for the ends of a 90 % interval: the 5 % and 95 % quantiles of label - prediction.

    Quantiles are interpolated.
    """
    low, high = np.quantile(label - prediction, TAILS)
    return float(low), float(high)
