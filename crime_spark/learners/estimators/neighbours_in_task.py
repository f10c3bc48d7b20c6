"""k nearest neighbors fitted on the rows of a block in one task. Its models read columns of the examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crime_spark.kinds import Regression
from crime_spark.learners.estimators.batch_model import Numbers, Scorer
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows, fields
from crime_spark.learners.estimators.neighbours import Nearness, predictor, sample_of
from crime_spark.vectors.in_task import Logs

# Multiplier of a multiplicative hash (Knuth, The Art of Computer Programming 6.4): 2^64 over the golden ratio, odd.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class NeighboursColumnsModel(ColumnsModel):
    """The sample. The payload is that of NeighboursModel, facts has the encoding of the columns."""

    @property
    def columns(self) -> list[str]:
        """The columns that the model reads."""
        return Logs(**self.facts["encoding"]).columns

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives probabilities of all classes, or a number."""
        encoding, predict = Logs(**facts["encoding"]), predictor(payload, facts, threads)

        def score(batch: pa.StructArray) -> Numbers:
            return predict(encoding.matrix(fields(batch, encoding.columns)))

        return score


def nearest(rows: TaskRows, threads: int, nearness: Nearness, reference_rows: int) -> NeighboursColumnsModel:
    """Sample the rows of a block."""
    encoding, matrix = rows.logs
    copies = copies_in_sample(rows, reference_rows, nearness.seed, by_class=nearness.kind is not Regression)
    taken = copies > 0
    payload = sample_of(matrix[taken], rows.label[taken], copies[taken], nearness, threads)
    return NeighboursColumnsModel(payload, {**nearness.facts(), "encoding": encoding.facts()})


def copies_in_sample(rows: TaskRows, wanted: int, seed: int, *, by_class: bool) -> NDArray[np.int64]:
    """The number of copies of each row in a systematic sample of about `wanted` training rows; see `sampled`."""
    step = max(rows.stand_for / wanted, 1.0)
    hashed = (rows.hashed ^ np.uint64(seed)) * _MULTIPLIER
    classes = rows.label if by_class else np.zeros(len(rows.label))
    order = np.lexsort((hashed, rows.label, classes))
    copies = np.zeros(len(order), np.int64)
    for value in np.unique(classes):
        places = order[classes[order] == value]
        weight = rows.weight[places]
        upto, total = np.cumsum(weight), weight.sum()
        share = np.ceil(total / step) / total
        # Rounded first, because a rounding error above a whole number would be rounded up.
        ends = np.ceil(np.round(upto * share, 9))
        copies[places] = np.diff(ends, prepend=0.0).astype(np.int64)
    return copies
