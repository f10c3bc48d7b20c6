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

from crime_spark.evaluation.cell_metrics import COLUMNS, CONFUSION, judge
from crime_spark.kinds import KINDS, Binary, MultiClass, Ranking, Regression
from crime_spark.schemas import CELL_COLUMNS

CELL = ", ".join(f"{column.name} {column.type}" for column in CELL_COLUMNS)
PREDICTIONS = (
    f"{CELL}, test_year INT, unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE, probability DOUBLE,"
    "probabilities ARRAY<DOUBLE>, prediction DOUBLE, longer_history DOUBLE"
)
METRICS = f"{CELL}, test_year INT, metric STRING, class INT, value DOUBLE, low DOUBLE, high DOUBLE, drawn ARRAY<DOUBLE>"

GROUP_1 = {
    **{"city": "chicago", "task": "tiny", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0},
    **{"train_from": 2015, "train_to": 2015, "test_year": 2016},
}
OTHER = {**GROUP_1, "city": "los_angeles"}
NO_INTERVAL = {"threshold", "rows", "n", "ece", "width_90", "validation_rows", "class_support"}
RESAMPLES = 2  # All rows of a cell are of one day or one week, so every resample is the cell itself.
COMPARED = {name for kind in KINDS for name in kind.compared()}

Cell = Mapping[str, Any]
Values = Mapping[str | tuple[str, int], float | None]


def predicted(spark: SparkSession, *rows: tuple[Cell, Mapping[str, Any]]) -> DataFrame:
    stored = [{**cell, "occurred_at": datetime(2016, 3, 1), **columns} for cell, columns in rows]
    return spark.createDataFrame(stored, PREDICTIONS).repartition(3)


def groups(spark: SparkSession, *cells: Cell, k: Iterable[float | None] = ()) -> DataFrame:
    """GROUP of the cells, with the column k if any is given."""
    kind, column = f"{CELL}, test_year INT", dict(enumerate(k))
    rows = [{**cell, "k": column.get(index)} for index, cell in enumerate(cells)]
    return spark.createDataFrame(rows, f"{kind}, k DOUBLE" if column else kind)


def metrics(spark: SparkSession, *cells: tuple[Cell, Values]) -> DataFrame:
    """Rows whose interval is the value itself, and so is each resample of what learners are compared by."""
    rows = []
    for cell, name, value in ((cell, *item) for cell, values in cells for item in values.items()):
        metric, source = name if isinstance(name, tuple) else (name, None)
        end = None if metric in NO_INTERVAL else value
        drawn = [float("nan") if value is None else value] * RESAMPLES if metric in COMPARED else None
        result = {"metric": metric, "class": source, "value": value, "low": end, "high": end, "drawn": drawn}
        rows.append({**cell, **result})
    return spark.createDataFrame(rows, METRICS)


def equal(actual: DataFrame, expected: DataFrame) -> None:
    """Compares metrics without comments; NaN, which does not equal itself, becomes -1."""
    assert actual.columns == list(COLUMNS)
    judged = actual.where("metric IS NOT NULL")
    drawn = [F.nanvl(F.get("drawn", F.lit(draw)), F.lit(-1.0)).alias(f"drawn_{draw}") for draw in range(RESAMPLES)]
    plain = [F.col(name).alias(name, metadata={}) for name in (*expected.columns,) if name != "drawn"]
    frames = [frame.select(*plain, *drawn, F.size("drawn").alias("draws")) for frame in (judged, expected)]
    assert_approx_df_equality(*frames, 1e-12, ignore_row_order=True, ignore_nullable=True)


CALIBRATED = ("log_loss_calibrated", "brier_calibrated", "ece_calibrated")
CALLED = ("accuracy", "precision", "recall", "f1")
AT_HALF = tuple(f"{name}_at_half" for name in CALLED)
AVERAGES = tuple(f"{how}_{name}" for how in ("macro", "weighted") for name in ("precision", "recall", "f1"))
BY_CLASS = ("class_precision", "class_recall", "class_f1")


