"""Every learner: fitted on examples of each kind of task it can fit, it scores rows whose values it has never seen."""

from __future__ import annotations

from math import isfinite, sin
from typing import Any

import pytest
from pyspark.ml import Estimator, Model, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.features.preparing import prepare, weighted
from crime_spark.features.series import SERIES_PERIODS
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner, Shape
from crime_spark.tasks import TASKS
from crime_spark.tasks.grain import Binary, MultiClass, Regression
from crime_spark.tasks.task import Task
from crime_spark.training.plan import unfit

CLASSES = 4  # and the last one never occurs
PAIRS = [
    (learner, kind, next(task for task in TASKS if isinstance(task.kind, kind) and unfit(task, learner) is None))
    for learner in LEARNERS
    for kind in learner.kinds
]


def value(feature: Feature, at: int) -> Any:
    """Of the example's feature, which is unknown now and then; all differ, so that no two are the same feature."""
    turn = at * (2 + sum(map(ord, feature.name)) % 7)
    if turn % 11 == 10:
        return None
    if feature.kind == "number":
        return abs(sin(turn)) * 50
    if feature.kind == "series":
        return [abs(sin(turn + at)) * 50 for at in range(SERIES_PERIODS)]
    return f"{turn % 4}" if feature.kind == "category" else [f"{turn % 4}", f"{turn % 3}"]


def examples(spark: SparkSession, task: Task, rows: list[tuple[Any, ...]]) -> DataFrame:
    columns = ", ".join(f"{feature.name} {feature.column.type}" for feature in task.inputs("fair"))
    return spark.createDataFrame(rows, f"{columns}, label DOUBLE").coalesce(1)


def training(spark: SparkSession, task: Task, kind: type) -> DataFrame:
    features = task.inputs("fair")
    labels = {Binary: lambda at: at % 5 // 3, MultiClass: lambda at: at % 7 // 3, Regression: lambda at: at % 5 * 2}
    rows = [(*(value(feature, at) for feature in features), float(labels[kind](at))) for at in range(60)]
    return examples(spark, task, rows)


def strange(spark: SparkSession, task: Task) -> DataFrame:
    """A row of which nothing is known, and one of which everything is unlike what was seen."""
    unseen = {"number": 1e12, "category": "MOON", "codes": ["MOON", None], "series": [1e12] * SERIES_PERIODS}
    features = task.inputs("fair")
    rows = [(*(None for _ in features), 0.0), (*(unseen[feature.kind] for feature in features), 0.0)]
    return examples(spark, task, rows)


def said(model: PipelineModel, rows: DataFrame, kind: type) -> list[Any]:
    column = F.col("prediction") if kind is Regression else vector_to_array(F.col("probability"))
    return [row[0] for row in model.transform(rows).select(column).collect()]


def fitted(learner: Learner, kind: type, task: Task, rows: DataFrame) -> PipelineModel:
    features = task.inputs("fair")
    prepared = prepare(weighted(rows, features), 60, learner.wants, features, task.crossed)
    quick = {name: 2 for name in ("maxIter", "maxIterOfClass", "maxDepth", "numTrees") if name in learner.settings}
    shape = Shape(kind, prepared.categories, 60, CLASSES if kind is MultiClass else 2)
    estimator = learner.build(shape, learner.with_settings(quick), 1)
    assert isinstance(estimator, Estimator)
    assert not isinstance(estimator, Model)
    model = estimator.fit(prepared.rows)
    last = model.stages if isinstance(model, PipelineModel) else [model]
    return PipelineModel(stages=[*prepared.stages, *last])


@pytest.mark.parametrize(("learner", "of", "task"), PAIRS, ids=[f"{one.name}-{of.__name__}" for one, of, _ in PAIRS])
def test_it_is_fitted_saved_and_scores_what_it_has_never_seen(spark, tmp_path, learner, of, task):
    assert set(learner.needs) <= {feature.name for feature in task.inputs("fair")}
    kind = learner.fits(of)
    known = training(spark, task, kind)
    model = fitted(learner, kind, task, known)
    rows = known.limit(5).unionByName(strange(spark, task))
    found = said(model, rows, kind)
    assert len(found) == 7
    for row in found:
        if kind is Regression:
            # What a baseline repeats may be strange; what is fitted is not.
            assert isfinite(row)
            assert learner.baseline or abs(row) < 1000
        else:
            assert len(row) == (CLASSES if kind is MultiClass else 2)
            assert sum(row) == pytest.approx(1)
            assert all(0 <= each < 1 for each in row)
            assert row[1] > 0
    model.write().save(f"{tmp_path}/model")
    assert said(PipelineModel.load(f"{tmp_path}/model"), rows, kind) == found
