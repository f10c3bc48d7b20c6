"""Frames of predictions to what is found of them, each cell and test year judged whole in one task."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from crime_spark.evaluation.evaluators import FORMULAS, evaluator
from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.resampling import Array
from crime_spark.kinds import Binary, Kind
from crime_spark.learners.estimators.batch_model import places
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


def judge(
    predictions: DataFrame,
    groups: DataFrame,
    count: int,
    resamples: int,
    seed: int,
    metrics: Collection[str] | None = None,
    kind: type[Kind] = Binary,
    block: Block = "day",
    validation_months: int = 0,
) -> DataFrame:
    """Every metric, metric of a class and curve of each group: a row each, with COLUMNS; what does not apply is NULL.

    A metric has value, low and high; one that learners are compared by has its value of each resample in `drawn` (NaN
    where not defined). value is NULL for a metric that is not defined (a class is absent), low and high for one without
    an interval. `class` is the index of a class. A curve has as many x, y, threshold and n as points; unknown ones are
    NULL. The curve CONFUSION has the actual class in x, the called one in y, and rows in n.

    Args:
        predictions: Of tasks of one kind: GROUP, occurred_at, label, and the kind's `predictions` and `context`. Labels
            of classes are indices into probabilities. Units outside the universe of a ranking have no prediction.
        groups: GROUP of each group; for rankings `k`, the count that auc and pr_auc ask for, NULL if not wanted; with
            validation_months `earlier_from` (INT), see `earlier_cells`.
        count: The number of groups.
        resamples: The number of resamples.
        seed: Seed of the resamples.
        metrics: Names of the metrics to compute. None: all of the kind, the metrics of its classes, and curves.
        kind: The kind of the tasks.
        block: What is resampled: days, or weeks from Monday.
        validation_months: Thresholds and calibration are chosen on what the earlier cell predicts of that many months
            at the end of the year before.

    Raises:
        ValueError: A metric has no function. In the Spark task: a label is not a class, the rows of a cell differ in
            their number of probabilities, or a ranked cell has no longer history.
    """
    columns = ("label", *kind.predictions, *kind.context)
    group = F.xxhash64(*GROUP).alias("group")  # in the place of nine columns, in every row that travels
    rows = predictions.select(group, block_of(block).alias("block"), *columns)
    if kind.is_ranked:
        k = groups.select(group, F.col("k").cast("double").alias("k"))
        rows = rows.join(F.broadcast(k), on="group", how="inner")
    if validation_months and not kind.is_ranked and metrics is None:
        before = _before(predictions, groups, validation_months, columns)
        rows = rows.withColumn("validation", F.lit(False)).unionByName(before)
    # Spark would put them all into one task: they are small, only what is done with them takes time. A task for each
    # would take longer to start than to judge.
    tasks = min(count, TASKS_PER_PLACE * max(1, places(predictions.sparkSession)))
    apart = rows.repartition(tasks, "group")
    # Resolved here: a worker imports the package again, without what was registered since.
    formulas = FORMULAS[kind].select(kind.computed() if metrics is None else metrics)
    how, schema = evaluator(kind, formulas, resamples, seed), cast(StructType, StructType.fromDDL(_JUDGED))
    judge_group = _judge_group(how, frozenset(kind.compared()), to_arrow_schema(schema))
    judged = apart.groupBy("group").applyInArrow(judge_group, schema)
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


def _judge_group(
    how: Callable[[pa.Table, pa.Table | None], Findings], compared: Collection[str], schema: pa.Schema
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        judged, earlier = _apart(table)
        # Rows of earlier months may be there without any to judge.
        found = how(judged, earlier) if len(judged) else Findings({})
        rows = [{"group": key[0].as_py(), **row} for row in _rows(found, compared)]
        return pa.Table.from_pylist(rows, schema=schema)

    return one


def _apart(table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """The rows judged, and those of earlier months if there are any."""
    if "validation" not in table.column_names:
        return table, None
    before = table.column("validation")
    earlier = table.filter(before)
    return table.filter(pc.invert(before)), earlier if len(earlier) else None


def _rows(found: Findings, compared: Collection[str]) -> Iterator[dict[str, Any]]:
    for metric, estimate in found.metrics.items():
        drawn = estimate.drawn.tolist() if metric in compared else None
        yield {"metric": metric, "drawn": drawn, **estimate.columns}
    for (metric, at), estimate in found.of_classes.items():
        yield {"metric": metric, "class": at, **estimate.columns}
    for (curve, of), points in found.curves.items():
        yield {"curve": curve, "class": of, **_lists(points)}
    if found.confusion is not None:
        actual, called = (each.ravel().astype(float) for each in np.indices(found.confusion.shape))
        yield {"curve": CONFUSION, **_lists(Points(actual, called, n=found.confusion.ravel().astype(float)))}


def _lists(points: Points) -> dict[str, list[float | None]]:
    return {name: _list(getattr(points, name), len(points.x)) for name in ("x", "y", "threshold", "n")}


def _list(values: Array | None, size: int) -> list[float | None]:
    return [None] * size if values is None else [None if np.isnan(value) else float(value) for value in values]
