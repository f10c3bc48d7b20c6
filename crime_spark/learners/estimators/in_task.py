"""Fitting inside one Spark task: the rows of a block there, and models that read columns of examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.learners.estimators.batch_model import BatchModel, Numbers
from crime_spark.vectors.in_task import Columns, Indices, Logs

_NO_COLUMNS = "row"


@dataclass(frozen=True)
class TaskRows:
    """The training rows of a block in the memory of one task. Learners with the same encoding share it.

    Attributes:
        columns: The columns of features, with a row for each distinct training row, ordered by keys.
        features: The features with a value in at least one row.
        crossed: The categories whose pairs `log` encodes too.
        label: The label of each row.
        weight: The number of training rows that each row represents.
        hashed: A hash of the key of each row, for sampling.
        stand_for: The number of training rows.
    """

    columns: Columns
    features: tuple[Feature, ...]
    crossed: tuple[str, ...]
    label: Numbers
    weight: Numbers
    hashed: NDArray[np.uint64]
    stand_for: int

    @cached_property
    def indices(self) -> tuple[Indices, NDArray[np.float32]]:
        """The encoding `indices` fitted on these rows, and their matrix."""
        encoding = Indices.fit(self.columns, self.features, self.stand_for)
        return encoding, encoding.matrix(self.columns)

    @cached_property
    def logs(self) -> tuple[Logs, Any]:
        """The encoding `log` fitted on these rows, and their sparse matrix."""
        encoding = Logs.fit(self.columns, self.features, self.crossed)
        return encoding, encoding.matrix(self.columns)

    @property
    def names(self) -> list[str]:
        """The names of the features."""
        return [feature.name for feature in self.features]


class ColumnsModel(BatchModel):
    """A model that reads columns of the examples."""

    @property
    def columns(self) -> list[str]:
        """The names of these columns."""
        return list(self.facts["columns"])

    def batch(self, dataset: DataFrame) -> Column:
        """A struct of the columns, or of a constant, because a struct cannot be empty."""
        names = self.columns
        return F.struct(*names) if names else F.struct(F.lit(True).alias(_NO_COLUMNS))


class TaskFit(Protocol):
    """A function that fits a model on the rows of a block inside a task."""

    def __call__(self, rows: TaskRows, threads: int) -> ColumnsModel:
        """The model, which reads columns of the examples. The fit may start this number of threads."""
        ...


def struct_of(columns: Columns, names: Sequence[str], rows: int) -> pa.StructArray:
    """The structs of `ColumnsModel.batch`, for rows in a task."""
    if not names:
        return pa.StructArray.from_arrays([pa.repeat(True, rows)], [_NO_COLUMNS])
    return pa.StructArray.from_arrays([columns[name] for name in names], list(names))


def fields(batch: pa.StructArray, names: Sequence[str]) -> dict[str, pa.Array]:
    """The columns of a struct, for encodings."""
    return {name: batch.field(name) for name in names}
