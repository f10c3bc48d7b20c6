"""Encoding of examples as the vectors that learners want, fitted on the given training rows only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Any, Literal

from pyspark.ml import Transformer
from pyspark.ml.feature import (
    CountVectorizer,
    CountVectorizerModel,
    Imputer,
    SQLTransformer,
    StandardScaler,
    StringIndexer,
    StringIndexerModel,
    VectorAssembler,
)
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import UsageError
from crime_spark.features.feature import Feature
from crime_spark.sampling import in_parts
from crime_spark.vectors.codes import multi_hot

# indices: category indices, then numbers.
# onehot: a 0 or 1 for each category, then scaled numbers.
# log: onehot with the logarithms of the numbers.
# dense: onehot without pairs and rare categories, narrow enough for dense vectors.
# words: a 0 or 1 for each category, tenth of a number and code, so no value is negative.
# numbers: scaled numbers that are neither about the past nor a trend.
# columns: no vector.
Wants = Literal["indices", "onehot", "log", "dense", "words", "numbers", "columns"]

VECTOR = "features"
WEIGHT = "weight"

# A tree that can order a thousand beats by the labels of ten thousand rows overfits. A feature therefore has at most
# this number of categories, those with the most distinct rows.
ROWS_PER_CATEGORY = 200
MOST_CATEGORIES_AT_LEAST = 32
# The least number of distinct rows for a coefficient.
ROWS_PER_WORD = 5
# Dense vectors store every position, so a category needs at least one row among this number of rows.
ROWS_TO_A_DENSE_WORD = 200
# Numbers as words: the number of ranges with about equal rows, and the number of rows that define them.
RANGES = 10
ROWS_FOR_RANGES = 20_000
RULES = (ROWS_PER_CATEGORY, MOST_CATEGORIES_AT_LEAST, ROWS_PER_WORD, ROWS_TO_A_DENSE_WORD, RANGES, ROWS_FOR_RANGES)


@dataclass(frozen=True)
class Prepared:
    """Fitted stages, and the encoded training rows.

    Attributes:
        stages: from the columns of examples to VECTOR.
        rows: label, VECTOR and WEIGHT; for learners that want columns, the given rows.
        categories: the largest number of categories of a feature in the vector.
    """

    stages: tuple[Transformer, ...]
    rows: DataFrame
    categories: int = 0


def fixed_partitions(rows: DataFrame, count: int, rows_per_partition: int, *key: str) -> DataFrame:
    """The rows in a number of partitions that depends only on their count, each sorted by the key.

    MLlib's trees sample split points by partition, so other partitions or another order would change the model.
    """
    return rows.repartition(max(1, ceil(count / rows_per_partition)), *key).sortWithinPartitions(*key)


def usable(features: Sequence[Feature], recorded: Mapping[str, int]) -> list[Feature]:
    """The features with a value in at least one training row. Nothing can be fitted on the others."""
    return [feature for feature in features if recorded.get(feature.name, 0) > 0]


def seen_by(wants: Wants, features: Sequence[Feature]) -> list[Feature]:
    """The features that a learner with these wants uses; see Wants."""
    if wants == "columns":
        return list(features)
    if wants == "numbers":
        return [feature for feature in features if feature.kind == "number" and not feature.past and not feature.trend]
    return [feature for feature in features if feature.kind != "series"]


def weighted(training: DataFrame, features: Sequence[Feature]) -> DataFrame:
    """The columns label, features and WEIGHT (DOUBLE), the number of training rows that a row represents.

    If all features are categories, equal rows become one row, which reduces their number several times. With numbers,
    hardly any rows are equal, and all are kept.
    """
    names = ["label", *(feature.name for feature in features)]
    if any(feature.kind == "number" for feature in features):
        return training.select(*names, F.lit(1.0).alias(WEIGHT))
    return training.groupBy(*names).agg(F.count(F.lit(1)).cast("double").alias(WEIGHT))


def repeated(rows: DataFrame) -> DataFrame:
    """Repeat each row by its rounded WEIGHT and set WEIGHT to 1, for learners without weights."""
    times = F.explode(F.array_repeat(F.lit(1), F.round(WEIGHT).cast("int")))
    return rows.withColumn("_time", times).drop("_time").withColumn(WEIGHT, F.lit(1.0))


def prepare(
    rows: DataFrame, count: int, wants: Wants, features: Sequence[Feature], crossed: Sequence[str] = ()
) -> Prepared:
    """Fit an encoding and encode the training rows.

    Args:
        rows: the result of `weighted`.
        count: the number of training rows that they represent.
        wants: the encoding.
        features: features; all must be `usable`.
        crossed: categories whose pairs of values get positions in one-hot vectors too, because a linear learner cannot
            find interactions.

    Raises:
        UsageError: numbers are wanted, but all numbers among the features are about the past or a trend.
    """
    categories = [feature.name for feature in features if feature.kind == "category"]
    numbers = [feature.name for feature in features if feature.kind == "number"]
    codes = [feature.name for feature in features if feature.kind == "codes"]
    if wants == "columns":
        return Prepared((), rows)
    if wants == "indices":
        return _indexed(rows, count, categories, numbers, codes)
    if wants == "numbers":
        numbers = [feature.name for feature in seen_by(wants, features)]
        if not numbers:
            raise UsageError(
                "this learner needs a number that is not about the past and not a trend; the task has none"
            )
        return _through(_scaled(rows, numbers, VECTOR), rows)
    words = [_word(name) for name in categories]
    if wants == "words":
        return _one_hot(rows, [*words, *_ranges(rows, count, numbers)], [], codes)
    if wants == "dense":
        return _one_hot(rows, words, numbers, codes, least=ceil(count / ROWS_TO_A_DENSE_WORD))
    pairs = combinations([name for name in categories if name in crossed], 2)
    words += [_word(*pair) for pair in pairs]
    return _one_hot(rows, words, numbers, codes, logarithms=wants == "log")


def _indexed(rows: DataFrame, count: int, categories: list[str], numbers: list[str], codes: list[str]) -> Prepared:
    """Category indices, then numbers with their mean for unknown ones, then a 0 or 1 for each frequent code.

    Unknown, new and rare categories share the last index.
    """
    stages: list[Transformer] = []
    indices = [f"{name}_index" for name in categories]
    largest = 0
    if categories:
        indexer = StringIndexer(inputCols=categories, outputCols=indices, handleInvalid="keep").fit(rows)
        most = max(MOST_CATEGORIES_AT_LEAST, count // ROWS_PER_CATEGORY)
        labels = [list(values[:most]) for values in indexer.labelsArray]
        stages.append(_indexer(rows.sparkSession, labels, categories, indices))
        largest = max(map(len, labels)) + 1
    imputers, filled = _imputed(rows, numbers)
    encoders, vectors = multi_hot(rows, codes, ROWS_PER_CATEGORY)
    together = VectorAssembler(inputCols=[*indices, *filled, *vectors], outputCol=VECTOR)
    return _through([*stages, *imputers, *encoders, together], rows, largest)


def _one_hot(
    rows: DataFrame,
    words: Sequence[str],
    numbers: list[str],
    codes: list[str],
    *,
    logarithms: bool = False,
    least: int = 0,
) -> Prepared:
    """A 0 or 1 for each value of words (SQL of a STRING), then for each code, then scaled numbers.

    New values, and values in fewer than `least` or ROWS_PER_WORD training rows, have no position. Unknown is a value.

    The values are a bag of words such as `premise=STREET`. This takes one stage, which is several times faster than an
    indexer and an encoder for each feature.
    """
    stages: list[Transformer] = []
    encoded = "_known" if numbers or codes else VECTOR
    if words:
        bag = SQLTransformer(statement=f"SELECT *, array({', '.join(words)}) AS _words FROM __THIS__")
        counter = CountVectorizer(inputCol="_words", outputCol=encoded, binary=True)
        vocabulary = _frequent(counter, bag.transform(rows), max(least, ROWS_PER_WORD))
        # Sorted by name, because by frequency the order of ties would depend on partitions.
        stages += [bag, CountVectorizerModel.from_vocabulary(sorted(vocabulary), "_words", encoded, binary=True)]
    if encoded == VECTOR:
        return _through(stages, rows)
    encoders, vectors = multi_hot(rows, codes, max(least, ROWS_PER_WORD))
    scaling = _scaled(rows, numbers, "_scaled", logarithms=logarithms) if numbers else []
    parts = [*([encoded] if words else []), *vectors, *(["_scaled"] if numbers else [])]
    return _through([*stages, *encoders, *scaling, VectorAssembler(inputCols=parts, outputCol=VECTOR)], rows)


def _scaled(rows: DataFrame, numbers: list[str], column: str, *, logarithms: bool = False) -> list[Transformer]:
    """Stages to a vector `column` of the numbers, or of log(1 + x), scaled to mean 0 and deviation 1.

    Numbers are clipped to their range in training, because linear models, powers and exponentials extrapolate. A trend
    always exceeds that range.
    """
    stages: list[Transformer] = []
    if logarithms:
        logs = ", ".join(f"signum(`{name}`) * log1p(abs(`{name}`)) AS `{name}_log`" for name in numbers)
        stages.append(SQLTransformer(statement=f"SELECT *, {logs} FROM __THIS__"))
        rows = stages[0].transform(rows)
        numbers = [f"{name}_log" for name in numbers]
    imputers, filled = _imputed(rows, numbers)
    ranges = rows.agg(*(F.min(name).alias(f"least {name}") for name in numbers), *(F.max(name) for name in numbers))
    row = ranges.collect()[0]
    clipped = ", ".join(
        f"least(greatest(`{column}`, {row[position]!r}D), {row[position + len(numbers)]!r}D) AS `{column}_held`"
        for position, column in enumerate(filled)
    )
    holding = SQLTransformer(statement=f"SELECT *, {clipped} FROM __THIS__")
    together = VectorAssembler(inputCols=[f"{name}_held" for name in filled], outputCol="_numbers")
    numbers_as_vector = _through([*imputers, holding, together], rows, column="_numbers").rows
    scaler = StandardScaler(withMean=True, inputCol="_numbers", outputCol=column).fit(numbers_as_vector)
    return [*stages, *imputers, holding, together, scaler]


def _word(*names: str) -> str:
    """SQL for a word: `premise=STREET`, `premise|domestic=STREET|true`, or `premise|domestic is unknown`."""
    together = "|".join(names)
    value = ", '|', ".join(f"`{name}`" for name in names)
    return f"coalesce(concat('{together}=', {value}), '{together} is unknown')"


def _ranges(rows: DataFrame, count: int, numbers: list[str]) -> list[str]:
    """SQL for a word of each number: `latitude from 41.8`, `latitude below all` or `latitude is unknown`.

    The ranges are separated by the 10 %, 20 %, ... quantiles.
    """
    if not numbers:
        return []
    sampled = rows
    if count > ROWS_FOR_RANGES:
        sampled = rows.where(in_parts(F.xxhash64(*numbers), ROWS_FOR_RANGES, count))
    shares = F.array(*(F.lit(step / RANGES) for step in range(1, RANGES)))
    quantiles = sampled.agg(*(F.percentile(F.col(name), shares).alias(name) for name in numbers)).collect()[0]
    words = []
    for name in numbers:
        cuts = sorted(set(quantiles[name] or ()), reverse=True)
        cases = " ".join(f"WHEN `{name}` >= {cut!r}D THEN '{name} from {cut!r}'" for cut in cuts)
        words.append(f"CASE WHEN `{name}` IS NULL THEN '{name} is unknown' {cases} ELSE '{name} below all' END")
    return words


def _frequent(counter: CountVectorizer, bags: DataFrame, least: int) -> list[str]:
    """The words of at least `least` distinct rows; all words if there are none."""
    vocabulary = counter.setMinDF(float(least)).fit(bags).vocabulary
    return list(vocabulary or counter.setMinDF(1.0).fit(bags).vocabulary)


def _imputed(rows: DataFrame, numbers: list[str]) -> tuple[list[Transformer], list[str]]:
    """The stage that replaces unknown numbers by their mean, and its output columns."""
    filled = [f"{name}_filled" for name in numbers]
    return [Imputer(inputCols=numbers, outputCols=filled, strategy="mean").fit(rows)] if numbers else [], filled


def _through(stages: list[Transformer], rows: DataFrame, categories: int = 0, column: str = VECTOR) -> Prepared:
    for stage in stages:
        rows = stage.transform(rows)
    return Prepared(tuple(stages), rows.select("label", column, WEIGHT), categories)


def _indexer(
    spark: SparkSession, labels: Sequence[Sequence[str]], categories: list[str], indices: list[str]
) -> StringIndexerModel:
    """A StringIndexerModel. Its own from_arrays_of_labels fails for arrays of different lengths."""
    gateway: Any = spark.sparkContext._gateway
    rows = gateway.new_array(gateway.jvm.java.lang.String, len(labels), 0)
    for row, row_labels in enumerate(labels):
        rows[row] = gateway.new_array(gateway.jvm.java.lang.String, len(row_labels))
        for place, label in enumerate(row_labels):
            rows[row][place] = label
    model = StringIndexerModel._create_from_java_class("org.apache.spark.ml.feature.StringIndexerModel", rows)
    return model.setInputCols(categories).setOutputCols(indices).setHandleInvalid("keep")
