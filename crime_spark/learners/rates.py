"""The baselines' estimator. Its models are of MLlib's own stages, so that they are saved and loaded as all others."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Estimator, PipelineModel, Transformer
from pyspark.ml.feature import IndexToString, SQLTransformer, StringIndexerModel, VectorAssembler
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class RateBy(Estimator[PipelineModel]):
    """The label's smoothed mean in each combination of columns, as the probability of label 1.

    (n * mean of the group + smoothing * mean of all) / (n + smoothing); an unseen combination has the mean of all. No
    columns: the mean of all. Unknown values are a group of their own. Fitted on label, weight and columns; a column
    that is not there, because nothing is known of it, is left out.
    """

    def __init__(self, columns: Sequence[str], smoothing: float) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.smoothing = smoothing

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        held = [f"coalesce({column}, chr(0))" for column in self.columns if column in dataset.columns]
        group = f"concat_ws(chr(1), '', {', '.join(held)})" if held else "''"
        totals = (
            dataset.groupBy(F.expr(group).alias("value"))
            .agg(F.sum("weight").alias("n"), F.sum(F.col("label") * F.col("weight")).alias("positives"))
            .orderBy("value")
            .collect()
        )
        mean = sum(row["positives"] for row in totals) / sum(row["n"] for row in totals)
        rates = [(row["positives"] + self.smoothing * mean) / (row["n"] + self.smoothing) for row in totals]
        # TargetEncoder would do, but its model is planned anew with every group as a literal: seconds for each use.
        stages: list[Transformer] = [
            SQLTransformer(statement=f"SELECT *, {group} AS _group FROM __THIS__"),
            StringIndexerModel.from_labels([row["value"] for row in totals], "_group", "_index", handleInvalid="keep"),
            IndexToString(inputCol="_index", outputCol="_text", labels=[repr(rate) for rate in (*rates, mean)]),
            SQLTransformer(
                statement="SELECT *, 1D - CAST(_text AS DOUBLE) AS _rest, CAST(_text AS DOUBLE) AS _rate FROM __THIS__"
            ),
            VectorAssembler(inputCols=["_rest", "_rate"], outputCol="probability"),
        ]
        return PipelineModel(stages)
