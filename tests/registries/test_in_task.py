"""Every learner that can be fitted in one task: fitted there on each kind of task, it scores what it has never seen."""

from __future__ import annotations

from datetime import datetime
from math import isfinite, sin
from typing import Any

import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from crime_spark.config import load_settings
from crime_spark.features.feature import Feature
from crime_spark.features.recent_periods import SERIES_PERIODS
from crime_spark.fitting.blocks import beyond, fit_block, predictions, score, training_counts
from crime_spark.fitting.cells import Block, Cell, unfit
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners import LEARNERS
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from crime_spark.training.block_results import BlockOutcome, BlockWork, outcomes, predictions_of
from crime_spark.training.block_task import run_blocks

KINDS = (Binary, MultiClass, Regression, Ranking)
# Most learners of a kind are those of its first task that has series, where one has.
OF_KIND = {kind: [task for task in TASKS if isinstance(task.kind, kind)] for kind in KINDS}
CHOSEN = [(sorted(OF_KIND[kind], key=lambda task: not task.has_series)[0]) for kind in KINDS]
SETTINGS = load_settings(
    options={"learner_settings.xgboost": {"min_child_weight": 0.1}, "learner_settings.knn": {"n_neighbors": 5}},
    environment={},
)
ROWS = {2015: 120, 2016: 12}
VALUES = ("probability", "probabilities", "prediction")
KEY = ["learner", "example_id"]


def value(feature: Feature, number: int) -> Any:
    """Different for each feature, and unknown now and then."""
    turn = number * (2 + sum(map(ord, feature.name)) % 7)
    if turn % 11 == 10:
        return None
    if feature.kind == "number":
        return abs(sin(turn)) * 50
    if feature.kind == "series":
        return [abs(sin(turn + place)) * 50 for place in range(SERIES_PERIODS)]
    return f"{turn % 4}" if feature.kind == "category" else [f"{turn % 4}", f"{turn % 3}"]


def unseen(feature: Feature) -> Any:
    return {"number": 1e12, "category": "MOON", "codes": ["MOON", None], "series": [1e12] * SERIES_PERIODS}[
        feature.kind
    ]


