"""The explain job on the tiny trained lake and on a tiny panel."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pyspark.sql import functions as F

from crime_spark.errors import UsageError
from crime_spark.examples.incidents import write_examples
from crime_spark.explaining.stage import explain
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.progress import Progress
from crime_spark.schemas import DRIFT, FAIRNESS, IMPORTANCE, INCIDENTS, METRICS, PREDICTIONS
from crime_spark.tasks import TASKS
from crime_spark.training.stage import train
from tests.incidents import incident, incidents
from tests.unit.training.tiny import ALL, LR, PRIOR, TASK, YEARS, cities_named, copied, tiny_settings

HOTSPOT = next(task for task in TASKS if task.name == "hotspot_day")
POISSON = next(learner for learner in LEARNERS if learner.name == "poisson")
CHICAGO = cities_named(["chicago"])


def run(lake: Lake, learners=ALL, cities=tuple(YEARS), /, **options: object) -> str:
    """What the stage said."""
    output = io.StringIO()
    explain(lake, cities_named(cities), [TASK], learners, tiny_settings(**options), Progress(output))
    return output.getvalue()


@pytest.fixture(scope="module")
def explained(evaluated: Lake, tmp_path_factory) -> Lake:
    """A copy of the evaluated lake, explained; not to be changed."""
    lake = copied(evaluated, tmp_path_factory.mktemp("explained"))
    run(lake)
    return lake


def test_importance_is_of_the_latest_test_year_of_models(explained):
    rows = explained.read(IMPORTANCE).groupBy("city", "learner", "test_year", "method", "rows").count().collect()
    # logistic_regression and gbt: five features shuffled; one of them has no values in one city.
    assert sorted(map(tuple, rows)) == sorted(
        (city, learner, year, method, 300, count)
        for city, year in (("chicago", 2017), ("los_angeles", 2016))
        for learner, native in (("gbt", "trees"), ("logistic_regression", "linear"))
        for method, count in (("permutation", 5), (native, 5 if city == "chicago" else 4))
    )


def test_what_a_model_does_not_go_by_costs_nothing(explained):
    of_ward = explained.read(IMPORTANCE).where("city = 'los_angeles' AND feature = 'ward'").collect()
    assert [(row["method"], row["value"], row["low"], row["high"]) for row in of_ward] == [
        ("permutation", 0.0, 0.0, 0.0)
    ] * 2


def test_errors_by_group_are_those_of_the_stored_predictions(explained):
    rows = (
        explained.read(PREDICTIONS)
        .join(
            explained.read(INCIDENTS).select("city", F.col("incident_id").alias("example_id"), "area"),
            on=["city", "example_id"],
            how="inner",
        )
        .groupBy("city", "learner", "test_year", "area")
        .agg(F.avg(F.col("probability") - F.col("label")).alias("gap"), F.count(F.lit(1)).alias("n"))
        .collect()
    )
    expected = {tuple(row)[:4]: (pytest.approx(row["gap"], abs=1e-9), row["n"]) for row in rows}
    result = explained.read(FAIRNESS).where("metric = 'calibration_gap' AND attribute = 'area' AND within = 'all'")
    by = {(r["city"], r["learner"], r["test_year"], r["group"]): (r["value"], r["n"]) for r in result.collect()}
    assert by == expected
    assert len(by) == 3 * 4 * 5
    assert {row["attribute"] for row in explained.read(FAIRNESS).collect()} == {"area"}


def test_drift_is_of_every_year_after_training_and_decay_of_models_scored_later(explained):
    result = explained.read(DRIFT)
    psi = result.where("measure = 'psi'").groupBy("city", "train_to", "learner", "year").count().collect()
    assert sorted(map(tuple, psi)) == [
        ("chicago", 2015, "all", 2015, 6),
        ("chicago", 2015, "all", 2016, 6),
        ("chicago", 2015, "all", 2017, 6),
        ("chicago", 2016, "all", 2016, 6),
        ("chicago", 2016, "all", 2017, 6),
        ("los_angeles", 2015, "all", 2015, 6),
        ("los_angeles", 2015, "all", 2016, 6),
    ]
    assert result.where("measure = 'psi' AND distance = 0 AND abs(value) > 1e-12").isEmpty()
    frozen = explained.read(METRICS).where("history = 'frozen'").select("learner", "test_year", "value").collect()
    values = result.where("subject = 'metric'").select("learner", "year", "value", "measure").collect()
    assert sorted(tuple(row) for row in values if row["measure"] == "value") == sorted((*r, "value") for r in frozen)
    # Only models of 2015 in one of the cities have been scored on two years.
    changes = sorted((row["learner"], row["year"]) for row in values if row["measure"] == "change")
    assert changes == [("gbt", 2017), ("logistic_regression", 2017)]


def test_a_second_run_doubles_nothing_and_cells_not_chosen_stay(explained, tmp_path):
    lake = copied(explained, tmp_path)
    run(lake, [LR, PRIOR], ["chicago"], years=[2017], explaining__rows=100)
    for table in (IMPORTANCE, FAIRNESS, DRIFT):
        rows = [tuple(row[name] for name in table.key) for row in lake.read(table).collect()]
        assert sorted(rows) == sorted(tuple(r[name] for name in table.key) for r in explained.read(table).collect())
    fewer = lake.read(IMPORTANCE).where("city = 'chicago' AND learner = 'logistic_regression'").first()["rows"]
    assert 60 < fewer < 140
    other = "city = 'los_angeles' OR learner = 'gbt'"
    frames = [earliest.read(IMPORTANCE).where(other).collect() for earliest in (lake, explained)]
    assert sorted(map(tuple, frames[0]), key=str) == sorted(map(tuple, frames[1]), key=str)


def test_without_cells_there_is_nothing_to_explain(explained):
    with pytest.raises(UsageError, match=r"^no model was fitted for year 1999; there are .*scored on 2016 and 2017; "):
        run(explained, years=[1999])


def test_without_metrics_the_threshold_is_a_half_and_nothing_decays(trained, tmp_path):
    lake = copied(trained, tmp_path)
    output = run(lake, [PRIOR, replace(PRIOR, name="other")], ["los_angeles"], learners="class_prior,other")
    assert "explain: no model was fitted for learner other; there are models of city los_angeles" in output
    assert not lake.exists(IMPORTANCE)
    assert lake.read(DRIFT).where("subject = 'metric'").isEmpty()
    rates = lake.read(FAIRNESS).where("metric = 'fpr' AND within = 'all'").collect()
    probability = (
        lake.read(PREDICTIONS).where("learner = 'class_prior' AND city = 'los_angeles'").first()["probability"]
    )
    assert {row["value"] for row in rates} == {float(probability >= 0.5)}


@pytest.fixture(scope="module")
def winter(spark, tmp_path_factory) -> Lake:
    """Three months of thefts in three cells, most in the second, of two areas; the model of them."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("winter")))
    rng = random.Random(1)
    built = [
        incident(
            incident_id=f"{day}-{index}-{number}",
            occurred_at=datetime(2015, 11, 15, 12) + timedelta(days=day),
            area=f"{min(index, 1):03}",
            longitude=longitude,
        )
        for day in range(92)
        for index, longitude in enumerate((-87.9, -87.8, -87.7))
        for number in range(rng.randrange(4 if index == 1 else 2))
    ]
    lake.append(INCIDENTS, incidents(spark, *built))
    settings = tiny_settings()
    write_examples(lake, [HOTSPOT], CHICAGO, settings, Progress(io.StringIO()))
    train(lake, CHICAGO, [HOTSPOT], [POISSON], settings, Progress(io.StringIO()))
    explain(lake, CHICAGO, [HOTSPOT], [POISSON], settings, Progress(io.StringIO()))
    return lake


def test_of_a_panel_the_selected_share_is_shown_by_area(winter):
    rows = winter.read(FAIRNESS).where("delay = 0").collect()
    shares = {(row["group"], row["metric"]): row["value"] for row in rows}
    assert {metric for _, metric in shares} == {
        *("unit_share", "selected_share", "incident_share", "selected_share_less_incident_share")
    }
    for metric in ("unit_share", "selected_share", "incident_share"):
        assert shares["000", metric] + shares["001", metric] == pytest.approx(1.0)
    assert shares["001", "unit_share"] == pytest.approx(2 / 3)
    assert shares["001", "selected_share"] > 0.9


def test_of_a_panel_every_feature_is_shuffled_and_the_metric_is_that_of_rankings(winter):
    rows = winter.read(IMPORTANCE).where("delay = 0 AND method = 'permutation'").collect()
    assert {row["metric"] for row in rows} == {"pai_5"}
    assert {row["feature"] for row in rows} == {feature.name for feature in HOTSPOT.inputs("fair")}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert {row["delay"] for row in winter.read(IMPORTANCE).collect()} == {0, CHICAGO[0].delay_days}
