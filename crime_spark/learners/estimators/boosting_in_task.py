"""XGBoost on the rows of a block in one task; its models read columns of the examples."""

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
    """Trees: payload is the booster (UBJSON), facts the encoding of the columns and whether it is of a number."""

    @property
    def columns(self) -> list[str]:
        """The columns that the encoding reads."""
        return Indices(**self.facts["encoding"]).columns

    @property
    def places(self) -> list[str]:
        """The column that each place of featureImportances is made of."""
        return Indices(**self.facts["encoding"]).places

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """Probabilities of all classes, or a number."""
        encoding, predict = Indices(**facts["encoding"]), predictor(payload, facts, threads)

        def score(batch: pa.StructArray) -> Numbers:
            return predict(encoding.matrix(fields(batch, encoding.columns)))

        return score


def boosted(rows: TaskRows, threads: int, boosting: Boosting) -> BoostedColumnsModel:
    """The trees grown on the rows of a block; a share of them, by the hash of their keys, is only there to stop."""
    encoding, matrix = rows.indices
    apart = rows.hashed % np.uint64(SHARES) < parts_of(boosting.held_out, SHARES)
    order = np.argsort(apart, kind="stable")
    payload = grown(
        matrix[order],
        rows.label[order],
        rows.weight[order],
        int((~apart).sum()),
        boosting,
        encoding.types if boosting.native else None,
        threads,
    )
    return BoostedColumnsModel(payload, {"number": boosting.kind is Regression, "encoding": encoding.facts()})
