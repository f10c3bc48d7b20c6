"""Examples to the vectors that learners want, everything fitted on the training rows handed in and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

from crime_spark.features.feature import Cross, Feature

Wants = Literal["indices", "onehot", "columns"]

VECTOR = "features"
WEIGHT = "weight"

# A tree that may order a thousand beats by the labels of ten thousand rows learns those rows by heart: only so many
# categories of a feature are kept apart, the most frequent.
ROWS_PER_CATEGORY = 200
MOST_CATEGORIES_AT_LEAST = 32
# A coefficient wants a few rows to be fitted on: this share of the rows, up to so many.
TOKEN_SHARE = 0.001
TOKEN_ROWS = 10
RULES = (ROWS_PER_CATEGORY, MOST_CATEGORIES_AT_LEAST, TOKEN_SHARE, TOKEN_ROWS)


@dataclass(frozen=True)
class Prepared:
    """Fitted stages from the columns of examples to VECTOR, and the training rows behind them.

    rows: label, VECTOR, WEIGHT (DOUBLE, training rows that a row stands for), persisted; for learners that want columns
    the examples as they are. categories is the largest number of them in one feature of the vector.
    """

    stages: tuple[Transformer, ...]
    rows: DataFrame
    categories: int = 0


def fixed_partitions(rows: DataFrame, count: int, rows_per_partition: int, *key: str) -> DataFrame:
    """rows in a number of partitions that depends on their count alone, each in the order of the key.

    MLlib's trees sample split points per partition: on other partitions, or in another order, the model is another.
    """
    return rows.repartition(max(1, ceil(count / rows_per_partition)), *key).sortWithinPartitions(*key)


def usable(features: Sequence[Feature], recorded: Mapping[str, int]) -> list[Feature]:
    """The features that have a value in at least one training row: nothing can be fitted on the others."""
    return [feature for feature in features if recorded.get(feature.name, 0) > 0]


def prepare(
    training: DataFrame, wants: Wants, features: Sequence[Feature], crosses: Sequence[Cross], rows_per_partition: int
) -> Prepared:
    """What a learner is fitted on: training has label and the columns of features, all of them usable."""
    if wants == "columns":
        return Prepared((), training)
    count = training.count()
    filled, number_stages = _numbers(training, [feature.name for feature in features if feature.kind == "number"])
    if wants == "onehot":
        crosses = [cross for cross in crosses if set(cross) <= set(features)]
        return _one_hot(training, count, [f for f in features if f.kind == "category"], crosses, filled, number_stages)
    categories = [f.name for f in features if f.kind == "category" and not f.one_hot_only]
    return _indexed(training, count, categories, filled, number_stages, rows_per_partition)


def _numbers(training: DataFrame, names: list[str]) -> tuple[list[str], list[Transformer]]:
    """The columns <number>_filled, in which an unknown number has the mean, and the stage that makes them."""
    filled = [f"{name}_filled" for name in names]
    return filled, [Imputer(inputCols=names, outputCols=filled, strategy="mean").fit(training)] if names else []


def _indexed(
    training: DataFrame,
    count: int,
    categories: list[str],
    filled: list[str],
    number_stages: list[Transformer],
    rows_per_partition: int,
) -> Prepared:
    """Category indices, then numbers. A category that is unknown, was not seen in training or is too rare there gets an
    index of its own (the last).

    Rows that are equal in everything are fitted as one that counts as many: several times fewer where all features are
    categories.
    """
    indices = [f"{name}_index" for name in categories]
    stages: list[Transformer] = []
    largest = 0
    if categories:
        indexer = StringIndexer(inputCols=categories, outputCols=indices, handleInvalid="keep").fit(training)
        most = max(MOST_CATEGORIES_AT_LEAST, count // ROWS_PER_CATEGORY)
        labels = [list(each[:most]) for each in indexer.labelsArray]
        stages.append(_indexer(training.sparkSession, labels, categories, indices))
        largest = max(map(len, labels)) + 1
    stages += number_stages
    assembler = VectorAssembler(inputCols=[*indices, *filled], outputCol=VECTOR)
    rows = training
    for stage in stages:
        rows = stage.transform(rows)
    if filled:
        rows = assembler.transform(rows).select("label", VECTOR, F.lit(1.0).alias(WEIGHT)).persist()
    else:
        distinct = rows.groupBy("label", *indices).agg(F.count(F.lit(1)).cast("double").alias(WEIGHT)).persist()
        rows = fixed_partitions(distinct, distinct.count(), rows_per_partition, "label", *indices)
        rows = assembler.transform(rows).select("label", VECTOR, WEIGHT).persist()
        rows.count()
        distinct.unpersist()
    return Prepared((*stages, assembler), rows, largest)


def _one_hot(
    training: DataFrame,
    count: int,
    categories: Sequence[Feature],
    crosses: Sequence[Cross],
    filled: list[str],
    number_stages: list[Transformer],
) -> Prepared:
    """One 0 or 1 for each category and each combination of a cross, then numbers scaled to mean 0 and deviation 1.

    A category that was not seen in training or is too rare there has no place: all of its feature are 0. Unknown is a
    category. Made as a bag of words such as `premise=STREET`, counted: one stage and one vector, where an indexer and
    a vector for each feature took several times as long.
    """
    stages: list[Transformer] = list(number_stages)
    parts = []
    words_to = "_words" if filled else VECTOR
    if categories:
        tokens = SQLTransformer(statement=f"SELECT *, array({', '.join(_tokens(categories, crosses))}) AS _tokens "
                                "FROM __THIS__")  # fmt: skip
        least = max(1, min(TOKEN_ROWS, int(count * TOKEN_SHARE)))
        counter = CountVectorizer(inputCol="_tokens", outputCol=words_to, binary=True, minDF=float(least))
        found = counter.fit(tokens.transform(training)).vocabulary
        # In the order of their names: by frequency, ties stand as the partitions had them.
        words = CountVectorizerModel.from_vocabulary(sorted(found), "_tokens", words_to, binary=True)
        stages += [tokens, words]
        parts = [words_to]
    if filled:
        together = VectorAssembler(inputCols=filled, outputCol="_numbers")
        rows = training
        for stage in number_stages:
            rows = stage.transform(rows)
        scaler = StandardScaler(withMean=True, inputCol="_numbers", outputCol="_scaled").fit(together.transform(rows))
        stages += [together, scaler]
        stages.append(VectorAssembler(inputCols=[*parts, "_scaled"], outputCol=VECTOR))
    rows = training
    for stage in stages:
        rows = stage.transform(rows)
    return Prepared(tuple(stages), rows.select("label", VECTOR, F.lit(1.0).alias(WEIGHT)).persist())


def _tokens(categories: Sequence[Feature], crosses: Sequence[Cross]) -> list[str]:
    """SQL for a word by feature and cross: `premise=STREET`, `premise|domestic=STREET|true`, `premise is unknown`."""
    words = []
    for members in (*((feature,) for feature in categories), *crosses):
        name = "|".join(feature.name for feature in members)
        value = ", '|', ".join(f"`{feature.name}`" for feature in members)
        words.append(f"coalesce(concat('{name}=', {value}), '{name} is unknown')")
    return words


def _indexer(
    spark: SparkSession, labels: Sequence[Sequence[str]], categories: list[str], indices: list[str]
) -> StringIndexerModel:
    """StringIndexerModel.from_arrays_of_labels, which fills up arrays of unequal length with nulls and then fails."""
    gateway: Any = spark.sparkContext._gateway
    rows = gateway.new_array(gateway.jvm.java.lang.String, len(labels), 0)
    for at, each in enumerate(labels):
        rows[at] = gateway.new_array(gateway.jvm.java.lang.String, len(each))
        for place, label in enumerate(each):
            rows[at][place] = label
    model = StringIndexerModel._create_from_java_class("org.apache.spark.ml.feature.StringIndexerModel", rows)
    return model.setInputCols(categories).setOutputCols(indices).setHandleInvalid("keep")
