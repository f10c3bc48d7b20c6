"""Estimators of baselines by rates. Their models consist of MLlib stages."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Estimator, PipelineModel, Transformer
from pyspark.ml.feature import IndexToString, SQLTransformer, StringIndexerModel, VectorAssembler
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class RateBy(Estimator[PipelineModel]):
    """The smoothed mean label of each combination of columns, as the probability of label 1 or as a number.

    The rate is (n * mean of the group + smoothing * overall mean) / (n + smoothing). A new combination has the overall
    mean, as do all rows without columns. NULL is a value.

    Args:
        columns: columns of the examples; missing columns are omitted.
        smoothing: weight of the overall mean in rows.
        number: write `prediction` instead of `probability`.
    """

    def __init__(self, columns: Sequence[str], smoothing: float, *, number: bool = False) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.smoothing = smoothing
        self.number = number

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        values = [f"coalesce({column}, chr(0))" for column in self.columns if column in dataset.columns]
        group = f"concat_ws(chr(1), '', {', '.join(values)})" if values else "''"
        totals = (
            dataset.groupBy(F.expr(group).alias("value"))
            .agg(F.sum("weight").alias("n"), F.sum(F.col("label") * F.col("weight")).alias("positives"))
            .orderBy("value")
            .collect()
        )
        mean = sum(row["positives"] for row in totals) / sum(row["n"] for row in totals)
        rates = [(row["positives"] + self.smoothing * mean) / (row["n"] + self.smoothing) for row in totals]
        # The model of TargetEncoder has all groups as literals, so planning each use would take seconds.
        stages: list[Transformer] = [
            SQLTransformer(statement=f"SELECT *, {group} AS _group FROM __THIS__"),
            StringIndexerModel.from_labels([row["value"] for row in totals], "_group", "_index", handleInvalid="keep"),
            IndexToString(inputCol="_index", outputCol="_text", labels=[repr(rate) for rate in (*rates, mean)]),
        ]
        rate = "CAST(_text AS DOUBLE)"
        if self.number:
            return PipelineModel([*stages, SQLTransformer(statement=f"SELECT *, {rate} AS prediction FROM __THIS__")])
        statement = f"SELECT *, 1D - {rate} AS _rest, {rate} AS _rate FROM __THIS__"
        assembler = VectorAssembler(inputCols=["_rest", "_rate"], outputCol="probability")
        return PipelineModel([*stages, SQLTransformer(statement=statement), assembler])


class ClassShares(Estimator[PipelineModel]):
    """The share of each class among the training rows as `probability`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        counted = dataset.groupBy("label").agg(F.sum("weight").alias("n")).collect()
        weights = {int(row["label"]): row["n"] for row in counted}
        shares = [weights.get(index, 0.0) / sum(weights.values()) for index in range(self.classes)]
        by_column = {f"_share_{index}": share for index, share in enumerate(shares)}
        columns = ", ".join(f"{share!r}D AS {name}" for name, share in by_column.items())
        return PipelineModel(
            [
                SQLTransformer(statement=f"SELECT *, {columns} FROM __THIS__"),
                VectorAssembler(inputCols=list(by_column), outputCol="probability"),
            ]
        )
