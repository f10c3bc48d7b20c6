"""Columns that hold several codes a row, to a 0 or 1 for each code."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Transformer
from pyspark.ml.feature import CountVectorizerModel, SQLTransformer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def multi_hot(rows: DataFrame, columns: Sequence[str], rows_per_code: int) -> tuple[list[Transformer], list[str]]:
    """Fitted stages from columns (ARRAY<STRING>) to vectors of 0 and 1, and the names of the vectors.

    `<column>_codes` has one place for each code that stands in rows_per_code of rows or more, in the order of the
    codes; a rarer one, one that rows do not hold and NULL have none. A code that stands twice in a row counts once. A
    column without any such code has no vector.
    """
    stages: list[Transformer] = []
    vectors = []
    for column in columns:
        codes = _frequent(rows, column, rows_per_code)
        if codes:
            held, vector = f"_{column}_held", f"{column}_codes"
            # CountVectorizer fails on NULL.
            known = SQLTransformer(statement=f"SELECT *, coalesce(`{column}`, array()) AS `{held}` FROM __THIS__")
            # Its own vocabulary stands by frequency: ties would be as the partitions had them.
            stages += [known, CountVectorizerModel.from_vocabulary(codes, held, vector, binary=True)]
            vectors.append(vector)
    return stages, vectors


def _frequent(rows: DataFrame, column: str, rows_per_code: int) -> list[str]:
    codes = rows.select(F.explode(F.array_distinct(column)).alias("code")).where("code IS NOT NULL")
    counted = codes.groupBy("code").agg(F.count(F.lit(1)).alias("rows")).where(F.col("rows") >= rows_per_code)
    return sorted(row["code"] for row in counted.collect())