@pytest.fixture(scope="module")
def binary(spark: SparkSession) -> DataFrame:
    pairs = [(1.0, 0.9), (1.0, 0.4), (0.0, 0.6), (0.0, 0.1)]
    rows = [(GROUP_1, {"label": label, "probability": probability}) for label, probability in pairs]
    rows += [(OTHER, {"label": 1.0, "probability": probability}) for probability in (0.2, 0.4)]
    return predicted(spark, *rows)


def test_every_metric_of_every_cell_and_null_where_one_is_not_defined(spark, binary):
    mixed = {
        "auc": 3 / 4,
        "pr_auc": (1 + 2 / 3) / 2,
        "log_loss": -(log(0.9) + log(0.4)) / 2,
        "brier": (0.1**2 + 0.6**2) / 2,
        # Every probability has a bin of its own.
        "ece": (0.1 + 0.6 + 0.6 + 0.1) / 4,
        **dict.fromkeys(CALIBRATED),
        **dict.fromkeys((*CALLED, *AT_HALF, *AVERAGES, "threshold"), 0.5),
        **dict.fromkeys(("tp", "fp", "tn", "fn"), 1.0),
        **{(name, index): 0.5 for name in BY_CLASS for index in (0, 1)},
        **{("class_support", index): 2.0 for index in (0, 1)},
        "validation_rows": 0.0,
    }
    one_class = {
        "auc": None,
        "pr_auc": 1.0,
        "log_loss": -(log(0.2) + log(0.4)) / 2,
        "brier": (0.8**2 + 0.6**2) / 2,
        "ece": (0.8 + 0.6) / 2,
        **dict.fromkeys(CALIBRATED),
        **dict.fromkeys((*CALLED, *AT_HALF, *AVERAGES), 0.0),
        **{"precision": None, "precision_at_half": None, "threshold": 0.5},
        **{"fn": 2.0, **dict.fromkeys(("tp", "fp", "tn"), 0.0)},
        **{("class_precision", 0): 0.0, ("class_recall", 0): None, ("class_f1", 0): 0.0, ("class_support", 0): 0.0},
        **{("class_precision", 1): None, ("class_recall", 1): 0.0, ("class_f1", 1): 0.0, ("class_support", 1): 2.0},
        "validation_rows": 0.0,
    }
    judged = judge(binary, groups(spark, GROUP_1, OTHER), 2, RESAMPLES, seed=1)
    equal(judged, metrics(spark, (GROUP_1, mixed), (OTHER, one_class)))


def test_ranking_alone(spark, binary):
    judged = judge(binary, groups(spark, GROUP_1, OTHER), 2, RESAMPLES, seed=1, metrics=Binary.compared())
    equal(judged, metrics(spark, (GROUP_1, {"auc": 0.75}), (OTHER, {"auc": None})))


def test_a_group_that_is_not_asked_for_is_not_judged(spark, binary):
    judged = judge(binary, groups(spark, GROUP_1), 1, RESAMPLES, seed=1, metrics=Binary.compared())
    equal(judged, metrics(spark, (GROUP_1, {"auc": 0.75})))


CLASSES = [(0.0, [0.6, 0.3, 0.1]), (1.0, [0.5, 0.4, 0.1]), (1.0, [0.2, 0.7, 0.1])]


