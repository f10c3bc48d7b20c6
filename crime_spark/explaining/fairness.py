"""Errors of models by group of test rows; see docs/fairness.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from crime_spark.evaluation.cell_metrics import GROUP, Block, block_of
from crime_spark.evaluation.evaluators import label_and_predicted, numbers
from crime_spark.evaluation.resampling import Array, Resamples, resampled
from crime_spark.evaluation.validation import DEFAULT_THRESHOLD
from crime_spark.explaining.attributes import AREA, ATTRIBUTES, OFFENSE_GROUP
from crime_spark.explaining.rates import (
    NOT_RECORDED,
    TOO_FEW,
    Groups,
    OfGroup,
    Ratios,
    binary_ratios,
    by_group,
    class_ratios,
    number_ratios,
    shares,
)
from crime_spark.kinds import Binary, Kind, MultiClass, Regression
from crime_spark.schemas import FAIRNESS
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

ALL = "all"
# Percentage of units of a period that are selected, those with the highest scores.
SELECTED_PERCENT = 5
_VALUES = "cell BIGINT, attribute STRING, `group` STRING, within STRING, metric STRING, value DOUBLE, low DOUBLE, "
_VALUES += "high DOUBLE, n BIGINT"
GroupMetrics = tuple[str, str, OfGroup]  # attribute, within, group


def fairness(rows: DataFrame, cells: DataFrame, count: int, task: Task, resamples: int, seed: int) -> DataFrame:
    """Compute rows of gold/fairness. Days are resampled, or weeks for panels.

    Args:
        rows: gold/predictions of a task, with ATTRIBUTES and OFFENSE_GROUP for incidents, or AREA of the unit for
            panels.
        cells: GROUP of each cell, threshold (DOUBLE; NULL means 0.5) and classes (ARRAY<STRING>).
        count: number of cells.
        task: the task.
        resamples: number of resamples.
        seed: seed of the resamples.
    """
    panel = isinstance(task.grain, Panel)
    cell = F.xxhash64(*GROUP).alias("cell")
    block: Block = "week" if panel else "day"
    names = ("unit", "longer_history", "occurred_at", AREA) if panel else (*ATTRIBUTES, OFFENSE_GROUP)
    score = F.coalesce(*task.kind.predictions)
    scored = rows.select(cell, block_of(block).alias("block"), "label", score.alias("score"), *names)
    thresholds = cells.select(cell, F.coalesce("threshold", F.lit(DEFAULT_THRESHOLD)).alias("threshold"))
    scored = scored.join(F.broadcast(thresholds), on="cell", how="inner").repartition(count, "cell")
    schema = cast(StructType, StructType.fromDDL(_VALUES))
    values = scored.groupBy("cell").applyInArrow(_of_cell(task, resamples, seed, to_arrow_schema(schema)), schema)
    with_keys = values.join(F.broadcast(cells.select(cell, *GROUP, "classes")), on="cell", how="inner")
    # Names of metrics contain the index of the class until here.
    index = F.regexp_extract("metric", r"_(\d+)$", 1)
    with_class = F.concat(F.regexp_extract("metric", r"^(.*_)\d+$", 1), F.get("classes", index.try_cast("int")))
    metric = F.when(index != "", with_class).otherwise(F.col("metric"))
    return with_keys.withColumn("metric", metric).select(*FAIRNESS.names)


def _of_cell(
    task: Task, resamples: int, seed: int, schema: pa.Schema
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    evaluate = _of_panel if isinstance(task.grain, Panel) else _of_incidents

    def evaluate_cell(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        drawn = resampled(table.column("block").to_numpy().astype(np.int64), resamples, seed)
        entries = [
            {
                **{"cell": key[0].as_py(), "attribute": attribute, "group": group.group, "within": within},
                **{"metric": metric, "n": group.n, **estimate.columns},
            }
            for attribute, within, group in evaluate(table, task, drawn)
            for metric, estimate in group.metrics.items()
        ]
        return pa.Table.from_pylist(entries, schema=schema)

    return evaluate_cell


def _of_incidents(table: pa.Table, task: Task, drawn: Resamples) -> Iterator[GroupMetrics]:
    """Metrics by attribute that the city records; for binary tasks also within each offense group."""
    called = partial(binary_ratios, threshold=table.column("threshold")[0].as_py())
    functions: Mapping[type[Kind], Callable[..., Ratios]] = {Binary: called, MultiClass: class_ratios}
    ratios = functions.get(type(task.kind), number_ratios)(*label_and_predicted(table, "score"))
    offenses = Groups.of_column(table.column(OFFENSE_GROUP))
    offense_names = [name for name in offenses.names if name != NOT_RECORDED] if isinstance(task.kind, Binary) else []
    rows = {name: np.flatnonzero(offenses.is_in(name)) for name in offense_names}
    for attribute in ATTRIBUTES:
        column = table.column(attribute)
        # A prediction of an attribute is not grouped by this attribute.
        if attribute == task.target or column.null_count == len(column):
            continue
        groups = Groups.of_column(column)
        yield from ((attribute, ALL, group) for group in by_group(ratios, groups, drawn))
        for offense, chosen in rows.items():
            ratios_of_offense = {metric: (above[chosen], below[chosen]) for metric, (above, below) in ratios.items()}
            within_offense = by_group(ratios_of_offense, groups.subset(chosen), drawn.subset(chosen))
            yield from ((attribute, offense, group) for group in within_offense)


def _of_panel(table: pa.Table, task: Task, drawn: Resamples) -> Iterator[GroupMetrics]:
    """The shares of selected units and of incidents in each area; for regressions also errors."""
    (label, score), areas = label_and_predicted(table, "score"), Groups.of_column(table.column(AREA))
    is_scored = ~np.isnan(score)
    parts = {"selected_share": selected(table, score), "incident_share": label, "unit_share": is_scored.astype(float)}
    yield from ((AREA, ALL, group) for group in shares(parts, areas, drawn))
    if isinstance(task.kind, Regression) and is_scored.all():
        errors = by_group(number_ratios(label, score), areas, drawn)
        yield from (
            (AREA, ALL, group) for group in errors if group.group != TOO_FEW
        )  # the shares already have this entry


def selected(table: pa.Table, score: Array, percent: int = SELECTED_PERCENT) -> Array:
    """1 for the ceil(percent) units of a period with the highest scores, otherwise 0.

    Ties are broken by longer_history and unit as in evaluation/hotspots.py.

    Args:
        table: unit, occurred_at (the period) and longer_history.
        score: scores; rows with NaN are not selected.
        percent: percentage of the units with a score.
    """
    unit = Groups.of_column(table.column("unit")).place
    period = table.column("occurred_at").combine_chunks().cast(pa.int64()).to_numpy()
    longer = np.nan_to_num(numbers(table, "longer_history"))
    inside = np.flatnonzero(~np.isnan(score))
    order = inside[np.lexsort((unit[inside], -longer[inside], -score[inside], period[inside]))]
    _, sizes = np.unique(period[inside], return_counts=True)
    place = np.arange(len(inside)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    taken = np.zeros(len(score))
    taken[order[place < np.repeat(-(-sizes * percent // 100), sizes)]] = 1
    return taken
