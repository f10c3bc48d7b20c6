"""Examples to the vectors that learners want, everything fitted on the training rows handed in and no others."""

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

# indices: category indices, then numbers. onehot: a 0 or 1 for each category, then scaled numbers. log: the same with
# the numbers' logarithms. dense: as onehot, without pairs and with frequent categories alone, so narrow that every
# place of every row can be held. words: a 0 or 1 for each category, tenth of a number and code, nothing below 0.
# numbers: scaled numbers that neither tell of the past nor are a trend, alone. columns: no vector.
Wants = Literal["indices", "onehot", "log", "dense", "words", "numbers", "columns"]

VECTOR = "features"
WEIGHT = "weight"

# A tree that may order a thousand beats by the labels of ten thousand rows learns those rows by heart: only so many
# categories of a feature are kept apart, those with the most different rows.
ROWS_PER_CATEGORY = 200
MOST_CATEGORIES_AT_LEAST = 32
# A coefficient needs a few different rows to be fitted on.
ROWS_PER_WORD = 5
# Of a dense vector every place of every row is held: a category must be that of one row in so many.
ROWS_TO_A_DENSE_WORD = 200
# Numbers as words: so many ranges of about equally many rows, cut by what about so many of the rows say.
RANGES = 10
ROWS_FOR_RANGES = 20_000
RULES = (ROWS_PER_CATEGORY, MOST_CATEGORIES_AT_LEAST, ROWS_PER_WORD, ROWS_TO_A_DENSE_WORD, RANGES, ROWS_FOR_RANGES)


