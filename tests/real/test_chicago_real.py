"""Real Chicago years: lower bounds for docs/results.md, and memory."""

from __future__ import annotations

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest

from crime_spark.lake import Lake
from crime_spark.schemas import INCIDENTS, LEDGER, METRICS
from tests.submitting import spark_submit

pytestmark = pytest.mark.real


def _inputs(real_data: Path, years: range) -> list[str]:
    files = [real_data / "chicago" / f"chicago_crimes_{year}.csv.gz" for year in years]
    return [f"--input=chicago={file}" for file in files]


def _models(lake: Lake, inputs: list[str]) -> dict[str, float]:
    """Learner -> AUC in 2016 of its model of 2015."""
    stages = "--stages=ingest,examples,train,evaluate"
    done = spark_submit("pipeline.py", "--lake", lake.root, *inputs, stages, "--matrix=none")
    assert done.returncode == 0, done.stderr
    auc = {row["learner"]: row["value"] for row in lake.read(METRICS).where("metric = 'auc'").collect()}
    assert auc["area_premise_rate"] < min(auc["logistic_regression"], auc["gbt"])
    return auc


def test_models_of_2015_on_2016_from_one_report_in_sixteen(real_data: Path, lake: Lake, tmp_path: Path):
    for file in (real_data / "chicago" / f"chicago_crimes_{year}.csv.gz" for year in (2015, 2016)):
        with gzip.open(file, "rt", newline="") as published, gzip.open(tmp_path / file.name, "wt", newline="") as some:
            rows = csv.reader(published)
            csv.writer(some).writerows([next(rows), *islice(rows, 0, None, 16)])
    auc = _models(lake, [f"--input=chicago={tmp_path}/*.csv.gz"])
    assert auc["logistic_regression"] >= 0.715
    assert auc["gbt"] >= 0.685


@pytest.mark.long
def test_models_of_2015_on_2016(real_data: Path, lake: Lake):
    auc = _models(lake, _inputs(real_data, range(2015, 2017)))
    assert auc["logistic_regression"] >= 0.712
    assert auc["gbt"] >= 0.729


@pytest.mark.long
def test_four_years_run_with_3_gb(real_data: Path, lake: Lake):
    inputs = _inputs(real_data, range(2013, 2017))
    done = spark_submit("pipeline.py", "--lake", lake.root, *inputs, spark=("--driver-memory", "3g"), seconds=3600)
    assert done.returncode == 0, done.stderr
    ledger = lake.read(LEDGER).selectExpr("sum(rows_read)", "sum(rows_accepted)", "sum(rows_quarantined)").first()
    assert tuple(ledger) == (1_114_972, lake.read(INCIDENTS).count(), 0)
