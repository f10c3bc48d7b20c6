"""What judging found, to rows of the gold tables: curves, confusions, and a class report that names its classes."""

from __future__ import annotations

import numpy as np
import pytest
from chispa import assert_df_equality
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from sklearn.metrics import classification_report

from crime_spark.evaluation import multiclass
from crime_spark.evaluation.cell_metrics import CONFUSION as CALLED
from crime_spark.evaluation.cell_metrics import GROUP
from crime_spark.evaluation.tables import confusion_frame, curves_frame, metrics_frame, with_classes
from crime_spark.schemas import CONFUSION, CURVES, METRICS

KEYS = "city STRING, task STRING, learner STRING, protocol STRING, policy STRING, delay INT, train_from INT, "
KEYS += "train_to INT, test_year INT"
FIRST = ("chicago", "tiny", "gbt", "per_year", "fair", 0, 2015, 2015, 2016)
OTHER = ("chicago", "classes", "gbt", "per_year", "fair", 0, 2015, 2015, 2016)
LISTS = ("x", "y", "threshold", "n")


def judged(spark: SparkSession, *rows: tuple[object, ...]) -> DataFrame:
    lists = ", ".join(f"{name} ARRAY<DOUBLE>" for name in LISTS)
    result = spark.createDataFrame(list(rows), f"{KEYS}, metric STRING, class INT, curve STRING, {lists}")
    cells = spark.createDataFrame([(*FIRST, None), (*OTHER, ["theft", "arson"])], f"{KEYS}, classes ARRAY<STRING>")
    return with_classes(result, cells)


def metric(key: tuple[object, ...], name: str, index: int | None) -> tuple[object, ...]:
    return (*key, name, index, None, None, None, None, None)


def curve(key: tuple[object, ...], name: str, index: int | None, *lists: list[float | None]) -> tuple[object, ...]:
    return (*key, None, index, name, *lists)


def test_classes_go_by_their_names_and_one_outcome_by_its_label(spark):
    rows = [
        *(metric(FIRST, "auc", None), metric(FIRST, "class_f1", 1), metric(FIRST, "class_f1", 0)),
        *(metric(OTHER, "accuracy", None), metric(OTHER, "class_f1", 1), metric(OTHER, "class_f1", 0)),
    ]
    collected = judged(spark, *rows).select("task", "metric", "class").collect()
    assert sorted(map(tuple, collected), key=str) == sorted(
        [
            *(("tiny", "auc", None), ("tiny", "class_f1", "1"), ("tiny", "class_f1", "0")),
            *(("classes", "accuracy", None), ("classes", "class_f1", "arson"), ("classes", "class_f1", "theft")),
        ],
        key=str,
    )


def test_each_metric_has_its_own_events(spark):
    reported = {"history": "rolling", "low": None, "high": 0.75}
    key = dict(zip(GROUP, FIRST, strict=True))
    rows = [
        {**key, **reported, "metric": name, "class": source, "value": 0.5}
        for name, source in (("f1", None), ("class_f1", "1"))
    ]
    expected = [
        (*FIRST, "rolling", "f1", None, 0.5, None, 0.75, ["moved"]),
        (*FIRST, "rolling", "class_f1", "1", 0.5, None, 0.75, []),
    ]
    wanted = spark.createDataFrame(expected, METRICS.struct)
    assert_df_equality(metrics_frame(spark, rows, [["moved"], []]), wanted)


def test_an_index_that_is_no_class_is_refused(spark):
    with pytest.raises(PySparkException):
        judged(spark, metric(OTHER, "class_f1", 2)).collect()


def test_curves_point_by_point(spark):
    frame = judged(
        spark,
        metric(FIRST, "auc", None),
        curve(FIRST, "roc", None, [0.0, 1.0], [0.0, 1.0], [None, 0.25], [None, None]),
        curve(FIRST, CALLED, None, [0.0], [0.0], [None], [3.0]),
        curve(OTHER, "reliability", 1, [0.5], [0.75], [None], [4.0]),
    )
    expected = [
        (*FIRST, "roc", None, 0, 0.0, 0.0, None, None),
        (*FIRST, "roc", None, 1, 1.0, 1.0, 0.25, None),
        (*OTHER, "reliability", "arson", 0, 0.5, 0.75, None, 4.0),
    ]
    wanted = spark.createDataFrame(expected, CURVES.struct)
    assert_df_equality(curves_frame(frame), wanted, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


def test_what_was_called_what_pair_by_pair(spark):
    pairs = ([0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [None] * 4, [5.0, 1.0, 0.0, 2.0])
    frame = judged(spark, curve(FIRST, "roc", None, [0.0], [0.0], [0.5], [None]), curve(OTHER, CALLED, None, *pairs))
    called = [("theft", "theft", 5), ("theft", "arson", 1), ("arson", "theft", 0), ("arson", "arson", 2)]
    wanted = spark.createDataFrame([(*OTHER, *item) for item in called], CONFUSION.struct)
    assert_df_equality(
        confusion_frame(frame), wanted, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True
    )
    assert tuple(CONFUSION.names[: len(GROUP)]) == GROUP


def test_all_of_a_classification_report_is_found():
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.ones(3), size=200)
    label = np.array([rng.choice(3, p=row) for row in probabilities])
    result = multiclass.FORMULAS.evaluate(label, probabilities, np.arange(200) % 10, 2, 1)
    report = classification_report(label, probabilities.argmax(axis=1), output_dict=True)
    for source in ("precision", "recall", "f1"):
        word = "f1-score" if source == "f1" else source
        for how in ("macro", "weighted"):
            assert abs(result.metrics[f"{how}_{source}"].value - report[f"{how} avg"][word]) < 1e-12
        for index in range(3):
            assert abs(result.of_classes[f"class_{source}", index].value - report[str(index)][word]) < 1e-12
    assert [result.of_classes["class_support", index].value for index in range(3)] == [
        report[str(index)]["support"] for index in range(3)
    ]
