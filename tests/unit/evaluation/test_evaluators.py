"""Tasks of every kind from incidents to metrics, on a lake of two years."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from chispa import assert_approx_df_equality
from pyspark.sql import SparkSession

from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.examples.incidents import write_examples
from crime_spark.features.calendar import WEEKDAY
from crime_spark.features.history import History
from crime_spark.kinds import MultiClass, Ranking, Regression
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, COMPARISONS, CONFUSION, CURVES, INCIDENTS, METRICS, PREDICTIONS
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import COUNT, Task
from crime_spark.training.stage import train
from tests.incidents import incident, incidents
from tests.unit.training.tiny import AREA, TASK, cities_named, copied, tiny_settings

GROUPS = ("burglary", "robbery", "theft")
CLASSES = replace(
    TASK,
    name="classes",
    kind=MultiClass((*GROUPS, "arson"), least_share=0.0),
    target="offense_group",
    label=f"CAST(array_position(array{(*GROUPS, 'arson')}, offense_group) - 1 AS DOUBLE)",
    features=(AREA,),
    histories=(History("area", ("area",)),),
    history_of=("theft",),
)
COUNTS = Task(
    name="counts",
    question="How many?",
    grain=Panel("area", 24),
    kind=Regression(),
    target="offense_group",
    label=COUNT,
    features=(WEEKDAY,),
)
SPOTS = replace(COUNTS, name="spots", grain=Panel("cell", 24), kind=Ranking(0.2))
TASKS = (CLASSES, COUNTS, SPOTS)
NAMES = ("class_prior", "seasonal_naive", "trailing_mean", "prior_counts", "linear_regression", "logistic_regression")
CHOSEN = [learner for learner in LEARNERS if learner.name in NAMES]
SPOTTERS = ("seasonal_naive", "trailing_mean", "prior_counts")
# How much of everything is in each area, and where that is.
AREAS = {"001": 0.6, "002": 0.3, "003": 0.1}


def reports() -> Iterator[dict[str, Any]]:
    """1,200 a year, most of them from the first area, which knows other offenses than the rest."""
    rng = random.Random(5)
    for number in range(2400):
        day = datetime(2015, 1, 1) + timedelta(days=rng.randrange(731), minutes=rng.randrange(1440))
        area = rng.choices(list(AREAS), list(AREAS.values()))[0]
        # A cell that nobody had heard of before 2016.
        moved = 0.1 if day.year == 2016 and rng.random() < 0.05 else 0.0
        yield incident(
            incident_id=str(number),
            occurred_at=day,
            area=area,
            offense_group=rng.choices(GROUPS, (1, 1, 6) if area == "001" else (3, 1, 1))[0],
            latitude=41.7 + 0.05 * int(area) + moved,
            longitude=-87.7,
        )


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(spark, str(tmp_path_factory.mktemp("kinds")))
    lake.append(INCIDENTS, incidents(spark, *reports()))
    settings, silent, cities = tiny_settings(matrix="none"), Progress(io.StringIO()), cities_named(["chicago"])
    write_examples(lake, TASKS, cities, settings, silent)
    train(lake, cities, TASKS, CHOSEN, settings, silent)
    evaluate_stage(lake, cities, TASKS, CHOSEN, settings, silent)
    return lake


def values(lake: Lake, task: Task, metric: str, delay: int = 0) -> dict[str, float]:
    rows = lake.read(METRICS).where(f"task = '{task.name}' AND metric = '{metric}' AND delay = {delay}").collect()
    return {row["learner"]: row["value"] for row in rows}


def test_every_legal_pair_has_a_cell_for_each_delay(lake):
    cells = {(row["task"], row["learner"], row["delay"]) for row in lake.read(CELLS).collect()}
    panels = {
        (t, n, delay) for t, n in (("counts", "linear_regression"), ("counts", "trailing_mean")) for delay in (0, 7)
    }
    panels |= {("counts", name, delay) for name in ("class_prior", "seasonal_naive") for delay in (0, 7)}
    panels |= {("spots", name, delay) for name in ("logistic_regression", *SPOTTERS) for delay in (0, 7)}
    assert cells == panels | {("classes", "class_prior", 0), ("classes", "logistic_regression", 0)}


def test_classes_are_told_apart_and_those_never_seen_are_one(lake):
    [classes] = lake.read(CELLS).where("task = 'classes'").select("classes").distinct().collect()
    assert classes["classes"] == [*GROUPS, "other"]
    rows = lake.read(PREDICTIONS).where("task = 'classes'").collect()
    assert len(rows) == 2 * lake.read(INCIDENTS).where("year = 2016").count()
    assert all(len(row["probabilities"]) == 4 and sum(row["probabilities"]) == pytest.approx(1) for row in rows)
    result = values(lake, CLASSES, "macro_auc")
    assert result["logistic_regression"] > 0.6 > result["class_prior"] == 0.5


def test_counts_are_predicted_for_every_area_and_day(lake):
    rows = lake.read(PREDICTIONS).where("task = 'counts' AND learner = 'linear_regression' AND delay = 0")
    assert rows.count() == 366 * len(AREAS)
    assert rows.where("prediction IS NULL").isEmpty()
    result = values(lake, COUNTS, "mae")
    assert result["linear_regression"] < result["class_prior"]


def test_a_longer_delay_knows_less(lake):
    late, early = (
        {
            r["example_id"]: r["prediction"]
            for r in lake.read(PREDICTIONS)
            .where(f"task = 'counts' AND learner = 'trailing_mean' AND delay = {delay}")
            .collect()
        }
        for delay in (7, 0)
    )
    assert set(late) == set(early)
    assert late != early


def test_spots_are_ranked_and_what_no_cell_of_training_knew_counts_all_the_same(lake):
    collected = lake.read(CELLS).where("task = 'spots' AND delay = 0").select("k", "base_rate").distinct().collect()
    [(k, base_rate)] = map(tuple, collected)
    assert k >= 2
    assert 0 < base_rate <= 0.2
    rows = lake.read(PREDICTIONS).where("task = 'spots' AND learner = 'prior_counts' AND delay = 0")
    outside = rows.where("prediction IS NULL")
    assert rows.where("prediction IS NOT NULL").select("unit").distinct().count() == len(AREAS)
    assert outside.where("label = 0").isEmpty()
    happened = lake.read(INCIDENTS).where("year = 2016").count()
    assert outside.count() > 0
    assert values(lake, SPOTS, "n")["prior_counts"] == happened
    assert values(lake, SPOTS, "hit_10")["prior_counts"] == pytest.approx(0.6, abs=0.06)
    assert values(lake, SPOTS, "pai_10")["prior_counts"] > 1.5


def test_learners_are_compared_within_their_task_and_delay(lake):
    rows = lake.read(COMPARISONS).where("task = 'spots' AND metric = 'pai_10'").collect()
    assert {(row["learner"], row["other"], row["delay"]) for row in rows} == {
        ("logistic_regression", other, delay) for other in SPOTTERS for delay in (0, 7)
    }


def test_classes_are_called_by_their_names(lake):
    names = {*GROUPS, "other"}
    rows = lake.read(METRICS).where("task = 'classes' AND metric = 'class_recall'").collect()
    assert {(row["learner"], row["class"]) for row in rows} == {
        (learner, name) for learner in ("class_prior", "logistic_regression") for name in names
    }
    pairs = lake.read(CONFUSION).where("task = 'classes' AND learner = 'logistic_regression'").collect()
    assert {(row["actual"], row["predicted"]) for row in pairs} == {(key, other) for key in names for other in names}
    assert sum(row["rows"] for row in pairs) == lake.read(INCIDENTS).where("year = 2016").count()
    curves = lake.read(CURVES).where("task = 'classes'").select("curve", "class").distinct().collect()
    # No row is of the class that nobody had seen: it has no curve but that of its probabilities.
    ranked = {(curve, name) for curve in ("roc", "pr", "gain", "lift") for name in GROUPS}
    assert {tuple(row) for row in curves} == ranked | {("reliability", name) for name in names}


def test_errors_are_scaled_by_those_of_a_week_ago(lake):
    mae, mase = (values(lake, COUNTS, name) for name in ("mae", "mase"))
    assert mase == pytest.approx({name: value / mae["seasonal_naive"] for name, value in mae.items()})
    assert mase["linear_regression"] < 1


def test_errors_are_scaled_and_compared_as_before_when_one_learner_is_evaluated_again(lake, tmp_path):
    again, linear = copied(lake, tmp_path), next(first for first in CHOSEN if first.name == "linear_regression")
    settings = tiny_settings(matrix="none")
    evaluate_stage(again, cities_named(["chicago"]), [COUNTS], [linear], settings, Progress(io.StringIO()))
    for table in (METRICS, COMPARISONS):
        before, after = (first.read(table).orderBy(*table.key) for first in (lake, again))
        assert_approx_df_equality(after, before, 1e-9)


def test_spots_have_the_curves_of_a_ranking(lake):
    rows = lake.read(CURVES).where("task = 'spots' AND learner = 'prior_counts' AND delay = 0").collect()
    ends = {row["curve"]: (row["x"], row["y"]) for row in sorted(rows, key=lambda row: row["point"])}
    custom = lake.read(PREDICTIONS).where("task = 'spots' AND learner = 'prior_counts' AND delay = 0")
    outside = custom.where("prediction IS NULL").agg({"label": "sum"}).first()[0]
    inside = 1 - outside / lake.read(INCIDENTS).where("year = 2016").count()
    assert ends["hit_rate"] == (1, pytest.approx(inside))
    assert 0 < ends["area_share"][0] <= inside
    assert lake.read(CURVES).where("task = 'counts'").isEmpty()
