"""What judging found, to rows of the gold tables: a class report names its classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from chispa import assert_df_equality
from sklearn.metrics import classification_report

from crime_spark.evaluation import multiclass
from crime_spark.evaluation.tables import classes_of, metrics_frame
from crime_spark.schemas import METRICS

CELL: dict[str, Any] = {
    **{"city": "chicago", "task": "tiny", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0},
    **{"train_from": 2015, "train_to": 2015, "test_year": 2016},
}
NAMES = ("theft", "assault", "other")


def judged(metric: str, of: int | None, value: float) -> dict[str, Any]:
    return {**CELL, "history": "rolling", "metric": metric, "class": of, "value": value, "low": None, "high": None}


def test_classes_are_named_and_of_one_outcome_are_the_label(spark):
    rows = [judged("macro_f1", None, 0.5), judged("class_f1", 0, 0.25), judged("class_f1", 2, 0.75)]
    named = ((NAMES, [None, "theft", "other"]), (None, [None, "0", "2"]))
    for names, classes in named:
        found = metrics_frame(spark, rows, classes_of([{**CELL, "classes": names}]), [["moved"], [], []])
        expected = [
            tuple({**row, "class": name, "events": events}[column] for column in METRICS.names)
            for row, name, events in zip(rows, classes, (["moved"], [], []), strict=True)
        ]
        assert_df_equality(found, spark.createDataFrame(expected, METRICS.struct))


def test_all_of_a_classification_report_is_found():
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.ones(3), size=200)
    label = np.array([rng.choice(3, p=row) for row in probabilities])
    found = multiclass.evaluate(label, probabilities, np.arange(200) % 10, 2, 1)
    report = classification_report(label, probabilities.argmax(axis=1), output_dict=True)
    for of in ("precision", "recall", "f1"):
        word = "f1-score" if of == "f1" else of
        for how in ("macro", "weighted"):
            assert abs(found.metrics[f"{how}_{of}"].value - report[f"{how} avg"][word]) < 1e-12
        for at in range(3):
            assert abs(found.of_classes[f"class_{of}", at].value - report[str(at)][word]) < 1e-12
    assert [found.of_classes["class_support", at].value for at in range(3)] == [
        report[str(at)]["support"] for at in range(3)
    ]
