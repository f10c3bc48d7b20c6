"""Stages that baselines are made of: nothing but MLlib's own, so that they are saved and loaded as every model is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.ml import Pipeline
from pyspark.ml.feature import SQLTransformer, StringIndexer, TargetEncoder, VectorAssembler


def rate_by(columns: Sequence[str], smoothing: float) -> Pipeline:
    """The label's smoothed mean in each combination of columns, as the probability of label 1.

    (n * mean of the group + smoothing * mean of all) / (n + smoothing); an unseen combination has the mean of all. No
    columns: the mean of all. Unknown values are a group of their own.
    """
    index: list[Any] = [SQLTransformer(statement="SELECT *, 0D AS _index FROM __THIS__")]
    if columns:
        group = f"concat_ws(chr(1), {', '.join(f'coalesce({column}, chr(0))' for column in columns)})"
        index = [
            SQLTransformer(statement=f"SELECT *, {group} AS _group FROM __THIS__"),
            StringIndexer(inputCol="_group", outputCol="_index", handleInvalid="keep"),
        ]
    rate = TargetEncoder(
        inputCols=["_index"], outputCols=["_rate"], targetType="binary", smoothing=smoothing, handleInvalid="keep"
    )
    rest = SQLTransformer(statement="SELECT *, 1D - _rate AS _rest FROM __THIS__")
    return Pipeline(stages=[*index, rate, rest, VectorAssembler(inputCols=["_rest", "_rate"], outputCol="probability")])
