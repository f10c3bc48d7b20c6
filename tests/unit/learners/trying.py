"""Learners fitted on vectors that a test writes down, without the stages that make them of examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.kinds import Regression
from crime_spark.learners.learner import Learner, Shape

Row = tuple[Sequence[float], float, float]


def vectors(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    """features, label, weight, of such tuples, in one partition."""
    built = [(*features, label, weight) for features, label, weight in rows]
    names = [f"x{index}" for index in range(len(built[0]) - 2)]
    schema = ", ".join(f"{name} DOUBLE" for name in (*names, "label", "weight"))
    frame = spark.createDataFrame(built, schema).coalesce(1)
    return VectorAssembler(inputCols=names, outputCol="features").transform(frame).select("features", "label", "weight")


def fitted(
    learner: Learner, training: DataFrame, kind: type, classes: int = 2, rows: int | None = None, **settings: Any
) -> PipelineModel:
    """The learner's model; rows is how many the training ones stand for, their number if nothing is said."""
    shape = Shape(kind, 0, training.count() if rows is None else rows, classes)
    return Pipeline(stages=[learner.build(shape, learner.with_settings(settings), 1)]).fit(training)


def predicted_values(model: PipelineModel, rows: DataFrame, kind: type) -> list[Any]:
    """What the model says of each row: a number, or the probabilities of all classes."""
    column = F.col("prediction") if kind is Regression else vector_to_array(F.col("probability"))
    return [row[0] for row in model.transform(rows).select(column).collect()]
