"""The rows that a block is fitted on, without Spark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from crime_spark.kinds import MultiClass, Ranking
from crime_spark.training.block_fit import (
    HASH,
    IS_TEST,
    LONGER,
    MODEL,
    PREDICTION,
    TARGET,
    LearnerWork,
    TaskWork,
    fit_and_score,
    prepared_rows,
)
from crime_spark.vectors.in_task import dictionary
from tests.unit.training.tiny import AREA, HOUR, LATITUDE, PRIOR, TASK

KEYS = {"city": "chicago", "task": "tiny", "protocol": "per_year", "policy": "fair", "delay": 0}
WORK = TaskWork(
    kind=TASK.kind,
    features=(HOUR, AREA),
    crossed=(),
    learners=(LearnerWork(PRIOR, {}, {**KEYS, "learner": "class_prior"}),),
    keys={**KEYS, "test_year": 2016},
    seed=1,
    rows=None,
    threads=1,
)


def rows_of(labels: list[float], areas: list[str | None], units: list[str] | None = None, tests: int = 0) -> pa.Table:
    """Rows in the order of their keys, of which the last ones are of the test year."""
    count = len(labels)
    return pa.table(
        {
            "hour": dictionary(pa.array(["1"] * count)),
            "area": dictionary(pa.array(areas, pa.string())),
            "latitude": pa.array([41.0] * count),
            "example_id": [f"{number}" for number in range(count)],
            "unit": pa.array(units or [None] * count, pa.string()),
            "occurred_at": pa.nulls(count, pa.timestamp("us")),
            "label": labels,
            LONGER: pa.nulls(count, pa.float64()),
            HASH: pa.array(range(count), pa.int64()),
            IS_TEST: [number >= count - tests for number in range(count)],
        }
    )


def test_equal_rows_are_one_row_with_a_weight():
    training = rows_of([1.0, 0.0, 1.0, 1.0], ["a", "a", "a", None])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        target, rows = prepared_rows(WORK, training.take(pa.array(order)))
        assert target.base_rate == 0.75
        assert rows.columns["area"].to_pylist() == ["a", "a", None]
        assert rows.label.tolist() == [1.0, 0.0, 1.0]
        assert rows.weight.tolist() == [2.0, 1.0, 1.0]
        assert rows.stand_for == 4
        assert rows.hashed.tolist() == [0, 1, 3]


def test_rows_with_numbers_each_weigh_one():
    work = replace(WORK, features=(HOUR, AREA, LATITUDE))
    rows = prepared_rows(work, rows_of([1.0, 1.0], ["a", "a"]))[1]
    assert rows.weight.tolist() == [1.0, 1.0]
    assert len(rows.columns["latitude"]) == 2


def test_rare_classes_are_one_class():
    work = replace(WORK, kind=MultiClass(("x", "y", "z"), least_share=0.3))
    target, rows = prepared_rows(work, rows_of([2.0, 2.0, 2.0, 0.0, 2.0], ["a", "b", "c", "d", "e"]))
    assert target.classes == ("z", "other")
    assert rows.label.tolist() == [0, 0, 0, 1, 0]


def test_units_are_ranked_in_which_something_happened():
    work = replace(WORK, kind=Ranking(top_share=0.5))
    training = rows_of([0.0, 3.0, 1.0, 0.0], ["a", "b", "c", "d"], ["never", "u", "u", "u"])
    target, rows = prepared_rows(work, training)
    assert (target.units, target.k, target.base_rate) == (frozenset({"u"}), 2, pytest.approx(1 / 3))
    assert rows.columns["area"].to_pylist() == ["b", "c", "d"]
    assert rows.stand_for == 3


def test_results_are_a_target_predictions_and_a_model():
    result = list(fit_and_score(WORK, rows_of([1.0, 0.0, 1.0, 1.0, 0.0], ["a"] * 5, tests=2)))
    assert [item["kind"] for item in result] == [TARGET, PREDICTION, MODEL]
    assert result[0]["base_rate"] == pytest.approx(2 / 3)
    assert result[1]["example_id"].to_pylist() == ["3", "4"]
    assert result[1]["label"].to_pylist() == [1.0, 0.0]
    assert np.allclose(result[1]["probability"], 2 / 3)
    assert {item["test_year"] for item in result} == {2016}