def test_classes(spark):
    """Cells may have other numbers of classes."""
    rows = [(GROUP_1, {"label": label, "probabilities": item}) for label, item in CLASSES]
    rows += [(OTHER, {"label": float(index), "probabilities": [0.5, 0.5]}) for index in (0, 1)]
    three = {
        "macro_auc": 1.0,  # class 2 is in no row
        "accuracy": 2 / 3,
        **{"macro_precision": 3 / 4, "macro_recall": 3 / 4, "macro_f1": 2 / 3},
        **{"weighted_precision": 5 / 6, "weighted_recall": 2 / 3, "weighted_f1": 2 / 3},
        "log_loss": -(log(0.6) + log(0.4) + log(0.7)) / 3,
        # Every probability of classes 0 and 1 has a bin of its own, those of class 2 have one.
        "ece": ((0.4 + 0.5 + 0.2) / 3 + (0.3 + 0.6 + 0.3) / 3 + 0.1) / 3,
        **{"log_loss_calibrated": None, "ece_calibrated": None, "rows": 3.0, "validation_rows": 0.0},
        **by_class((1 / 2, 1, 2 / 3, 1), (1, 1 / 2, 2 / 3, 2), (None, None, None, 0)),
    }
    ties = {
        **{"macro_auc": 0.5, "accuracy": 0.5, "log_loss": log(2), "rows": 2.0, "validation_rows": 0.0, "ece": 0.0},
        **{f"{how}_precision": 1 / 4 for how in ("macro", "weighted")},
        **{f"{how}_recall": 1 / 2 for how in ("macro", "weighted")},
        **{f"{how}_f1": 1 / 3 for how in ("macro", "weighted")},
        **{"log_loss_calibrated": None, "ece_calibrated": None},
        **by_class((1 / 2, 1, 2 / 3, 1), (None, 0, 0, 1)),
    }
    frame = predicted(spark, *rows)
    asked = groups(spark, GROUP_1, OTHER)
    judged = judge(frame, asked, 2, RESAMPLES, seed=1, kind=MultiClass)
    equal(judged, metrics(spark, (GROUP_1, three), (OTHER, ties)))
    alone = judge(frame, asked, 2, RESAMPLES, seed=1, metrics=MultiClass.compared(), kind=MultiClass)
    equal(alone, metrics(spark, (GROUP_1, {"macro_auc": 1.0}), (OTHER, {"macro_auc": 0.5})))


def by_class(*values: tuple[float | None, ...]) -> dict[str | tuple[str, int], float | None]:
    """Precision, recall, F1 and support of each class."""
    names = (*BY_CLASS, "class_support")
    source = {(name, index): entry[place] for index, entry in enumerate(values) for place, name in enumerate(names)}
    return {name: None if value is None else float(value) for name, value in source.items()}


@pytest.mark.parametrize("probabilities", [[0.5, 0.5], None])
def test_another_number_of_probabilities_is_refused(spark, probabilities):
    rows = [(GROUP_1, {"label": label, "probabilities": item}) for label, item in CLASSES]
    frame = predicted(spark, *rows, (GROUP_1, {"label": 0.0, "probabilities": probabilities}))
    with pytest.raises(Exception, match=r"must have the same number of probabilities; got \['(2|3)', '(3|None)'\]"):
        judge(frame, groups(spark, GROUP_1), 1, RESAMPLES, seed=1, kind=MultiClass).collect()


def test_numbers(spark):
    pairs = [(1.0, 2.0), (3.0, 3.0), (5.0, 7.0)]
    frame = predicted(spark, *((GROUP_1, {"label": label, "prediction": item}) for label, item in pairs))
    headline = {"mae": 1.0, "r2": 1 - 5 / 8}
    every = {**headline, "rmse": sqrt(5 / 3), "mean_label": 3.0, "rows": 3.0, "validation_rows": 0.0}
    every |= {"poisson_deviance": 2 * (log(1 / 2) + 1 + 5 * log(5 / 7) + 2) / 3, "coverage_90": None, "width_90": None}
    for alone, expected in ((None, every), (Regression.compared(), headline)):
        equal(
            judge(frame, groups(spark, GROUP_1), 1, RESAMPLES, 1, alone, Regression),
            metrics(spark, (GROUP_1, expected)),
        )


