"""Multi-hot encoding of columns with several codes a row."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Transformer
from pyspark.ml.feature import CountVectorizerModel, SQLTransformer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def multi_hot(rows: DataFrame, columns: Sequence[str], rows_per_code: int) -> tuple[list[Transformer], list[str]]:
    """Fit stages that turn columns (ARRAY<STRING>) into vectors of 0 and 1, and return them with the vectors' names.

    `<column>_codes` has a position for each code of at least `rows_per_code` rows, sorted by code. Rarer codes, new
    codes and NULL have no position. Repeated codes in a row count once. A column without such codes has no vector.
    """
    stages: list[Transformer] = []
    vectors = []
    for column in columns:
        codes = _frequent(rows, column, rows_per_code)
        if codes:
            filled, vector = f"_{column}_held", f"{column}_codes"
            # CountVectorizer fails on NULL.
            fill = SQLTransformer(statement=f"SELECT *, coalesce(`{column}`, array()) AS `{filled}` FROM __THIS__")
            # A fitted vocabulary is sorted by frequency, where the order of ties depends on partitions.
            stages += [fill, CountVectorizerModel.from_vocabulary(codes, filled, vector, binary=True)]
            vectors.append(vector)
    return stages, vectors


def _frequent(rows: DataFrame, column: str, rows_per_code: int) -> list[str]:
    codes = rows.select(F.explode(F.array_distinct(column)).alias("code")).where("code IS NOT NULL")
    counted = codes.groupBy("code").agg(F.count(F.lit(1)).alias("rows")).where(F.col("rows") >= rows_per_code)
    return sorted(row["code"] for row in counted.collect())
