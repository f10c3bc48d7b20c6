"""What evaluate stores, when, and by which models."""

from __future__ import annotations

import io

import pytest
from chispa import assert_approx_df_equality
from pyspark.sql import Row

from crime_spark.evaluation import matrix, results
from crime_spark.evaluation.events import Events
from crime_spark.evaluation.results import Results
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.fitting import model_store
from crime_spark.fitting.model_store import FittedModels
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.progress import Progress
from crime_spark.schemas import COMPARISONS, CONFUSION, CURVES, METRICS
from crime_spark.training.stage import train
from tests.unit.training.tiny import ALL, LR, TASK, cities_named, copied, tiny_settings


def test_models_fitted_in_the_same_application_are_not_read_back(trained, tmp_path, monkeypatch):
    lake = copied(trained, tmp_path)
    models = FittedModels(lake)
    settings = tiny_settings(training__refit=True)
    train(lake, cities_named(["los_angeles"]), [TASK], [LR], settings, Progress(io.StringIO()), models)

    def refused(_: Lake, name: str) -> None:
        raise AssertionError(f"{name} was read")

    monkeypatch.setattr(model_store, "load_model", refused)
    asked = (lake, cities_named(["los_angeles"]), [TASK], [LR], settings, Progress(io.StringIO()))
    evaluate_stage(*asked, models)
    assert lake.read(METRICS).where("history = 'frozen'").count() == 1
    with pytest.raises(AssertionError, match="learner=logistic_regression"):
        evaluate_stage(*asked)


def test_results_are_the_same_however_often_they_are_stored(evaluated, tmp_path, monkeypatch):
    """A pass of the matrix for each training end, and everything stored at once: no part takes another away."""
    monkeypatch.setattr(matrix, "ROWS_IN_A_PASS", 1)
    monkeypatch.setattr(results, "MOST_SECONDS", 0.0)
    lake = copied(evaluated, tmp_path)
    output = io.StringIO()
    asked = (cities_named(["chicago"]), [TASK], ALL, tiny_settings())
    evaluate_stage(lake, *asked, Progress(output))
    assert [line.split(": ")[-2] for line in output.getvalue().splitlines() if "pass" in line] == [
        "2 models, 600 rows",
        "2 models, 300 rows",
    ]
    assert output.getvalue().count("evaluate: storing") == 4  # one by one, and what is left at the end
    for table in (METRICS, CURVES, CONFUSION, COMPARISONS):
        before, after = (first.read(table) for first in (evaluated, lake))
        assert_approx_df_equality(after, before, 1e-9, ignore_row_order=True)


def test_comparisons_of_a_year_that_a_task_does_not_have_stay(lake):
    """Of task `a` 2015 alone is evaluated, of `b` 2015 and 2016: nothing was read of others on 2016 of `a`."""
    keys = {"city": "chicago", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0}

    def cell(task: str, year: int) -> Row:
        return Row(**{**keys, "task": task, "train_from": year, "train_to": year, "test_year": year + 1})

    events = Events(cities_named(["chicago"]), {})
    result = Results(lake, LEARNERS, events, [])
    points = lake.spark.createDataFrame([], "curve STRING")
    result.add([cell("a", 2015)], points, [], [])
    result.add([cell("b", 2015), cell("b", 2016)], points, [], [])
    stored = [(task, learner, year) for task in "ab" for learner in ("gbt", "knn") for year in (2015, 2016)]
    rows = lake.spark.createDataFrame(
        [
            {**cell(task, year).asDict(), "learner": learner, "metric": "mase", "history": "rolling"}
            for task, learner, year in stored
        ]
    )
    _, _, where = next(iter(result.frames(everything=True)))
    kept = {(row["task"], row["learner"], row["train_to"]) for row in rows.where(f"NOT ({where})").collect()}
    assert kept == {("a", "knn", 2016)}
