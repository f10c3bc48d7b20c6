"""What `judge` gives, as frames of gold/metrics, gold/curves and gold/confusion."""

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
    """What `judge` gives, with classes by name (STRING) in the place of their indices, and `classes` of the cell.

    cells have GROUP and classes, in the order of the indices; NULL where there is one outcome: its label is the name.
    """
    told = judged.join(F.broadcast(cells.select(*GROUP, "classes")), on=list(GROUP), how="inner")
    return told.withColumn("class", _name(F.col("class")))


def metrics_frame(spark: SparkSession, judged: Iterable[Judged], events: Sequence[Sequence[str]]) -> DataFrame:
    """Columns of METRICS of rows about a metric, which have `history` too; events has a list for each of them."""
    rows = [
        tuple({**row, "events": told}[name] for name in METRICS.names) for row, told in zip(judged, events, strict=True)
    ]
    return spark.createDataFrame(rows, METRICS.struct)


def curves_frame(judged: DataFrame) -> DataFrame:
    """Columns of CURVES of what `with_classes` gives, a row for each point of each curve."""
    curves, kept = judged.where(F.col("curve") != CALLED), (*GROUP, "curve", "class")
    points = curves.select(*kept, F.posexplode(F.arrays_zip(*_LISTS)).alias("point", "at"))
    return points.select(*kept, "point", *(F.col(f"at.{name}").alias(name) for name in _LISTS)).select(*CURVES.names)


def confusion_frame(judged: DataFrame) -> DataFrame:
    """Columns of CONFUSION of what `with_classes` gives, a row for each pair of classes."""
    called = judged.where(F.col("curve") == CALLED)
    pairs = called.select(*GROUP, "classes", F.explode(F.arrays_zip("x", "y", "n")).alias("at"))
    names = {"actual": _name(F.col("at.x").cast("int")), "predicted": _name(F.col("at.y").cast("int"))}
    return pairs.withColumns({**names, "rows": F.col("at.n").cast("bigint")}).select(*CONFUSION.names)


def _name(at: Column) -> Column:
    """The class of that index: its name, of one outcome, which has no classes, the label itself."""
    return F.when(F.col("classes").isNull(), at.cast("string")).otherwise(F.element_at("classes", at + 1))