def test_weeks_from_monday_are_drawn(spark):
    saturday, sunday, monday = (datetime(2016, 3, day, 23) for day in (5, 6, 7))
    rows = [(GROUP_1, saturday, 1.0), (GROUP_1, sunday, 3.0), (OTHER, sunday, 1.0), (OTHER, monday, 3.0)]
    frame = predicted(
        spark, *((cell, {"occurred_at": index, "label": item, "prediction": 0.0}) for cell, index, item in rows)
    )
    asked = groups(spark, GROUP_1, OTHER)
    judged = judge(frame, asked, 2, 30, seed=1, kind=Regression, block="week").where("metric = 'mae'").collect()
    assert {row["city"]: (row["low"], row["high"]) for row in judged} == {"chicago": (2, 2), "los_angeles": (1, 3)}
    by_day = judge(frame, asked, 2, 30, seed=1, kind=Regression).where("metric = 'mae'").collect()
    assert [(row["low"], row["high"]) for row in by_day] == [(1, 3), (1, 3)]


def ranked(spark: SparkSession, cell: Cell, score: str) -> list[tuple[Cell, Mapping[str, Any]]]:
    """Two periods of three cells, the best of each taken: b for its longer history, then a, which comes first."""
    columns = ("unit", "label", score, "longer_history")
    periods = [
        [("a", 1.0, 0.5, 4.0), ("b", 2.0, 0.5, 6.0), ("c", 0.0, 0.1, 9.0), ("z", 1.0, None, None)],
        [("c", 0.0, 0.5, 6.0), ("b", 4.0, 0.2, 6.0), ("a", 2.0, 0.5, 6.0)],
    ]
    return [
        (cell, {**dict(zip(columns, row, strict=True)), "occurred_at": datetime(2016, 3, 1, 8 * index)})
        for index, rows in enumerate(periods)
        for row in rows
    ]


def test_cells_ranked_by_expected_count_or_by_probability(spark):
    frame = predicted(spark, *ranked(spark, GROUP_1, "prediction"), *ranked(spark, OTHER, "probability"))
    shares = {f"{name}_{q}": value for q in (1, 5, 10) for name, value in (("hit", 0.4), ("pai", 1.2), ("pei", 4 / 6))}
    # Those that reach 2 have 0.5, 0.5 and 0.2, the others 0.5, 0.5 and 0.1.
    ranking = {"auc": (2 * (0.5 + 0.5 + 1) + 1) / 9, "pr_auc": (2 / 3) * (2 / 4) + (1 / 3) * (3 / 5)}
    # Of 10 incidents those in cells that come 1st, 2nd and 3rd of three: 2 + 2, 1 + 0 and 0 + 4.
    every = {**shares, "gini": 2 * (4 * 5 + 1 * 3 + 4 * 1) / 60 - 1, "rows": 6.0, "n": 10.0}
    asked = groups(spark, GROUP_1, OTHER, k=[2.0, None])
    judged = judge(frame, asked, 2, RESAMPLES, seed=1, kind=Ranking, block="week")
    equal(judged, metrics(spark, (GROUP_1, {**every, **ranking}), (OTHER, every)))
    alone = judge(frame, asked, 2, RESAMPLES, seed=1, metrics=Ranking.compared(), kind=Ranking, block="week")
    equal(alone, metrics(spark, (GROUP_1, {**shares, "auc": ranking["auc"]}), (OTHER, shares)))


def year_before(spark: SparkSession, *late: tuple[datetime, float, float]) -> DataFrame:
    """ONE's four rows, and what the cell before it predicted of 2015: when, label, probability."""
    rows = [(1.0, 0.9), (1.0, 0.4), (0.0, 0.6), (0.0, 0.1)]
    before = {**GROUP_1, "train_from": 2014, "train_to": 2014, "test_year": 2015}
    return predicted(
        spark,
        *((GROUP_1, {"label": label, "probability": p}) for label, p in rows),
        *((before, {"occurred_at": index, "label": label, "probability": p}) for index, label, p in late),
    )


