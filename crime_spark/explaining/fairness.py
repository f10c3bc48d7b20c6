"""How wrong models are by group of the rows they are judged on; docs/fairness.md says how to read it."""

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
# Of the units, in percent, those that come first in a period are the selected ones.
SELECTED_PERCENT = 5
_FOUND = "cell BIGINT, attribute STRING, `group` STRING, within STRING, metric STRING, value DOUBLE, low DOUBLE, "
_FOUND += "high DOUBLE, n BIGINT"
Found = tuple[str, str, OfGroup]  # attribute, within


def fairness(rows: DataFrame, cells: DataFrame, count: int, task: Task, resamples: int, seed: int) -> DataFrame:
    """Rows of gold/fairness.

    rows: gold/predictions of one task, with ATTRIBUTES and OFFENSE_GROUP where it is about single incidents, and with
    AREA, that of the unit, where it is a panel. cells: GROUP once for each of the `count` cells, threshold (DOUBLE,
    NULL: 0.5) and classes (ARRAY<STRING>). What is resampled is what the metrics are: days, of panels weeks.
    """
    panel = isinstance(task.grain, Panel)
    cell = F.xxhash64(*GROUP).alias("cell")
    block: Block = "week" if panel else "day"
    names = ("unit", "longer_history", "occurred_at", AREA) if panel else (*ATTRIBUTES, OFFENSE_GROUP)
    score = F.coalesce(*task.kind.predictions)
    held = rows.select(cell, block_of(block).alias("block"), "label", score.alias("score"), *names)
    thresholds = cells.select(cell, F.coalesce("threshold", F.lit(DEFAULT_THRESHOLD)).alias("threshold"))
    held = held.join(F.broadcast(thresholds), on="cell", how="inner").repartition(count, "cell")
    schema = cast(StructType, StructType.fromDDL(_FOUND))
    found = held.groupBy("cell").applyInArrow(_of_cell(task, resamples, seed, to_arrow_schema(schema)), schema)
    named = found.join(F.broadcast(cells.select(cell, *GROUP, "classes")), on="cell", how="inner")
    # Classes go by their place in the cell up to here.
    at = F.regexp_extract("metric", r"_(\d+)$", 1)
    spoken = F.concat(F.regexp_extract("metric", r"^(.*_)\d+$", 1), F.get("classes", at.try_cast("int")))
    metric = F.when(at != "", spoken).otherwise(F.col("metric"))
    return named.withColumn("metric", metric).select(*FAIRNESS.names)


def _of_cell(
    task: Task, resamples: int, seed: int, schema: pa.Schema
) -> Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]:
    how = _of_panel if isinstance(task.grain, Panel) else _of_incidents

    def one(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        drawn = resampled(table.column("block").to_numpy().astype(np.int64), resamples, seed)
        entries = [
            {
                **{"cell": key[0].as_py(), "attribute": attribute, "group": each.group, "within": within},
                **{"metric": metric, "n": each.n, **found.columns},
            }
            for attribute, within, each in how(table, task, drawn)
            for metric, found in each.metrics.items()
        ]
        return pa.Table.from_pylist(entries, schema=schema)

    return one


def _of_incidents(table: pa.Table, task: Task, drawn: Resamples) -> Iterator[Found]:
    """Each attribute that the city records; of a yes or no, within each offense group too."""
    called = partial(binary_ratios, threshold=table.column("threshold")[0].as_py())
    functions: Mapping[type[Kind], Callable[..., Ratios]] = {Binary: called, MultiClass: class_ratios}
    ratios = functions.get(type(task.kind), number_ratios)(*label_and_predicted(table, "score"))
    offenses = Groups.of_column(table.column(OFFENSE_GROUP))
    told = [name for name in offenses.names if name != NOT_RECORDED] if isinstance(task.kind, Binary) else []
    rows = {name: np.flatnonzero(offenses.is_in(name)) for name in told}
    for attribute in ATTRIBUTES:
        column = table.column(attribute)
        # What is predicted is no attribute of its own prediction.
        if attribute == task.target or column.null_count == len(column):
            continue
        groups = Groups.of_column(column)
        yield from ((attribute, ALL, each) for each in by_group(ratios, groups, drawn))
        for offense, chosen in rows.items():
            own = {metric: (above[chosen], below[chosen]) for metric, (above, below) in ratios.items()}
            among = by_group(own, groups.of(chosen), drawn.subset(chosen))
            yield from ((attribute, offense, each) for each in among)


def _of_panel(table: pa.Table, task: Task, drawn: Resamples) -> Iterator[Found]:
    """What share of the selected units lies in an area, and what share of what happened; of numbers, errors too."""
    (label, score), areas = label_and_predicted(table, "score"), Groups.of_column(table.column(AREA))
    known = ~np.isnan(score)
    parts = {"selected_share": selected(table, score), "incident_share": label, "unit_share": known.astype(float)}
    yield from ((AREA, ALL, each) for each in shares(parts, areas, drawn))
    if isinstance(task.kind, Regression) and known.all():
        errors = by_group(number_ratios(label, score), areas, drawn)
        yield from ((AREA, ALL, each) for each in errors if each.group != TOO_FEW)  # which the shares have told


def selected(table: pa.Table, score: Array, percent: int = SELECTED_PERCENT) -> Array:
    """1 for the units that come first in their period, ceil(percent of those with a score), else 0.

    table: unit, occurred_at (the period) and longer_history. Highest score first, then longer_history, then unit, as
    gold/metrics has it (evaluation/hotspots.py). A row without a score (NaN) is not selected.
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
