"""Frames of predictions to rows of gold/metrics, each cell and test year judged whole in one task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.evaluation.binary import Estimate, evaluate, evaluate_ranking
from crime_spark.schemas import CELL_KEY, METRICS

GROUP = (*CELL_KEY, "test_year")
JUDGED = "group BIGINT, metric STRING, value DOUBLE, low DOUBLE, high DOUBLE"
_JUDGED_ARROW = pa.schema(
    [("group", pa.int64()), ("metric", pa.string()), *((name, pa.float64()) for name in ("value", "low", "high"))]
)


def judge(
    predictions: DataFrame, groups: DataFrame, count: int, resamples: int, seed: int, ranking_only: bool = False
) -> DataFrame:
    """Rows of gold/metrics from GROUP, occurred_at, label and probability; ranking_only keeps to auc.

    groups has GROUP alone, once for each of the `count` groups to judge. A metric that is not defined (a class is
    absent) is NULL, and so is an interval that nothing is said of.
    """
    group = F.xxhash64(*GROUP).alias("group")  # in the place of eight columns, in every row that travels
    rows = predictions.select(group, F.unix_date(F.to_date("occurred_at")).alias("day"), "label", "probability")
    how = evaluate_ranking if ranking_only else evaluate
    # Spark would put them all into one task: they are small, only what is done with them takes time.
    apart = rows.repartition(count, "group")
    judged = apart.groupBy("group").applyInArrow(_judge_group(how, resamples, seed), JUDGED)
    named = groups.select(group, *GROUP)
    return judged.join(F.broadcast(named), on="group", how="inner").select(*METRICS.names)


def _judge_group(
    how: Callable[..., dict[str, Estimate]], resamples: int, seed: int
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        label, probability = (table.column(name).to_numpy() for name in ("label", "probability"))
        day = table.column("day").to_numpy().astype(np.int64)
        estimates = how(label, probability, day, resamples, seed)
        rows = [{"group": key[0].as_py(), "metric": name, **_row(estimate)} for name, estimate in estimates.items()]
        return pa.Table.from_pylist(rows, schema=_JUDGED_ARROW)

    return one


def _row(estimate: Estimate) -> dict[str, float | None]:
    values = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: None if np.isnan(value) else value for name, value in values.items()}