@dataclass(frozen=True)
class Prepared:
    """Fitted stages from the columns of examples to VECTOR, and the training rows as they leave them.

    rows: label, VECTOR, WEIGHT; without a vector, for learners that want columns, what was handed in. categories is the
    largest number of them in one feature of the vector.
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


def seen_by(wants: Wants, features: Sequence[Feature]) -> list[Feature]:
    """The features that a learner which wants this looks at: see Wants."""
    if wants == "columns":
        return list(features)
    if wants == "numbers":
        return [each for each in features if each.kind == "number" and not each.past and not each.trend]
    return [each for each in features if each.kind != "series"]


def weighted(training: DataFrame, features: Sequence[Feature]) -> DataFrame:
    """label, features and WEIGHT (DOUBLE), the number of training rows that a row stands for.

    Rows that are equal in everything are one row: several times fewer where all features are categories. With numbers
    among them hardly any are equal, and each stays by itself.
    """
    names = ["label", *(feature.name for feature in features)]
    if any(feature.kind == "number" for feature in features):
        return training.select(*names, F.lit(1.0).alias(WEIGHT))
    return training.groupBy(*names).agg(F.count(F.lit(1)).cast("double").alias(WEIGHT))


def repeated(rows: DataFrame) -> DataFrame:
    """Each row as many times as it weighs, rounded, then of WEIGHT 1: for who cannot be told of weights."""
    times = F.explode(F.array_repeat(F.lit(1), F.round(WEIGHT).cast("int")))
    return rows.withColumn("_time", times).drop("_time").withColumn(WEIGHT, F.lit(1.0))


def prepare(
    rows: DataFrame, count: int, wants: Wants, features: Sequence[Feature], crossed: Sequence[str] = ()
) -> Prepared:
    """What a learner is fitted on, from rows of `weighted` that stand for count training rows; all features usable.

    crossed names categories of which one-hot vectors have a place for each pair of values too: by itself a linear
    learner cannot find that a category says something else beside another.

    Raises:
        UsageError: numbers are wanted, but every number among the features tells of the past or is a trend.
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
            raise UsageError("a learner that wants numbers has none that neither tells of the past nor is a trend")
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
    """Category indices, then numbers, an unknown one as their mean, then a 0 or 1 for each frequent code.

    A category that is unknown, was not seen in training or is too rare there gets an index of its own (the last).
    """
    stages: list[Transformer] = []
    indices = [f"{name}_index" for name in categories]
    largest = 0
    if categories:
        indexer = StringIndexer(inputCols=categories, outputCols=indices, handleInvalid="keep").fit(rows)
        most = max(MOST_CATEGORIES_AT_LEAST, count // ROWS_PER_CATEGORY)
        labels = [list(each[:most]) for each in indexer.labelsArray]
        stages.append(_indexer(rows.sparkSession, labels, categories, indices))
        largest = max(map(len, labels)) + 1
    imputers, filled = _imputed(rows, numbers)
    held, vectors = multi_hot(rows, codes, ROWS_PER_CATEGORY)
    together = VectorAssembler(inputCols=[*indices, *filled, *vectors], outputCol=VECTOR)
    return _through([*stages, *imputers, *held, together], rows, largest)


def _one_hot(
    rows: DataFrame,
    words: Sequence[str],
    numbers: list[str],
    codes: list[str],
    *,
    logarithms: bool = False,
    least: int = 0,
) -> Prepared:
    """A 0 or 1 for each value of words (SQL of a STRING each), then for each code, then scaled numbers.

    What was not seen in training, or is too rare there, in fewer rows than least or ROWS_PER_WORD, has no place: all of
    its feature are 0. Unknown is a category.

    Made as a bag of words such as `premise=STREET`, counted: one stage and one vector, where an indexer and a vector
    for each feature take several times as long.
    """
    stages: list[Transformer] = []
    known = "_known" if numbers or codes else VECTOR
    if words:
        bag = SQLTransformer(statement=f"SELECT *, array({', '.join(words)}) AS _words FROM __THIS__")
        counter = CountVectorizer(inputCol="_words", outputCol=known, binary=True)
        found = _frequent(counter, bag.transform(rows), max(least, ROWS_PER_WORD))
        # In the order of their names: by frequency, ties would stand as the partitions had them.
        stages += [bag, CountVectorizerModel.from_vocabulary(sorted(found), "_words", known, binary=True)]
    if known == VECTOR:
        return _through(stages, rows)
    held, vectors = multi_hot(rows, codes, max(least, ROWS_PER_WORD))
    scaling = _scaled(rows, numbers, "_scaled", logarithms=logarithms) if numbers else []
    parts = [*([known] if words else []), *vectors, *(["_scaled"] if numbers else [])]
    return _through([*stages, *held, *scaling, VectorAssembler(inputCols=parts, outputCol=VECTOR)], rows)


def _scaled(rows: DataFrame, numbers: list[str], column: str, *, logarithms: bool = False) -> list[Transformer]:
    """Stages to a vector `column` of the numbers, or their logarithms (of 1 + x), scaled to mean 0 and deviation 1.

    Numbers are held to the range that they have in training, as trees do by themselves: a straight line, and the more
    so a power or an exponential, runs off beyond it, and a trend always is beyond it.
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
    held = ", ".join(
        f"least(greatest(`{column}`, {row[at]!r}D), {row[at + len(numbers)]!r}D) AS `{column}_held`"
        for at, column in enumerate(filled)
    )
    holding = SQLTransformer(statement=f"SELECT *, {held} FROM __THIS__")
    together = VectorAssembler(inputCols=[f"{name}_held" for name in filled], outputCol="_numbers")
    known = _through([*imputers, holding, together], rows, column="_numbers").rows
    scaler = StandardScaler(withMean=True, inputCol="_numbers", outputCol=column).fit(known)
    return [*stages, *imputers, holding, together, scaler]


def _word(*names: str) -> str:
    """SQL: `premise=STREET`, `premise|domestic=STREET|true`, or `premise|domestic is unknown`."""
    together = "|".join(names)
    value = ", '|', ".join(f"`{name}`" for name in names)
    return f"coalesce(concat('{together}=', {value}), '{together} is unknown')"


def _ranges(rows: DataFrame, count: int, numbers: list[str]) -> list[str]:
    """SQL: `latitude from 41.8`, `latitude below all` or `latitude is unknown`, for each number.

    The ranges are cut at the numbers below which a tenth, two tenths, ... of the rows lie.
    """
    if not numbers:
        return []
    some = rows
    if count > ROWS_FOR_RANGES:
        some = rows.where(in_parts(F.xxhash64(*numbers), ROWS_FOR_RANGES, count))
    shares = F.array(*(F.lit(at / RANGES) for at in range(1, RANGES)))
    found = some.agg(*(F.percentile(F.col(name), shares).alias(name) for name in numbers)).collect()[0]
    words = []
    for name in numbers:
        cuts = sorted(set(found[name] or ()), reverse=True)
        cases = " ".join(f"WHEN `{name}` >= {cut!r}D THEN '{name} from {cut!r}'" for cut in cuts)
        words.append(f"CASE WHEN `{name}` IS NULL THEN '{name} is unknown' {cases} ELSE '{name} below all' END")
    return words


def _frequent(counter: CountVectorizer, bags: DataFrame, least: int) -> list[str]:
    """The words of at least so many different rows; all of them if there is none."""
    found = counter.setMinDF(float(least)).fit(bags).vocabulary
    return list(found or counter.setMinDF(1.0).fit(bags).vocabulary)


def _imputed(rows: DataFrame, numbers: list[str]) -> tuple[list[Transformer], list[str]]:
    """The stage that fills unknown numbers with their mean, and the columns that it writes."""
    filled = [f"{name}_filled" for name in numbers]
    return [Imputer(inputCols=numbers, outputCols=filled, strategy="mean").fit(rows)] if numbers else [], filled


def _through(stages: list[Transformer], rows: DataFrame, categories: int = 0, column: str = VECTOR) -> Prepared:
    for stage in stages:
        rows = stage.transform(rows)
    return Prepared(tuple(stages), rows.select("label", column, WEIGHT), categories)


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
