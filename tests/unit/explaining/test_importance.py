"""Permutation importance: what is lost, and that a planted column is found among noise."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp
from typing import Any

import pytest

from crime_spark.evaluation.comparisons import Row
from crime_spark.explaining.importance import PERMUTATION, importance, losses
from crime_spark.explaining.native import LINEAR, TREES
from crime_spark.features.feature import Feature
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS
from crime_spark.tasks import TASKS
from crime_spark.training.stage import train
from tests.unit.training.tiny import GBT, LR, TASK, cities_named, tiny_settings

NOISE = [f"noise_{number}" for number in range(10)]
PLANTED, KIND = "planted", "kind"
EXAMPLES_ = replace(
    TASK,
    name="made",
    features=(
        *(Feature(name, "number", "latitude", ("latitude",), "generated") for name in (*NOISE[:8], PLANTED)),
        *(Feature(name, "category", "premise", ("premise",), "generated") for name in (*NOISE[8:], KIND)),
    ),
)
SEVERITY = next(task for task in TASKS if task.name == "area_severity_1d")
CITIES = cities_named(["chicago"])


def judged(feature: str, metric: str, value: float, *drawn: float) -> dict[str, Any]:
    return {"learner": feature, "metric": metric, "value": value, "drawn": list(drawn)}


def test_what_is_lost_is_paired_by_resample() -> None:
    rows: list[Row] = [judged("", "auc", 0.8, 0.7, 0.9, 0.8), judged("x", "auc", 0.6, 0.5, 0.7, 0.6)]
    assert losses(rows, TASK) == [
        {
            "feature": "x",
            "metric": "auc",
            "value": pytest.approx(0.2),
            "low": pytest.approx(0.2),
            "high": pytest.approx(0.2),
        }
    ]


def test_of_an_error_more_is_lost() -> None:
    rows = [judged("", "mae", 2.0, 2.0), judged("x", "mae", 2.5, 2.5), judged("x", "r2", 0.1, 0.1)]
    assert [(loss["metric"], loss["value"]) for loss in losses(rows, SEVERITY)] == [("mae", 0.5)]


def test_what_is_not_defined_is_not_known() -> None:
    rows = [judged("", "auc", float("nan"), float("nan")), judged("x", "auc", 0.5, 0.5)]
    assert losses(rows, TASK) == [{"feature": "x", "metric": "auc", "value": None, "low": None, "high": None}]


def generated(year: int, rows: int = 1500) -> list[tuple[Any, ...]]:
    """The label hangs on the planted number, a little on the kind, and on nothing else."""
    rng = random.Random(year)
    built = []
    for index in range(rows):
        columns: dict[str, Any] = {name: rng.gauss(0, 1) for name in (*NOISE[:8], PLANTED)}
        columns |= {name: rng.choice("abcd") for name in (*NOISE[8:], KIND)}
        logit = 1.5 * columns[PLANTED] + (0.8 if columns[KIND] in "ab" else -0.8)
        usual = {"city": "chicago", "example_id": f"{year} {index:05}", "delay": 0, "year": year, "month": 1}
        occurred_at = datetime(year, 1, 1) + timedelta(days=rng.randrange(365))
        row = {**usual, "occurred_at": occurred_at, "label": float(rng.random() < 1 / (1 + exp(-logit))), **columns}
        built.append(tuple(row.get(name) for name in EXAMPLES_.examples.names))
    return built


@pytest.fixture(scope="module")
def explained(spark, tmp_path_factory) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
    """Rows of gold/importance by learner, method and feature, of models fitted on generated data."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("made")))
    rows = [row for year in (2015, 2016) for row in generated(year)]
    lake.replace(EXAMPLES_.examples, spark.createDataFrame(rows, EXAMPLES_.examples.struct))
    settings = tiny_settings(
        learner_settings__gbt__maxIter=10, learner_settings__gbt__maxDepth=4, evaluation__resamples=500
    )
    train(lake, CITIES, [EXAMPLES_], [GBT, LR], settings, Progress(io.StringIO()))
    cells = lake.read(CELLS).collect()
    assert len(cells) == 2
    result = importance(lake, cells, EXAMPLES_, {item.name: item for item in (GBT, LR)}, settings)
    by = {(row["learner"], row["method"], row["feature"]): row for row in result}
    assert len(by) == len(result)
    return by


@pytest.mark.parametrize(("learner", "native"), [("gbt", TREES), ("logistic_regression", LINEAR)])
def test_every_feature_has_both_kinds(explained, learner, native) -> None:
    names = {feature.name for feature in EXAMPLES_.features}
    for method in (PERMUTATION, native):
        assert {feature for source, how, feature in explained if (source, how) == (learner, method)} == names


@pytest.mark.parametrize("learner", ["gbt", "logistic_regression"])
def test_the_planted_column_is_found(explained, learner) -> None:
    custom = {
        feature: row
        for (source, method, feature), row in explained.items()
        if (source, method) == (learner, PERMUTATION)
    }
    order = sorted(custom, key=lambda name: -custom[name]["value"])
    assert order[:2] == [PLANTED, KIND]
    assert custom[PLANTED]["low"] > 0.1
    assert custom[KIND]["low"] > 0


@pytest.mark.parametrize("learner", ["gbt", "logistic_regression"])
def test_of_ten_noise_columns_nine_have_an_interval_that_covers_zero(explained, learner) -> None:
    intervals = [explained[learner, PERMUTATION, name] for name in NOISE]
    assert sum(row["low"] <= 0 <= row["high"] for row in intervals) >= 9
    # It is no interval of nothing: the models do go by the noise a little.
    assert any(row["low"] < 0 < row["high"] for row in intervals)


@pytest.mark.parametrize(("learner", "native"), [("gbt", TREES), ("logistic_regression", LINEAR)])
def test_what_the_model_says_itself_puts_the_planted_column_first(explained, learner, native) -> None:
    custom = {
        feature: row["value"]
        for (source, method, feature), row in explained.items()
        if (source, method) == (learner, native)
    }
    assert max(custom, key=lambda name: custom[name]) == PLANTED
