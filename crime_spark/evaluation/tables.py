"""From the result of `judge` to rows of gold/metrics, gold/curves and gold/confusion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.evaluation.cell_metrics import CONFUSION as CALLED
from crime_spark.evaluation.cell_metrics import GROUP
from crime_spark.schemas import CONFUSION, CURVES, METRICS

Judged = Mapping[str, Any]

_LISTS = ("x", "y", "threshold", "n")


def with_classes(judged: DataFrame, cells: DataFrame) -> DataFrame:
    """Replace the index of each class by its name (STRING), and add the column `classes` of the cell.

    Args:
        judged: the result of `judge`.
        cells: GROUP, and classes by index; NULL for a single outcome, whose label is then the name.
    """
    with_names = judged.join(F.broadcast(cells.select(*GROUP, "classes")), on=list(GROUP), how="inner")
    return with_names.withColumn("class", _name(F.col("class")))


def metrics_frame(spark: SparkSession, judged: Iterable[Judged], events: Sequence[Sequence[str]]) -> DataFrame:
    """Rows of METRICS from rows of `judge` with `history`, and the names of events for each row."""
    rows = [
        tuple({**row, "events": names}[name] for name in METRICS.names)
        for row, names in zip(judged, events, strict=True)
    ]
    return spark.createDataFrame(rows, METRICS.struct)


def curves_frame(judged: DataFrame) -> DataFrame:
    """Rows of CURVES, one for each point, from the result of `with_classes`."""
    curves, kept = judged.where(F.col("curve") != CALLED), (*GROUP, "curve", "class")
    points = curves.select(*kept, F.posexplode(F.arrays_zip(*_LISTS)).alias("point", "entry"))
    return points.select(*kept, "point", *(F.col(f"entry.{name}").alias(name) for name in _LISTS)).select(*CURVES.names)


def confusion_frame(judged: DataFrame) -> DataFrame:
    """Rows of CONFUSION, one for each pair of classes, from the result of `with_classes`."""
    called = judged.where(F.col("curve") == CALLED)
    pairs = called.select(*GROUP, "classes", F.explode(F.arrays_zip("x", "y", "n")).alias("entry"))
    names = {"actual": _name(F.col("entry.x").cast("int")), "predicted": _name(F.col("entry.y").cast("int"))}
    return pairs.withColumns({**names, "rows": F.col("entry.n").cast("bigint")}).select(*CONFUSION.names)


def _name(index: Column) -> Column:
    """The name of the class with this index; for a single outcome, which has no classes, the label."""
    return F.when(F.col("classes").isNull(), index.cast("string")).otherwise(F.element_at("classes", index + 1))
