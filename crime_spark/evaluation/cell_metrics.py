"""Metrics and curves of predictions. A Spark task judges all rows of a cell and test year."""

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

# Groups take different times. With several tasks for each slot no slot is idle for long.
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
    """Compute the metrics, metrics by class and curves of each group.

    Args:
        predictions: Predictions of tasks of one kind: GROUP, occurred_at, label, and the kind's `predictions` and
            `context`. Labels of classes are indices into probabilities. Units outside the universe of a ranking have
            no prediction.
        groups: GROUP of each group; for rankings `k`, the least count of a positive for auc and pr_auc, or NULL; with
            validation_months `earlier_from` (INT), see `earlier_cells`.
        count: The number of groups.
        resamples: The number of resamples.
        seed: Seed of the resamples.
        metrics: Names of the metrics to compute. None computes all of the kind, metrics by class and curves.
        kind: The kind of the tasks.
        block: The unit of resampling: days, or weeks from Monday.
        validation_months: Thresholds and calibration are chosen on the predictions of the earlier cell for this number
            of months at the end of the year before.

    Returns:
        COLUMNS, with a row for each metric and each curve; columns that do not apply are NULL. A metric has value, low
        and high. value is NULL if it is not defined (a class is absent), low and high if it has no interval. A metric
        by which learners are compared has its values over the resamples in `drawn`, NaN where not defined. `class` is
        the index of a class. A curve has lists x, y, threshold and n with an entry for each point, NULL if unknown. The
        curve CONFUSION has the actual class in x, the predicted class in y, and rows in n.

    Raises:
        ValueError: A metric has no function. In the Spark task: a label is not a class, the rows of a cell differ in
            their number of probabilities, or a ranked cell has no longer history.
    """
    columns = ("label", *kind.predictions, *kind.context)
    group = F.xxhash64(*GROUP).alias("group")  # shuffles one column instead of nine
    rows = predictions.select(group, block_of(block).alias("block"), *columns)
    if kind.is_ranked:
        k = groups.select(group, F.col("k").cast("double").alias("k"))
        rows = rows.join(F.broadcast(k), on="group", how="inner")
    if validation_months and not kind.is_ranked and metrics is None:
        validation_rows = _before(predictions, groups, validation_months, columns)
        rows = rows.withColumn("validation", F.lit(False)).unionByName(validation_rows)
    # Spark would put these small rows into one task, although judging them takes long. With a task for each group,
    # starting the tasks would take longest.
    tasks = min(count, TASKS_PER_PLACE * max(1, places(predictions.sparkSession)))
    distributed = rows.repartition(tasks, "group")
    # Resolved in the driver, because a worker does not have functions that were registered after the import.
    formulas = FORMULAS[kind].select(kind.computed() if metrics is None else metrics)
    evaluate, schema = evaluator(kind, formulas, resamples, seed), cast(StructType, StructType.fromDDL(_JUDGED))
    judge_group = _judge_group(evaluate, frozenset(kind.compared()), to_arrow_schema(schema))
    judged = distributed.groupBy("group").applyInArrow(judge_group, schema)
    keys = groups.select(group, *GROUP)
    return judged.join(F.broadcast(keys), on="group", how="inner").select(*COLUMNS)


def _before(predictions: DataFrame, groups: DataFrame, months: int, columns: tuple[str, ...]) -> DataFrame:
    """The predictions of the earlier cell of each group for its last months, as rows of the group."""
    with_earlier = groups.where("earlier_from IS NOT NULL")
    years = {"train_from": F.col("earlier_from"), **{name: F.col(name) - 1 for name in ("train_to", "test_year")}}
    earlier = F.xxhash64(*(years.get(name, F.col(name)) for name in GROUP)).alias("earlier")
    with_earlier = F.broadcast(with_earlier.select(earlier, F.xxhash64(*GROUP).alias("group")))
    late = predictions.where(F.month("occurred_at") > 12 - months)
    late = late.select(F.xxhash64(*GROUP).alias("earlier"), F.lit(0).alias("block"), *columns)
    return late.join(with_earlier, on="earlier", how="inner").drop("earlier").withColumn("validation", F.lit(True))


def block_of(block: Block) -> Column:
    """The number of the day or week (from Monday) of occurred_at."""
    day = F.unix_date(F.to_date("occurred_at"))
    return day if block == "day" else F.floor((day + 3) / 7)  # day 0 was a Thursday


def _judge_group(
    evaluate: Callable[[pa.Table, pa.Table | None], Findings], compared: Collection[str], schema: pa.Schema
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    def judge_rows(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        judged, earlier = _apart(table)
        # A group can have rows of earlier months only.
        findings = evaluate(judged, earlier) if len(judged) else Findings({})
        rows = [{"group": key[0].as_py(), **row} for row in _rows(findings, compared)]
        return pa.Table.from_pylist(rows, schema=schema)

    return judge_rows


def _apart(table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """The rows to judge, and the rows of earlier months or None."""
    if "validation" not in table.column_names:
        return table, None
    is_validation = table.column("validation")
    earlier = table.filter(is_validation)
    return table.filter(pc.invert(is_validation)), earlier if len(earlier) else None


def _rows(findings: Findings, compared: Collection[str]) -> Iterator[dict[str, Any]]:
    for metric, estimate in findings.metrics.items():
        drawn = estimate.drawn.tolist() if metric in compared else None
        yield {"metric": metric, "drawn": drawn, **estimate.columns}
    for (metric, index), estimate in findings.of_classes.items():
        yield {"metric": metric, "class": index, **estimate.columns}
    for (curve, of_class), points in findings.curves.items():
        yield {"curve": curve, "class": of_class, **_lists(points)}
    if findings.confusion is not None:
        actual, called = (indices.ravel().astype(float) for indices in np.indices(findings.confusion.shape))
        yield {"curve": CONFUSION, **_lists(Points(actual, called, n=findings.confusion.ravel().astype(float)))}


def _lists(points: Points) -> dict[str, list[float | None]]:
    return {name: _list(getattr(points, name), len(points.x)) for name in ("x", "y", "threshold", "n")}


def _list(values: Array | None, size: int) -> list[float | None]:
    return [None] * size if values is None else [None if np.isnan(value) else float(value) for value in values]
