"""Frames of predictions to rows of gold/metrics, each cell and test year judged whole in one task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.evaluation.binary import Estimate, evaluate, evaluate_ranking
from crime_spark.schemas import CELL_KEY, METRICS

GROUP = (*CELL_KEY, "test_year")


def judge(predictions: DataFrame, resamples: int, seed: int, ranking_only: bool = False) -> DataFrame:
    """Rows of gold/metrics from GROUP, occurred_at, label and probability; ranking_only keeps to auc.

    A metric that is not defined (a class is absent) is NULL, and so is an interval that nothing is said of.
    """
    rows = predictions.select(*GROUP, F.unix_date(F.to_date("occurred_at")).alias("day"), "label", "probability")
    how = evaluate_ranking if ranking_only else evaluate
    return rows.groupBy(*GROUP).applyInArrow(_judge_group(how, resamples, seed), METRICS.struct)


def _judge_group(
    how: Callable[..., dict[str, Estimate]], resamples: int, seed: int
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    names = METRICS.names

    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        label, probability = (table.column(name).to_numpy() for name in ("label", "probability"))
        day = table.column("day").to_numpy().astype(np.int64)
        estimates = how(label, probability, day, resamples, seed)
        held = dict(zip(GROUP, (scalar.as_py() for scalar in key), strict=True))
        rows = [{**held, "metric": name, **_row(estimate)} for name, estimate in estimates.items()]
        return pa.table({name: _column(name, rows) for name in names})

    return one


def _row(estimate: Estimate) -> dict[str, float | None]:
    values = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def _column(name: str, rows: Sequence[dict[str, object]]) -> pa.Array:
    kinds = {"STRING": pa.string(), "INT": pa.int32(), "DOUBLE": pa.float64()}
    return pa.array([row[name] for row in rows], kinds[METRICS[name].type])
