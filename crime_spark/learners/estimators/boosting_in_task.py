"""XGBoost fitted on the rows of a block in one task. Its models read columns of the examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from crime_spark.kinds import Regression
from crime_spark.learners.estimators.batch_model import Numbers, Scorer
from crime_spark.learners.estimators.boosting import SHARES, BoostedModel, Boosting, grown, predictor
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows, fields
from crime_spark.sampling import parts_of
from crime_spark.vectors.in_task import Indices


class BoostedColumnsModel(BoostedModel, ColumnsModel):
    """Trees. The payload is the booster (UBJSON), facts has the encoding of the columns."""

    @property
    def columns(self) -> list[str]:
        """The columns that the model reads."""
        return Indices(**self.facts["encoding"]).columns

    @property
    def places(self) -> list[str]:
        """The column of each position of featureImportances."""
        return Indices(**self.facts["encoding"]).places

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives probabilities of all classes, or a number."""
        encoding, predict = Indices(**facts["encoding"]), predictor(payload, facts, threads)

        def score(batch: pa.StructArray) -> Numbers:
            return predict(encoding.matrix(fields(batch, encoding.columns)))

        return score


def boosted(rows: TaskRows, threads: int, boosting: Boosting) -> BoostedColumnsModel:
    """Fit trees on the rows of a block. A share of them, by the hash of their keys, is held out for stopping."""
    encoding, matrix = rows.indices
    held_out = rows.hashed % np.uint64(SHARES) < parts_of(boosting.held_out, SHARES)
    order = np.argsort(held_out, kind="stable")
    payload = grown(
        matrix[order],
        rows.label[order],
        rows.weight[order],
        int((~held_out).sum()),
        boosting,
        encoding.types if boosting.native else None,
        threads,
    )
    return BoostedColumnsModel(payload, {"number": boosting.kind is Regression, "encoding": encoding.facts()})
