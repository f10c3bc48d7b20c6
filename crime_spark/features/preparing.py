"""Examples to the vectors that learners want, everything fitted on the training rows handed in and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.ml.feature import (
    Imputer,
    OneHotEncoder,
    StandardScaler,
    StringIndexer,
    StringIndexerModel,
    VectorAssembler,
)
from pyspark.sql import DataFrame, SparkSession

from crime_spark.features.feature import Feature

VECTOR = "features"

# A tree that may order a thousand beats by the labels of ten thousand rows learns those rows by heart: only so many
# categories of a feature are kept apart, the most frequent.
ROWS_PER_CATEGORY = 200
MOST_CATEGORIES_AT_LEAST = 32


@dataclass(frozen=True)
class Preparation:
    """Fitted indexers and imputer, and the columns they write: <category>_index, <number>_filled."""

    model: PipelineModel
    indices: tuple[str, ...]
    numbers: tuple[str, ...]
    categories: int

    def vector_stages(self, wants: str) -> list[Any]:
        """Unfitted stages from this preparation's columns to the vector VECTOR.

        indices: category indices and numbers. onehot: categories one-hot, unseen or unknown as one more category, and
        numbers scaled to mean 0 and standard deviation 1.
        """
        if wants == "indices":
            return [VectorAssembler(inputCols=[*self.indices, *self.numbers], outputCol=VECTOR)]
        stages: list[Any] = []
        parts = []
        if self.indices:
            parts = [f"{index}_onehot" for index in self.indices]
            stages.append(OneHotEncoder(inputCols=list(self.indices), outputCols=list(parts), handleInvalid="keep"))
        if self.numbers:
            stages.append(VectorAssembler(inputCols=list(self.numbers), outputCol="_numbers"))
            stages.append(StandardScaler(withMean=True, inputCol="_numbers", outputCol="_scaled"))
            parts = [*parts, "_scaled"]
        return [*stages, VectorAssembler(inputCols=parts, outputCol=VECTOR)]


def usable(features: Sequence[Feature], recorded: Mapping[str, int]) -> list[Feature]:
    """The features that have a value in at least one training row: nothing can be fitted on the others."""
    return [feature for feature in features if recorded.get(feature.name, 0) > 0]


def prepare(training: DataFrame, features: Sequence[Feature]) -> Preparation:
    """Indexers and an imputer fitted on the training rows.

    A category that is unknown, was not seen in training or is too rare there gets an index of its own (the last); a
    number that is unknown gets the mean.
    """
    categories = [feature.name for feature in features if feature.kind == "category"]
    numbers = [feature.name for feature in features if feature.kind == "number"]
    indices = [f"{name}_index" for name in categories]
    filled = [f"{name}_filled" for name in numbers]
    stages: list[Any] = []
    largest = 0
    if categories:
        indexer = StringIndexer(inputCols=categories, outputCols=indices, handleInvalid="keep").fit(training)
        most = max(MOST_CATEGORIES_AT_LEAST, training.count() // ROWS_PER_CATEGORY)
        labels = [list(each[:most]) for each in indexer.labelsArray]
        stages.append(_indexer(training.sparkSession, labels, categories, indices))
        largest = max(map(len, labels)) + 1
    if numbers:
        stages.append(Imputer(inputCols=numbers, outputCols=filled, strategy="mean").fit(training))
    return Preparation(PipelineModel(stages), tuple(indices), tuple(filled), largest)


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
