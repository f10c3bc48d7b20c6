"""Baselines fitted on the rows of a block in one task. Their models read columns of the examples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from crime_spark.learners.estimators.batch_model import Numbers, Scorer
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows, fields
from crime_spark.vectors.in_task import combined, numbers_of


class RatesModel(ColumnsModel):
    """A rate by combination of columns. The payload (JSON) lists the rates, facts has the mean for others."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives the rate as probability of label 1, or as a number."""
        rates = {tuple(values): rate for values, rate in json.loads(payload)}
        columns, mean = facts["columns"], facts["mean"]

        def score(batch: pa.StructArray) -> Numbers:
            rate = np.full(len(batch), mean)
            if columns:
                inverse, values = combined(fields(batch, columns), columns)
                rate = np.array([rates.get(value, mean) for value in values])[inverse]
            return rate if facts["number"] else np.column_stack([1.0 - rate, rate])

        return score


class SharesModel(ColumnsModel):
    """The same probabilities for all rows, facts["shares"]."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives the share of each class."""
        shares = np.array(facts["shares"])
        return lambda batch: np.tile(shares, (len(batch), 1))


class ValueModel(ColumnsModel):
    """The value of a column, or facts["mean"] if it is NULL or there is no column."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives the value."""

        def score(batch: pa.StructArray) -> Numbers:
            if not facts["columns"]:
                return np.full(len(batch), facts["mean"])
            column = batch.field(facts["columns"][0])
            return np.where(column.is_null().to_numpy(zero_copy_only=False), facts["mean"], numbers_of(column))

        return score


def rates(rows: TaskRows, threads: int, columns: Sequence[str], smoothing: float, number: bool) -> RatesModel:
    """Fit the model of RateBy; columns without a value are omitted."""
    names = [name for name in columns if name in rows.names]
    inverse = np.zeros(len(rows.label), np.int64)
    values: list[tuple[str | None, ...]] = [()]
    if names:
        inverse, values = combined(rows.columns, names)
    counts = np.bincount(inverse, rows.weight, minlength=len(values))
    positives = np.bincount(inverse, rows.label * rows.weight, minlength=len(values))
    mean = float(positives.sum() / counts.sum())
    smoothed = (positives + smoothing * mean) / (counts + smoothing)
    payload = json.dumps(list(zip(values, smoothed.tolist(), strict=True))).encode()
    return RatesModel(payload, {"number": number, "columns": names, "mean": mean})


def shares(rows: TaskRows, threads: int, classes: int) -> SharesModel:
    """Fit the model of ClassShares."""
    counts = np.bincount(rows.label.astype(np.int64), rows.weight, minlength=classes)
    return SharesModel(b"", {"columns": [], "shares": (counts / counts.sum()).tolist()})


def value_of(rows: TaskRows, threads: int, column: str) -> ValueModel:
    """Fit the model of ValueOf."""
    mean = float((rows.label * rows.weight).sum() / rows.weight.sum())
    return ValueModel(b"", {"number": True, "columns": [column] if column in rows.names else [], "mean": mean})
