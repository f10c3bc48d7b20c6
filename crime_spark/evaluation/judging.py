"""Frames of predictions to what is found of them, each cell and test year judged whole in one task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.kinds import HEADLINE, WAYS, Judge, Kind
from crime_spark.evaluation.resampling import Array, Estimate
from crime_spark.learners.batches import places
from crime_spark.schemas import CELL_KEY

Block = Literal["day", "week"]

# Groups take unequal times: with several tasks for each place none of them is idle for long.
TASKS_PER_PLACE = 4

GROUP = (*CELL_KEY, "test_year")
COLUMNS = (*GROUP, "metric", "class", "value", "low", "high", "drawn", "curve", "x", "y", "threshold", "n")
CONFUSION = "confusion"

_LISTS = ("drawn", "x", "y", "threshold", "n")
_JUDGED = "group BIGINT, metric STRING, class INT, value DOUBLE, low DOUBLE, high DOUBLE, curve STRING, " + ", ".join(
    f"{name} ARRAY<DOUBLE>" for name in _LISTS
)
_JUDGED_ARROW = pa.schema(
    [
        *(("group", pa.int64()), ("metric", pa.string()), ("class", pa.int32())),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("curve", pa.string()),
        *((name, pa.list_(pa.float64())) for name in _LISTS),
    ]
)


def judge(
    predictions: DataFrame,
    groups: DataFrame,
    count: int,
    resamples: int,
    seed: int,
    ranking_only: bool = False,
    kind: Kind = Kind.BINARY,
    block: Block = "day",
    validation_months: int = 0,
) -> DataFrame:
    """COLUMNS: a row for each metric, metric of a class, and curve, of each group; what a row is not about is NULL.

    A metric has value, low and high, and a headline metric in `drawn` its value in each resample (NaN where not
    defined). A metric that is not defined (a class is absent) is NULL, and so is an interval that nothing is said of.
    `class` is the index of a class, NULL where all are meant. A curve has as many x, y, threshold and n as points; what
    is not known of a point is NULL. The curve CONFUSION has the actual class in x, the one called in y, rows in n.

    predictions are of tasks of one kind and have GROUP, occurred_at, label and, by kind:
        Binary      probability
        MultiClass  probabilities, one for each class of the cell, which label is an index into
        Regression  prediction
        Ranking     unit, longer_history, and probability or prediction, one of them NULL; both for cells outside the
                    universe; label is the count
    groups has GROUP, once for each of the `count` groups to judge; for Ranking `k` too, the count that auc and pr_auc
    ask whether a cell reaches, NULL if they are not wanted; and with validation_months `earlier_from` (INT), what
    validation.py's earlier_cells says: thresholds and calibration are then chosen on what that cell predicts of the
    last so many months of the year before. block is what is resampled: days, or weeks from Monday. ranking_only keeps
    to what is quick to compute: auc, macro_auc, or the HEADLINE metrics of other kinds.

    Raises, in Spark's task:
        ValueError: a label is no class, a cell's rows have not as many probabilities each, or a cell that is ranked has
            no longer history.
    """
    way = WAYS[kind]
    group = F.xxhash64(*GROUP).alias("group")  # in the place of nine columns, in every row that travels
    rows = predictions.select(group, block_of(block).alias("block"), *way.columns)
    if kind == Kind.RANKING:
        k = groups.select(group, F.col("k").cast("double").alias("k"))
        rows = rows.join(F.broadcast(k), on="group", how="inner")
    if validation_months and way.validated and not ranking_only:
        before = _before(predictions, groups, validation_months, way.columns)
        rows = rows.withColumn("validation", F.lit(False)).unionByName(before)
    # Spark would put them all into one task: they are small, only what is done with them takes time. A task for each
    # would take longer to start than to judge.
    tasks = min(count, TASKS_PER_PLACE * max(1, places(predictions.sparkSession)))
    apart = rows.repartition(tasks, "group")
    how = way.ranking if ranking_only else way.judge
    judged = apart.groupBy("group").applyInArrow(_judge_group(how, resamples, seed), _JUDGED)
    named = groups.select(group, *GROUP)
    return judged.join(F.broadcast(named), on="group", how="inner").select(*COLUMNS)


def _before(predictions: DataFrame, groups: DataFrame, months: int, columns: tuple[str, ...]) -> DataFrame:
    """The last months of what each group's earlier cell predicts, as rows of the group."""
    known = groups.where("earlier_from IS NOT NULL")
    years = {"train_from": F.col("earlier_from"), **{name: F.col(name) - 1 for name in ("train_to", "test_year")}}
    earlier = F.xxhash64(*(years.get(name, F.col(name)) for name in GROUP)).alias("earlier")
    known = F.broadcast(known.select(earlier, F.xxhash64(*GROUP).alias("group")))
    late = predictions.where(F.month("occurred_at") > 12 - months)
    late = late.select(F.xxhash64(*GROUP).alias("earlier"), F.lit(0).alias("block"), *columns)
    return late.join(known, on="earlier", how="inner").drop("earlier").withColumn("validation", F.lit(True))


def block_of(block: Block) -> Column:
    """The number of the day or week (from Monday) that occurred_at lies in, which is what is resampled."""
    day = F.unix_date(F.to_date("occurred_at"))
    return day if block == "day" else F.floor((day + 3) / 7)  # day 0 was a Thursday


def _judge_group(how: Judge, resamples: int, seed: int) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        judged, earlier = _apart(table)
        # Rows of earlier months may be there without any to judge.
        found = how(judged, earlier, resamples, seed) if len(judged) else Findings({})
        rows = [{"group": key[0].as_py(), **row} for row in _rows(found)]
        return pa.Table.from_pylist(rows, schema=_JUDGED_ARROW)

    return one


def _apart(table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """The rows judged, and those of earlier months if there are any."""
    if "validation" not in table.column_names:
        return table, None
    before = table.column("validation")
    earlier = table.filter(before)
    return table.filter(pc.invert(before)), earlier if len(earlier) else None


def _rows(found: Findings) -> Iterator[dict[str, Any]]:
    for metric, estimate in found.metrics.items():
        drawn = estimate.drawn.tolist() if metric in HEADLINE else None
        yield {"metric": metric, "drawn": drawn, **_values(estimate)}
    for (metric, at), estimate in found.of_classes.items():
        yield {"metric": metric, "class": at, **_values(estimate)}
    for (curve, of), points in found.curves.items():
        yield {"curve": curve, "class": of, **_lists(points)}
    if found.confusion is not None:
        actual, called = (each.ravel().astype(float) for each in np.indices(found.confusion.shape))
        yield {"curve": CONFUSION, **_lists(Points(actual, called, n=found.confusion.ravel().astype(float)))}


def _values(estimate: Estimate) -> dict[str, float | None]:
    values = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def _lists(points: Points) -> dict[str, list[float | None]]:
    return {name: _list(getattr(points, name), len(points.x)) for name in ("x", "y", "threshold", "n")}


def _list(values: Array | None, size: int) -> list[float | None]:
    return [None] * size if values is None else [None if np.isnan(value) else float(value) for value in values]
