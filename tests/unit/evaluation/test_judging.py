"""Frames of predictions to rows of gold/metrics."""

from __future__ import annotations

from datetime import datetime
from math import log
from typing import Any

import pytest
from chispa import assert_approx_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.evaluation.judging import GROUP, judge
from crime_spark.schemas import METRICS, PREDICTIONS

MIXED = ("chicago", "tiny", "gbt", "per_year", "fair", 2015, 2015, 2016)
ONE_CLASS = ("los_angeles", "tiny", "gbt", "per_year", "fair", 2015, 2015, 2016)


@pytest.fixture(scope="module")
def predictions(spark: SparkSession) -> DataFrame:
    """Two cells. All rows of a cell fall on one day, so that every resample is the cell itself."""
    rows = [
        (MIXED, "1", 0, 1.0, 0.9),
        (MIXED, "2", 23, 1.0, 0.4),
        (MIXED, "3", 9, 0.0, 0.6),
        (MIXED, "4", 9, 0.0, 0.1),
        (ONE_CLASS, "1", 5, 1.0, 0.2),
        (ONE_CLASS, "2", 7, 1.0, 0.4),
    ]
    stored = [(*cell, key, datetime(2016, 3, 1, hour), label, p) for cell, key, hour, label, p in rows]
    return spark.createDataFrame(stored, PREDICTIONS.struct).repartition(3)


def metrics(spark: SparkSession, cells: dict[tuple[Any, ...], dict[str, float | None]]) -> DataFrame:
    """Rows whose interval is the value itself; a threshold has none."""
    rows = [
        (*cell, name, value, *([None, None] if name == "threshold" else [value, value]))
        for cell, values in cells.items()
        for name, value in values.items()
    ]
    return spark.createDataFrame(rows, METRICS.struct)


def groups(predictions: DataFrame) -> DataFrame:
    return predictions.select(*GROUP).distinct()


def equal(actual: DataFrame, expected: DataFrame) -> None:
    """But for comments: they are those of the table that metrics are stored in."""
    plain = [frame.select(*(F.col(c).alias(c, metadata={}) for c in METRICS.names)) for frame in (actual, expected)]
    assert_approx_df_equality(*plain, 1e-12, ignore_row_order=True, ignore_nullable=True)


def test_every_metric_of_every_cell_and_null_where_one_is_not_defined(spark, predictions):
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
    expected = metrics(spark, {MIXED: mixed, ONE_CLASS: one_class})
    equal(judge(predictions, groups(predictions), 2, resamples=10, seed=1), expected)


def test_ranking_alone(spark, predictions):
    expected = metrics(spark, {MIXED: {"auc": 0.75}, ONE_CLASS: {"auc": None}})
    equal(judge(predictions, groups(predictions), 2, resamples=10, seed=1, ranking_only=True), expected)


def test_a_group_that_is_not_asked_for_is_not_judged(spark, predictions):
    one = groups(predictions).where("city = 'chicago'")
    equal(judge(predictions, one, 1, resamples=10, seed=1, ranking_only=True), metrics(spark, {MIXED: {"auc": 0.75}}))
