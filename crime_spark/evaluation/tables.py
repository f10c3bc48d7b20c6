"""What `judge` gives, as rows and frames of gold/metrics, gold/curves and gold/confusion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.evaluation.judging import CONFUSION as CALLED
from crime_spark.evaluation.judging import GROUP
from crime_spark.schemas import CELL_COLUMNS, CONFUSION, CURVES, METRICS

Judged = Mapping[str, Any]
# Cell and test year -> the names of its classes in the order of their indices, None of one outcome.
Classes = Mapping[tuple[Any, ...], Sequence[str] | None]

_LISTS = ("x", "y", "threshold", "n")


def classes_of(cells: Iterable[Judged]) -> Classes:
    """By cell and test year, from rows of gold/cells."""
    return {_key(cell): cell["classes"] for cell in cells}


def metrics_frame(
    spark: SparkSession, judged: Iterable[Judged], classes: Classes, events: Sequence[Sequence[str]]
) -> DataFrame:
    """Columns of METRICS of rows about a metric, which have `history` too; events has a list for each of them."""
    rows = [
        tuple({**row, "class": _named(row, row["class"], classes), "events": told}[name] for name in METRICS.names)
        for row, told in zip(judged, events, strict=True)
    ]
    return spark.createDataFrame(rows, METRICS.struct)


def curves_frame(spark: SparkSession, judged: Iterable[Judged], classes: Classes) -> DataFrame:
    """Columns of CURVES, a row for each point of each curve among judged."""
    keys = ", ".join(f"{column.name} {column.type}" for column in CELL_COLUMNS)
    lists = ", ".join(f"{name} ARRAY<DOUBLE>" for name in _LISTS)
    rows = [
        (*_key(row), row["curve"], _named(row, row["class"], classes), *(row[name] for name in _LISTS))
        for row in judged
        if row["curve"] not in (None, CALLED)
    ]
    schema = f"{keys}, test_year INT, curve STRING, class STRING, {lists}"
    # Every number looked at by Python takes longer than all the rest.
    whole = spark.createDataFrame(rows, schema, verifySchema=False)
    kept = (*GROUP, "curve", "class")
    points = whole.select(*kept, F.posexplode(F.arrays_zip(*_LISTS)).alias("point", "at"))
    return points.select(*kept, "point", *(F.col(f"at.{name}").alias(name) for name in _LISTS)).select(*CURVES.names)


def confusion_frame(spark: SparkSession, judged: Iterable[Judged], classes: Classes) -> DataFrame:
    """Columns of CONFUSION, a row for each pair of classes."""
    return spark.createDataFrame(list(_confusion(judged, classes)), CONFUSION.struct)


def _confusion(judged: Iterable[Judged], classes: Classes) -> Iterator[tuple[Any, ...]]:
    for row in judged:
        if row["curve"] == CALLED:
            for actual, called, rows in zip(row["x"], row["y"], row["n"], strict=True):
                names = (_named(row, int(at), classes) for at in (actual, called))
                yield (*_key(row), *names, int(rows))


def _key(row: Judged) -> tuple[Any, ...]:
    return tuple(row[name] for name in GROUP)


def _named(row: Judged, at: int | None, classes: Classes) -> str | None:
    """The class of that index: its name, of one outcome the label itself."""
    if at is None:
        return None
    names = classes.get(_key(row))
    return names[at] if names else str(at)