def examples_of(spark: SparkSession, task: Task) -> DataFrame:
    """A training and a test year; of the latter two rows are strange, and one is of a unit that is new."""
    labels = {Binary: lambda n: n % 5 // 3, MultiClass: lambda n: n % 7 // 3, Regression: lambda n: n % 5 * 2.5}
    rows = []
    for year, count in ROWS.items():
        for number in range(count):
            cells = {feature.name: value(feature, number) for feature in task.inputs("full")}
            if year == 2016 and number < 2:
                cells = {f.name: unseen(f) if number else None for f in task.inputs("full")}
            unit = "new" if (year, number) == (2016, 2) else f"u{number % 9}"
            cells |= {"city": "a", "delay": 0, "year": year, "month": 1, "example_id": f"{year} {number}", "unit": unit}
            cells |= {"occurred_at": datetime(year, 1, 1 + number % 28)}
            cells["label"] = float(labels.get(type(task.kind), lambda n: n % 9 % 4)(number))
            rows.append(tuple(cells[name] for name in task.examples.names))
    return spark.createDataFrame(rows, task.examples.struct).repartition(2)


def block_of(task: Task) -> Block:
    able = [learner for learner in LEARNERS if learner.in_task and unfit(task, learner) is None]
    return Block(tuple(Cell("a", task, learner, "per_year", "fair", 0, 2015, 2015) for learner in able))


@pytest.fixture(scope="module", params=CHOSEN, ids=lambda task: type(task.kind).__name__)
def task(request: pytest.FixtureRequest) -> Task:
    chosen: Task = request.param
    return chosen


@pytest.fixture(scope="module")
def examples(spark: SparkSession, task: Task) -> DataFrame:
    return examples_of(spark, task).persist()


@pytest.fixture(scope="module")
def results(examples: DataFrame, task: Task) -> tuple[BlockOutcome, dict[str, list[Row]]]:
    """What became of the block, and the predictions by learner."""
    work = [BlockWork(block_of(task), task.inputs("fair"), (2015,))]
    frame = run_blocks(examples, work, SETTINGS).persist()
    predicted: dict[str, list[Row]] = {}
    for row in predictions_of(frame).orderBy(*KEY).collect():
        predicted.setdefault(row["learner"], []).append(row)
    return outcomes(frame, work)[0], predicted


def test_every_learner_that_has_in_task_is_tried():
    tried = {cell.learner.name for task in CHOSEN for cell in block_of(task).cells}
    assert tried == {learner.name for learner in LEARNERS if learner.in_task}
    assert {"xgboost", "knn", "sequence"} < tried
    assert {learner.name for learner in LEARNERS if learner.baseline} < tried


def test_it_scores_what_it_has_never_seen(task, results):
    outcome, predicted = results
    assert outcome.failed == {}
    assert set(predicted) == {cell.learner.name for cell in block_of(task).cells}
    ranked = isinstance(task.kind, Ranking)
    baselines = {learner.name for learner in LEARNERS if learner.baseline}
    for name, rows in predicted.items():
        happened = {row["example_id"] for row in rows if row["unit"] != "new"}
        # Units in which nothing happened in training are not ranked.
        assert len(happened) == (7 if ranked else 11)
        # A new unit is there without a prediction if something happened in it, which is so.
        assert len(rows) == len(happened) + 1
        for row in rows:
            given = [row[column] for column in VALUES if row[column] is not None]
            assert len(given) == (0 if ranked and row["unit"] == "new" else 1)
            for score_of_row in given:
                if isinstance(score_of_row, list):
                    assert sum(score_of_row) == pytest.approx(1)
                    assert len(score_of_row) == len(outcome.target.classes)
                else:
                    assert isfinite(score_of_row)
                    # What a baseline repeats may be strange.
                    assert name in baselines or abs(score_of_row) < 1000


def test_a_stored_model_scores_the_same(examples, task, results, tmp_path):
    outcome, predicted = results
    models = []
    for fitted in outcome.fitted:
        path = str(tmp_path / fitted.cell.learner.name)
        fitted.model.write().save(path)
        models.append((PipelineModel.load(path), fitted.kind))
    scored = score(examples.where("year = 2016"), task.inputs("fair"), outcome.target, models)
    again = scored.orderBy("example_id").collect()
    for number, fitted in enumerate(outcome.fitted):
        rows = [row for row in predicted[fitted.cell.learner.name] if any(row[name] is not None for name in VALUES)]
        expected = [next(row[name] for name in VALUES if row[name] is not None) for row in rows]
        outcomes = [row[f"predicted_{number}"] for row in again]
        for one_row, other in zip(outcomes, expected, strict=True):
            assert one_row == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_baselines_and_the_target_are_those_of_spark(examples, task, results):
    outcome, predicted = results
    baselines = Block(tuple(cell for cell in block_of(task).cells if cell.learner.baseline))
    training, test = (examples.where(F.col("year") == year) for year in ROWS)
    target, fitted = fit_block(baselines, training, training_counts(training, task.inputs("fair")), SETTINGS)
    assert outcome.target.base_rate == pytest.approx(target.base_rate, abs=1e-12)
    assert (outcome.target.classes, outcome.target.k) == (target.classes, target.k)
    assert outcome.target.units == target.units
    cells = [(item.cell, item.kind) for item in fitted]
    scored = score(test, task.inputs("fair"), target, [(item.model, item.kind) for item in fitted])
    expected = predictions(scored, cells, 2016).unionByName(beyond(test, target, cells, 2016))
    by_learner: dict[str, list[dict[str, Any]]] = {}
    for row in expected.orderBy(*KEY).collect():
        by_learner.setdefault(row["learner"], []).append(row.asDict())
    for cell in baselines.cells:
        name = cell.learner.name
        for row, other in zip(predicted[name], by_learner.pop(name), strict=True):
            scores = {column: other.pop(column) for column in VALUES}
            for column, score_by_spark in scores.items():
                assert (row[column] is None) == (score_by_spark is None)
                assert score_by_spark is None or row[column] == pytest.approx(score_by_spark, rel=1e-12, abs=1e-12)
            assert {key: row[key] for key in other} == other
    assert by_learner == {}
