"""The baselines' estimator. Its models are of MLlib's own stages, so that they are saved and loaded as all others."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Estimator, PipelineModel, Transformer
from pyspark.ml.feature import IndexToString, SQLTransformer, StringIndexerModel, VectorAssembler
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class RateBy(Estimator[PipelineModel]):
    """The label's smoothed mean in each combination of columns, as the probability of label 1, or as a number.

    (n * mean of the group + smoothing * mean of all) / (n + smoothing); an unseen combination has the mean of all. No
    columns: the mean of all. Unknown values are a group of their own. Fitted on label, weight and columns; a column
    that is not there, because nothing is known of it, is left out. number: `prediction` in place of `probability`.
    """

    def __init__(self, columns: Sequence[str], smoothing: float, *, number: bool = False) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.smoothing = smoothing
        self.number = number

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
        ]
        rate = "CAST(_text AS DOUBLE)"
        if self.number:
            return PipelineModel([*stages, SQLTransformer(statement=f"SELECT *, {rate} AS prediction FROM __THIS__")])
        both = f"SELECT *, 1D - {rate} AS _rest, {rate} AS _rate FROM __THIS__"
        together = VectorAssembler(inputCols=["_rest", "_rate"], outputCol="probability")
        return PipelineModel([*stages, SQLTransformer(statement=both), together])


class ClassShares(Estimator[PipelineModel]):
    """The share of each class among the training rows, as `probability`; fitted on label and weight."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        counted = dataset.groupBy("label").agg(F.sum("weight").alias("n")).collect()
        weights = {int(row["label"]): row["n"] for row in counted}
        shares = [weights.get(at, 0.0) / sum(weights.values()) for at in range(self.classes)]
        named = {f"_share_{at}": share for at, share in enumerate(shares)}
        columns = ", ".join(f"{share!r}D AS {name}" for name, share in named.items())
        return PipelineModel(
            [
                SQLTransformer(statement=f"SELECT *, {columns} FROM __THIS__"),
                VectorAssembler(inputCols=list(named), outputCol="probability"),
            ]
        )