def asked(spark: SparkSession, earlier_from: int | None) -> DataFrame:
    schema = f"{CELL}, test_year INT, earlier_from INT"
    return spark.createDataFrame([{**GROUP_1, "earlier_from": earlier_from}], schema)


LATE = [(datetime(2015, 12, 1), 1.0, 0.3), (datetime(2015, 10, 1), 0.0, 0.2), (datetime(2015, 11, 1), 0.0, 0.1)]


@pytest.mark.parametrize(
    ("rows", "earlier_from", "months", "threshold", "count"),
    [
        (LATE, 2014, 3, 0.3, 3),
        (LATE, 2014, 1, 0.3, 1),
        (LATE, None, 3, 0.5, 0),
        (LATE, 2014, 0, 0.5, 0),
        # Months before the last three have no say: with them the best threshold would be 0.05.
        ([*LATE, *((datetime(2015, 9, 30), 1.0, 0.05),) * 9], 2014, 3, 0.3, 3),
    ],
)
def test_the_threshold_is_chosen_on_the_last_months_of_the_cell_before(
    spark, rows, earlier_from, months, threshold, count
):
    judged = judge(year_before(spark, *rows), asked(spark, earlier_from), 1, 2, 1, validation_months=months)
    results = {row["metric"]: row["value"] for row in judged.where("metric IS NOT NULL AND class IS NULL").collect()}
    assert (results["threshold"], results["validation_rows"]) == (threshold, count)
    assert results["tp"] == (2 if threshold == 0.3 else 1)
    assert results["recall_at_half"] == 0.5
    assert (results["brier_calibrated"] is None) == (count < 2)


def test_no_row_of_the_year_judged_is_chosen_on(spark):
    """Other labels in the year judged change neither the threshold nor a calibrated probability."""
    rows = [
        (GROUP_1, {"label": label, "probability": p}) for label, p in ((0.0, 0.9), (1.0, 0.4), (1.0, 0.6), (0.0, 0.1))
    ]
    other = predicted(spark, *rows).unionByName(year_before(spark, *LATE).where("test_year = 2015"))
    chosen = []
    for frame in (year_before(spark, *LATE), other):
        judged = judge(frame, asked(spark, 2014), 1, 2, 1, validation_months=3)
        [curve] = judged.where("curve = 'reliability_calibrated'").collect()
        [threshold] = judged.where("metric = 'threshold'").collect()
        chosen.append((curve["x"], threshold["value"]))
    assert chosen[0] == chosen[1]


def test_curves_and_what_was_called_what(spark, binary):
    judged = judge(binary, groups(spark, GROUP_1), 1, RESAMPLES, seed=1).where("curve IS NOT NULL")
    results = {row["curve"]: [row[name] for name in ("x", "y", "threshold", "n")] for row in judged.collect()}
    assert results == {
        "roc": [[0, 0, 0.5, 0.5, 1], [0, 0.5, 0.5, 1, 1], [None, 0.9, 0.6, 0.4, 0.1], [None] * 5],
        "pr": [[0, 0.5, 0.5, 1, 1], [1, 1, 0.5, 2 / 3, 0.5], [None, 0.9, 0.6, 0.4, 0.1], [None] * 5],
        "gain": [[0, 0.25, 0.5, 0.75, 1], [0, 0.5, 0.5, 1, 1], [None, 0.9, 0.6, 0.4, 0.1], [None] * 5],
        "lift": [[0.25, 0.5, 0.75, 1], [2, 1, 4 / 3, 1], [0.9, 0.6, 0.4, 0.1], [None] * 4],
        "reliability": [[0.1, 0.4, 0.6, 0.9], [0, 1, 0, 1], [None] * 4, [1] * 4],
        CONFUSION: [[0, 0, 1, 1], [0, 1, 0, 1], [None] * 4, [1] * 4],
    }
