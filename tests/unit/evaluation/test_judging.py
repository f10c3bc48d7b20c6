"""Frames of predictions to rows of gold/metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import log, sqrt
from typing import Any

import pytest
from chispa import assert_approx_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.evaluation.judging import COLUMNS, HEADLINE, Kind, judge
from crime_spark.schemas import CELL_COLUMNS

CELL = ", ".join(f"{column.name} {column.type}" for column in CELL_COLUMNS)
PREDICTIONS = (
    f"{CELL}, test_year INT, unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE, probability DOUBLE,"
    "probabilities ARRAY<DOUBLE>, prediction DOUBLE, longer_history DOUBLE"
)
METRICS = f"{CELL}, test_year INT, metric STRING, value DOUBLE, low DOUBLE, high DOUBLE, drawn ARRAY<DOUBLE>"

ONE = {
    **{"city": "chicago", "task": "tiny", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0},
    **{"train_from": 2015, "train_to": 2015, "test_year": 2016},
}
OTHER = {**ONE, "city": "los_angeles"}
NO_INTERVAL = {"threshold", "rows", "n"}
# All rows of a cell fall on one day or in one week, so that every resample is the cell itself.
RESAMPLES = 2

Cell = Mapping[str, Any]
Values = Mapping[str, float | None]


def predicted(spark: SparkSession, *rows: tuple[Cell, Mapping[str, Any]]) -> DataFrame:
    stored = [{**cell, "occurred_at": datetime(2016, 3, 1), **columns} for cell, columns in rows]
    return spark.createDataFrame(stored, PREDICTIONS).repartition(3)


def groups(spark: SparkSession, *cells: Cell, k: Iterable[float | None] = ()) -> DataFrame:
    """GROUP of the cells, with the column k if any is given."""
    kind, column = f"{CELL}, test_year INT", dict(enumerate(k))
    rows = [{**cell, "k": column.get(at)} for at, cell in enumerate(cells)]
    return spark.createDataFrame(rows, f"{kind}, k DOUBLE" if column else kind)


def metrics(spark: SparkSession, *cells: tuple[Cell, Values]) -> DataFrame:
    """Rows whose interval is the value itself, and so is each resample of what learners are compared by."""
    rows = []
    for cell, values in cells:
        for name, value in values.items():
            end = None if name in NO_INTERVAL else value
            drawn = [float("nan") if value is None else value] * RESAMPLES if name in HEADLINE else None
            rows.append({**cell, "metric": name, "value": value, "low": end, "high": end, "drawn": drawn})
    return spark.createDataFrame(rows, METRICS)


def equal(actual: DataFrame, expected: DataFrame) -> None:
    """But for comments; NaN, which is not equal to itself, is shown as -1."""
    assert actual.columns == list(COLUMNS)
    drawn = [F.nanvl(F.get("drawn", F.lit(at)), F.lit(-1.0)).alias(f"drawn_{at}") for at in range(RESAMPLES)]
    plain = [F.col(name).alias(name, metadata={}) for name in COLUMNS if name != "drawn"]
    frames = [frame.select(*plain, *drawn, F.size("drawn").alias("draws")) for frame in (actual, expected)]
    assert_approx_df_equality(*frames, 1e-12, ignore_row_order=True, ignore_nullable=True)


@pytest.fixture(scope="module")
def binary(spark: SparkSession) -> DataFrame:
    pairs = [(1.0, 0.9), (1.0, 0.4), (0.0, 0.6), (0.0, 0.1)]
    rows = [(ONE, {"label": label, "probability": probability}) for label, probability in pairs]
    rows += [(OTHER, {"label": 1.0, "probability": probability}) for probability in (0.2, 0.4)]
    return predicted(spark, *rows)


def test_every_metric_of_every_cell_and_null_where_one_is_not_defined(spark, binary):
    mixed = {
        "auc": 3 / 4,
        "pr_auc": (1 + 2 / 3) / 2,
        "log_loss": -(log(0.9) + log(0.4)) / 2,
        "brier": (0.1**2 + 0.6**2) / 2,
        **dict.fromkeys(("accuracy", "precision", "recall", "f1", "threshold"), 0.5),
        **dict.fromkeys(("tp", "fp", "tn", "fn"), 1.0),
    }
    one_class = {
        "auc": None,
        "pr_auc": 1.0,
        "log_loss": -(log(0.2) + log(0.4)) / 2,
        "brier": (0.8**2 + 0.6**2) / 2,
        "accuracy": 0.0,
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "threshold": 0.5,
        "fn": 2.0,
        **dict.fromkeys(("tp", "fp", "tn"), 0.0),
    }
    judged = judge(binary, groups(spark, ONE, OTHER), 2, RESAMPLES, seed=1)
    equal(judged, metrics(spark, (ONE, mixed), (OTHER, one_class)))


def test_ranking_alone(spark, binary):
    judged = judge(binary, groups(spark, ONE, OTHER), 2, RESAMPLES, seed=1, ranking_only=True)
    equal(judged, metrics(spark, (ONE, {"auc": 0.75}), (OTHER, {"auc": None})))


def test_a_group_that_is_not_asked_for_is_not_judged(spark, binary):
    judged = judge(binary, groups(spark, ONE), 1, RESAMPLES, seed=1, ranking_only=True)
    equal(judged, metrics(spark, (ONE, {"auc": 0.75})))


CLASSES = [(0.0, [0.6, 0.3, 0.1]), (1.0, [0.5, 0.4, 0.1]), (1.0, [0.2, 0.7, 0.1])]


def test_classes(spark):
    """Cells may have other numbers of classes."""
    rows = [(ONE, {"label": label, "probabilities": each}) for label, each in CLASSES]
    rows += [(OTHER, {"label": float(at), "probabilities": [0.5, 0.5]}) for at in (0, 1)]
    three = {
        "macro_auc": 1.0,  # class 2 is in no row
        "accuracy": 2 / 3,
        "macro_f1": 2 / 3,
        "weighted_f1": 2 / 3,
        "log_loss": -(log(0.6) + log(0.4) + log(0.7)) / 3,
        "rows": 3.0,
    }
    ties = {"macro_auc": 0.5, "accuracy": 0.5, "macro_f1": 1 / 3, "weighted_f1": 1 / 3, "log_loss": log(2), "rows": 2.0}
    frame = predicted(spark, *rows)
    asked = groups(spark, ONE, OTHER)
    judged = judge(frame, asked, 2, RESAMPLES, seed=1, kind=Kind.MULTI_CLASS)
    equal(judged, metrics(spark, (ONE, three), (OTHER, ties)))
    alone = judge(frame, asked, 2, RESAMPLES, seed=1, ranking_only=True, kind=Kind.MULTI_CLASS)
    equal(alone, metrics(spark, (ONE, {"macro_auc": 1.0}), (OTHER, {"macro_auc": 0.5})))


@pytest.mark.parametrize("probabilities", [[0.5, 0.5], None])
def test_another_number_of_probabilities_is_refused(spark, probabilities):
    rows = [(ONE, {"label": label, "probabilities": each}) for label, each in CLASSES]
    frame = predicted(spark, *rows, (ONE, {"label": 0.0, "probabilities": probabilities}))
    with pytest.raises(Exception, match=r"rows of one cell have \['(2|3)', '(3|None)'\] probabilities"):
        judge(frame, groups(spark, ONE), 1, RESAMPLES, seed=1, kind=Kind.MULTI_CLASS).collect()


def test_numbers(spark):
    pairs = [(1.0, 2.0), (3.0, 3.0), (5.0, 7.0)]
    frame = predicted(spark, *((ONE, {"label": label, "prediction": each}) for label, each in pairs))
    headline = {"mae": 1.0, "r2": 1 - 5 / 8}
    every = {**headline, "rmse": sqrt(5 / 3), "mean_label": 3.0, "rows": 3.0}
    for alone, expected in ((False, every), (True, headline)):
        judged = judge(frame, groups(spark, ONE), 1, RESAMPLES, 1, alone, kind=Kind.REGRESSION)
        equal(judged, metrics(spark, (ONE, expected)))


def test_weeks_from_monday_are_drawn(spark):
    saturday, sunday, monday = (datetime(2016, 3, day, 23) for day in (5, 6, 7))
    rows = [(ONE, saturday, 1.0), (ONE, sunday, 3.0), (OTHER, sunday, 1.0), (OTHER, monday, 3.0)]
    frame = predicted(
        spark, *((cell, {"occurred_at": at, "label": each, "prediction": 0.0}) for cell, at, each in rows)
    )
    asked = groups(spark, ONE, OTHER)
    judged = judge(frame, asked, 2, 30, seed=1, kind=Kind.REGRESSION, block="week").where("metric = 'mae'").collect()
    assert {row["city"]: (row["low"], row["high"]) for row in judged} == {"chicago": (2, 2), "los_angeles": (1, 3)}
    by_day = judge(frame, asked, 2, 30, seed=1, kind=Kind.REGRESSION).where("metric = 'mae'").collect()
    assert [(row["low"], row["high"]) for row in by_day] == [(1, 3), (1, 3)]


def ranked(spark: SparkSession, cell: Cell, score: str) -> list[tuple[Cell, Mapping[str, Any]]]:
    """Two periods of three cells, the best of each taken: b for its longer history, then a, which comes first."""
    columns = ("unit", "label", score, "longer_history")
    periods = [
        [("a", 1.0, 0.5, 4.0), ("b", 2.0, 0.5, 6.0), ("c", 0.0, 0.1, 9.0), ("z", 1.0, None, None)],
        [("c", 0.0, 0.5, 6.0), ("b", 4.0, 0.2, 6.0), ("a", 2.0, 0.5, 6.0)],
    ]
    return [
        (cell, {**dict(zip(columns, row, strict=True)), "occurred_at": datetime(2016, 3, 1, 8 * at)})
        for at, rows in enumerate(periods)
        for row in rows
    ]


def test_cells_ranked_by_expected_count_or_by_probability(spark):
    frame = predicted(spark, *ranked(spark, ONE, "prediction"), *ranked(spark, OTHER, "probability"))
    shares = {f"{name}_{q}": value for q in (1, 5, 10) for name, value in (("hit", 0.4), ("pai", 1.2), ("pei", 4 / 6))}
    # Those that reach 2 have 0.5, 0.5 and 0.2, the others 0.5, 0.5 and 0.1.
    ranking = {"auc": (2 * (0.5 + 0.5 + 1) + 1) / 9, "pr_auc": (2 / 3) * (2 / 4) + (1 / 3) * (3 / 5)}
    every = {**shares, "rows": 6.0, "n": 10.0}
    asked = groups(spark, ONE, OTHER, k=[2.0, None])
    judged = judge(frame, asked, 2, RESAMPLES, seed=1, kind=Kind.RANKING, block="week")
    equal(judged, metrics(spark, (ONE, {**every, **ranking}), (OTHER, every)))
    alone = judge(frame, asked, 2, RESAMPLES, seed=1, ranking_only=True, kind=Kind.RANKING, block="week")
    equal(alone, metrics(spark, (ONE, {**shares, "auc": ranking["auc"]}), (OTHER, shares)))
