"""Frames of predictions to rows of gold/metrics, each cell and test year judged whole in one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.evaluation import binary, hotspots, multiclass, regression
from crime_spark.evaluation.hotspots import SHARES, CellPeriods
from crime_spark.evaluation.resampling import Array, Estimate, Whole
from crime_spark.schemas import CELL_KEY

Block = Literal["day", "week"]

GROUP = (*CELL_KEY, "test_year")
# What learners are compared by: only these keep the value of each resample.
HEADLINE = ("auc", "macro_auc", "mae", "r2", *(f"{name}_{q}" for name in ("pai", "pei", "hit") for q in SHARES))
COLUMNS = (*GROUP, "metric", "value", "low", "high", "drawn")

_JUDGED = "group BIGINT, metric STRING, value DOUBLE, low DOUBLE, high DOUBLE, drawn ARRAY<DOUBLE>"
_JUDGED_ARROW = pa.schema(
    [
        *(("group", pa.int64()), ("metric", pa.string())),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("drawn", pa.list_(pa.float64())),
    ]
)


class Kind(StrEnum):
    """What is predicted, named as the kinds of tasks/task.py are: Kind(type(task.kind).__name__)."""

    BINARY = "Binary"
    MULTI_CLASS = "MultiClass"
    REGRESSION = "Regression"
    RANKING = "Ranking"


Judge = Callable[[pa.Table, Whole, int, int], dict[str, Estimate]]


@dataclass(frozen=True)
class _Way:
    """How a kind is judged: the columns of predictions that it reads, all its metrics, and the quickest of them."""

    columns: tuple[str, ...]
    judge: Judge
    ranking: Judge


def judge(
    predictions: DataFrame,
    groups: DataFrame,
    count: int,
    resamples: int,
    seed: int,
    ranking_only: bool = False,
    kind: Kind = Kind.BINARY,
    block: Block = "day",
) -> DataFrame:
    """Rows of gold/metrics with `drawn`, a headline metric's value in each resample (NaN where not defined, else NULL).

    predictions are of tasks of one kind and have GROUP, occurred_at, label and, by kind:
        Binary      probability
        MultiClass  probabilities, one for each class of the cell, which label is an index into
        Regression  prediction
        Ranking     unit, longer_history, and probability or prediction, one of them NULL; both for cells outside the
                    universe; label is the count
    groups has GROUP alone, once for each of the `count` groups to judge; for Ranking `k` too, the count that auc and
    pr_auc ask whether a cell reaches, NULL if they are not wanted. block is what is resampled: days, or weeks from
    Monday. ranking_only keeps to what is quick to compute: auc, macro_auc, or the HEADLINE metrics of other kinds. A
    metric that is not defined (a class is absent) is NULL, and so is an interval that nothing is said of.

    Raises, in Spark's task:
        ValueError: a label is no class, a cell's rows have not as many probabilities each, or a cell that is ranked has
            no longer history.
    """
    way = _WAYS[kind]
    group = F.xxhash64(*GROUP).alias("group")  # in the place of nine columns, in every row that travels
    rows = predictions.select(group, block_of(block).alias("block"), *way.columns)
    if kind == Kind.RANKING:
        k = groups.select(group, F.col("k").cast("double").alias("k"))
        rows = rows.join(F.broadcast(k), on="group", how="inner")
    # Spark would put them all into one task: they are small, only what is done with them takes time.
    apart = rows.repartition(count, "group")
    how = way.ranking if ranking_only else way.judge
    judged = apart.groupBy("group").applyInArrow(_judge_group(how, resamples, seed), _JUDGED)
    named = groups.select(group, *GROUP)
    return judged.join(F.broadcast(named), on="group", how="inner").select(*COLUMNS)


def block_of(block: Block) -> Column:
    """The number of the day or week (from Monday) that occurred_at lies in, which is what is resampled."""
    day = F.unix_date(F.to_date("occurred_at"))
    return day if block == "day" else F.floor((day + 3) / 7)  # day 0 was a Thursday


def _judge_group(how: Judge, resamples: int, seed: int) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        block = table.column("block").to_numpy().astype(np.int64)
        estimates = how(table, block, resamples, seed)
        rows = [{"group": key[0].as_py(), **_row(name, estimate)} for name, estimate in estimates.items()]
        return pa.Table.from_pylist(rows, schema=_JUDGED_ARROW)

    return one


def _row(metric: str, estimate: Estimate) -> dict[str, Any]:
    values = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {
        "metric": metric,
        **{name: None if np.isnan(value) else value for name, value in values.items()},
        "drawn": estimate.drawn.tolist() if metric in HEADLINE else None,
    }


def _numbers(table: pa.Table, name: str) -> Array:
    """A column as numbers, NaN for NULL."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _of_columns(how: Callable[[Array, Array, Whole, int, int], dict[str, Estimate]], predicted: str) -> Judge:
    def one(table: pa.Table, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
        return how(_numbers(table, "label"), _numbers(table, predicted), block, resamples, seed)

    return one


def _of_classes(how: Callable[[Whole, Array, Whole, int, int], dict[str, Estimate]]) -> Judge:
    def one(table: pa.Table, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
        lists = table.column("probabilities").combine_chunks()
        lengths = pc.unique(pc.list_value_length(lists)).to_pylist()
        if len(lengths) != 1 or not lengths[0]:
            raise ValueError(f"rows of one cell have {sorted(map(str, lengths))} probabilities")
        probabilities = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(block), lengths[0])
        return how(_numbers(table, "label").astype(np.int64), probabilities, block, resamples, seed)

    return one


def _of_cells(table: pa.Table, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
    score = pc.coalesce(table.column("probability"), table.column("prediction"))
    units = table.column("unit").combine_chunks().dictionary_encode()
    in_order = pc.rank(units.dictionary).to_numpy()
    rows = CellPeriods(
        count=_numbers(table, "label"),
        score=np.asarray(score.to_numpy(), dtype=np.float64),
        longer_history=_numbers(table, "longer_history"),
        unit=in_order[units.indices.to_numpy(zero_copy_only=False)].astype(np.int64),
        period=table.column("occurred_at").combine_chunks().cast(pa.int64()).to_numpy(),
        block=block,
        in_universe=score.is_valid().to_numpy().astype(bool),
    )
    k = table.column("k")[0].as_py()
    return hotspots.evaluate(rows, resamples, seed, k)


def _headline(how: Judge) -> Judge:
    def one(table: pa.Table, block: Whole, resamples: int, seed: int) -> dict[str, Estimate]:
        found = how(table, block, resamples, seed)
        return {name: estimate for name, estimate in found.items() if name in HEADLINE}

    return one


_of_numbers = _of_columns(regression.evaluate, "prediction")
_WAYS: Mapping[Kind, _Way] = {
    Kind.BINARY: _Way(
        ("label", "probability"),
        _of_columns(binary.evaluate, "probability"),
        _of_columns(binary.evaluate_ranking, "probability"),
    ),
    Kind.MULTI_CLASS: _Way(
        ("label", "probabilities"), _of_classes(multiclass.evaluate), _of_classes(multiclass.evaluate_ranking)
    ),
    Kind.REGRESSION: _Way(("label", "prediction"), _of_numbers, _headline(_of_numbers)),
    Kind.RANKING: _Way(
        ("label", "unit", "occurred_at", "probability", "prediction", "longer_history"),
        _of_cells,
        _headline(_of_cells),
    ),
}
