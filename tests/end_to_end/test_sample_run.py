"""The main job on the embedded sample, as a user runs it: every stage in one application."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from crime_spark import application
from crime_spark.lake import Lake
from crime_spark.runner import run_job
from crime_spark.schemas import (
    CELLS,
    COMPARISONS,
    INCIDENTS,
    LEDGER,
    METRICS,
    PREDICTIONS,
    QUALITY,
    QUARANTINE,
    STATISTICS,
)
from crime_spark.stages import PIPELINE
from crime_spark.tasks import TASKS
from tests.conftest import SampleRun


@pytest.fixture(scope="module")
def run(sample_run: SampleRun, spark) -> tuple[SampleRun, Lake]:
    return sample_run, Lake(spark, sample_run.lake)


def test_summary_has_rows_years_models_and_report(run):
    sample, _ = run
    for word in ("read", "accepted", "superseded", "quarantined", "AUC", "gbt", "class_prior", "index.html"):
        assert word.lower() in sample.output.lower()


def test_ledger_counts_equal_those_of_the_generator(run):
    sample, lake = run
    ledger = {
        row["city"]: row
        for row in lake.read(LEDGER)
        .groupBy("city")
        .agg(*(F.sum(f"rows_{what}").alias(what) for what in ("read", "accepted", "superseded", "quarantined")))
        .collect()
    }
    for name, truth in sample.truth.cities.items():
        expected = (truth.records, truth.incidents, sum(truth.superseded.values()), sum(truth.hopeless.values()))
        assert tuple(ledger[name])[1:] == expected
    assert lake.read(INCIDENTS).count() == sum(city.incidents for city in sample.truth.cities.values())
    assert lake.read(QUARANTINE).count() == sum(sum(c.hopeless.values()) for c in sample.truth.cities.values())


def test_every_stored_table_has_a_unique_key(run):
    _, lake = run
    for table in (INCIDENTS, QUARANTINE, LEDGER, STATISTICS, CELLS, PREDICTIONS, METRICS, COMPARISONS):
        frame = lake.read(table)
        assert frame.count() > 0, table.name
        assert frame.groupBy(*table.key).count().where("count > 1").count() == 0, table.name


def test_saved_model_reproduces_its_stored_predictions(run):
    _, lake = run
    for cell in (
        lake.read(CELLS).where("city = 'los_angeles' AND train_to = test_year - 1").orderBy("train_to").collect()[:4]
    ):
        examples = lake.read(TASKS[0].examples).where(
            (F.col("city") == cell["city"]) & (F.col("year") == cell["test_year"])
        )
        again = PipelineModel.load(lake.path(cell["model"])).transform(examples)
        again = again.select("example_id", vector_to_array("probability")[1].alias("again"))
        stored = lake.read(PREDICTIONS).where(
            (F.col("city") == cell["city"])
            & (F.col("learner") == cell["learner"])
            & (F.col("test_year") == cell["test_year"])
        )
        both = stored.join(again, "example_id", "inner")
        assert both.count() == examples.count() == cell["test_rows"]
        assert both.where("abs(probability - again) > 1e-12").count() == 0


def test_models_beat_their_baselines_on_the_next_year(run):
    _, lake = run
    custom = lake.read(METRICS).where("metric = 'auc' AND history = 'rolling'")
    mean = {r["learner"]: r["m"] for r in custom.groupBy("learner").agg(F.avg("value").alias("m")).collect()}
    assert mean["class_prior"] == pytest.approx(0.5)
    assert min(mean["gbt"], mean["logistic_regression"]) > max(0.6, mean["area_premise_rate"])


def test_matrix_has_every_later_year(run):
    _, lake = run
    frozen = lake.read(METRICS).where("history = 'frozen'")
    assert {tuple(row) for row in frozen.select("learner", "metric").distinct().collect()} == {
        ("gbt", "auc"),
        ("logistic_regression", "auc"),
    }
    spans = {(row["train_to"], row["test_year"]) for row in frozen.where("city = 'los_angeles'").collect()}
    years = sorted({year for span in spans for year in span})
    assert spans == {(this_year, other) for this_year in years for other in years if this_year < other}


def test_page_needs_no_network(run):
    sample, _ = run
    page = (Path(sample.lake) / "reports" / "index.html").read_text(encoding="utf-8")
    assert "<html" in page
    for reference in ('src="http', 'href="http', "url(http", "@import"):
        assert reference not in page


def test_sample_crosses_no_limit(run):
    _, lake = run
    judged = lake.read(QUALITY)
    assert not judged.isEmpty()
    assert judged.where("crossed").collect() == []


def test_second_run_changes_nothing(run, spark, monkeypatch, capsys):
    """In the session of the tests: it is the lake that says what is done already."""
    sample, lake = run
    before = {t: lake.read(t).collect() for t in (LEDGER, CELLS)}
    monkeypatch.setattr(SparkSession, "stop", lambda _: None)
    monkeypatch.setattr(application, "build_session", lambda *_: spark)
    assert run_job(PIPELINE, [*sample.arguments, "--stages=ingest,train"]) == 0
    output = capsys.readouterr().err
    assert "its content has been ingested before" in output
    assert "up to date" in output
    assert {t: lake.read(t).collect() for t in (LEDGER, CELLS)} == before
