"""Baselines that repeat a column of the examples. Their models consist of MLlib stages."""

from __future__ import annotations

from pyspark.ml import Estimator, PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class ValueOf(Estimator[PipelineModel]):
    """The value of a column as `prediction`, or the mean label of the training rows if it is NULL or missing."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        sums = dataset.agg(F.sum(F.col("label") * F.col("weight")).alias("label"), F.sum("weight").alias("weight"))
        total = sums.collect()[0]
        mean = f"{total['label'] / total['weight']!r}D"
        value = f"coalesce(`{self.column}`, {mean})" if self.column in dataset.columns else mean
        return PipelineModel([SQLTransformer(statement=f"SELECT *, {value} AS prediction FROM __THIS__")])
