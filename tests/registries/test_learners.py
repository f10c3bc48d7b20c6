"""Every learner and kind of task: planned, fitted, stored, scored, evaluated and reported as a job does it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from math import isfinite, sin
from pathlib import Path
from typing import Any

import pytest
from pyspark.ml import Estimator, Model
from pyspark.sql import SparkSession

from crime_spark.cities import CITIES
from crime_spark.config import load_settings
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.features.feature import Feature
from crime_spark.features.recent_periods import SERIES_PERIODS
from crime_spark.fitting.blocks import LONGER_HISTORY
from crime_spark.fitting.cells import Cell, unfit
from crime_spark.fitting.model_store import load_model, save_model
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner, Shape
from crime_spark.progress import Progress
from crime_spark.reporting.stage import report
from crime_spark.schemas import INCIDENTS, METRICS, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from crime_spark.training.stage import train
from tests.incidents import incident, incidents
from tests.submitting import QUICK_JAVA, ROOT, environment
from tests.webhdfs import memory_files

KINDS = (Binary, MultiClass, Regression, Ranking)
# Of each kind the task that most learners can fit.
TASK_OF = {
    kind: max(
        (task for task in TASKS if isinstance(task.kind, kind)),
        key=lambda task: sum(unfit(task, learner) is None for learner in LEARNERS),
    )
    for kind in KINDS
}
PAIRS = [(learner, kind) for learner in LEARNERS for kind in learner.kinds]
NAMES = [f"{learner.name}-{kind.__name__}" for learner, kind in PAIRS]
CITY = replace(CITIES[0], delay_days=0)
TRAINED, TESTED = 2015, 2016
CLASSES = 4  # three that the training rows have, and one for all others, of which they have none
LABELS = {
    Binary: lambda number: number % 5 // 3,
    MultiClass: lambda number: number % 7 // 3,
    Regression: lambda number: number % 5 * 2,
    Ranking: lambda number: number % 2 + 3 * (number % 20 == 7),
}


def value(feature: Feature, number: int) -> Any:
    """Of the example's feature, which is unknown now and then; all differ, so that no two are the same feature."""
    turn = number * (2 + sum(map(ord, feature.name)) % 7)
    if turn % 11 == 10:
        return None
    if feature.kind == "number":
        return abs(sin(turn)) * 50
    if feature.kind == "series":
        return [abs(sin(turn + number)) * 50 for number in range(SERIES_PERIODS)]
    return f"{turn % 4}" if feature.kind == "category" else [f"{turn % 4}", f"{turn % 3}"]


def unseen(feature: Feature) -> Any:
    """A value that is unlike all that was seen in training."""
    return {"number": 1e12, "category": "MOON", "codes": ["MOON", None], "series": [1e12] * SERIES_PERIODS}[
        feature.kind
    ]


def rows_of(task: Task, kind: type) -> Iterator[dict[str, Any]]:
    """60 rows to train on, and 7 to test on: 5 of those, one with no value, and one with values never seen."""
    features = task.inputs("fair")
    usual = {"city": CITY.name, "delay": 0, "month": 1}
    for year, count in ((TRAINED, 60), (TESTED, 5)):
        for index in range(count):
            keys = {
                "example_id": f"{year} {index:02}",
                "unit": f"u{index % 5}",
                "year": year,
                "label": float(LABELS[kind](index)),
            }
            values = {feature.name: value(feature, index) for feature in features}
            yield {**usual, **keys, "occurred_at": datetime(year, 1, 1) + timedelta(days=index), **values}
    # A ranking orders equal scores by the unit's whole past, which every period has.
    nothing = {LONGER_HISTORY: 3.0} if kind is Ranking else {}
    for index, values in ((5, nothing), (6, {feature.name: unseen(feature) for feature in features})):
        # A class without training rows: the year that is scored may have some.
        keys = {
            "example_id": f"{TESTED} {index:02}",
            "unit": f"u{index % 5}",
            "year": TESTED,
            "label": 5.0 * (kind is MultiClass),
        }
        yield {**usual, **keys, "occurred_at": datetime(TESTED, 1, 1) + timedelta(days=index), **values}


def quick_settings() -> Settings:
    """Two steps, levels or trees of whatever a learner makes."""
    names = ("maxIter", "maxIterOfClass", "maxDepth", "numTrees")
    quick = {learner.name: {name: 2 for name in names if name in learner.settings} for learner in LEARNERS}
    options = {"learner_settings": {name: chosen for name, chosen in quick.items() if chosen}}
    return load_settings(options={**options, "evaluation.resamples": 10, "matrix": "none"}, environment={})


@dataclass(frozen=True)
class Trained:
    """The lake of one kind after train, evaluate and report: what is predicted of the test year, by learner."""

    lake: Lake
    predicted: dict[str, list[Any]]
    measured: frozenset[str]
    page: str


@cache
def trained(spark: SparkSession, folder: Path, kind: type) -> Trained:
    """All learners that can fit the kind, in one run."""
    lake, task = Lake(spark, str(folder / kind.__name__)), TASK_OF[kind]
    rows = [tuple(row.get(name) for name in task.examples.names) for row in rows_of(task, kind)]
    lake.replace(task.examples, spark.createDataFrame(rows, task.examples.struct).coalesce(1))
    # Evaluating looks at what happened in the years that models are tested on.
    happened = [
        incident(city=CITY.name, incident_id=row["example_id"], occurred_at=row["occurred_at"])
        for row in rows_of(task, kind)
    ]
    lake.append(INCIDENTS, incidents(spark, *happened))
    learners = [learner for learner, source in PAIRS if source is kind]
    progress = Progress(io.StringIO())
    train(lake, [CITY], [task], learners, quick_settings(), progress)
    evaluate_stage(lake, [CITY], [task], learners, quick_settings(), progress)
    page = Path(report(lake, [CITY], progress)).read_text()
    predicted: dict[str, list[Any]] = {}
    for row in lake.read(PREDICTIONS).orderBy("learner", "example_id").collect():
        number = row["probability"] if row["probability"] is not None else row["prediction"]
        predicted.setdefault(row["learner"], []).append(row["probabilities"] or number)
    measured = frozenset(row["learner"] for row in lake.read(METRICS).select("learner").distinct().collect())
    return Trained(lake, predicted, measured, page)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learners")


def model_of(learner: Learner, kind: type) -> str:
    return Cell(CITY.name, TASK_OF[kind], learner, "per_year", "fair", 0, TRAINED, TRAINED).model


@pytest.mark.parametrize(("learner", "kind"), PAIRS, ids=NAMES)
def test_learner_is_built_unfitted(spark, learner, kind):
    assert set(learner.needs) <= {feature.name for feature in TASK_OF[kind].inputs("fair")}
    shape = Shape(learner.fits(kind), 5, 60, CLASSES if kind is MultiClass else 2)
    estimator = learner.build(shape, learner.with_settings({}), 1)
    assert isinstance(estimator, Estimator)
    assert not isinstance(estimator, Model)


@pytest.mark.parametrize(("learner", "kind"), PAIRS, ids=NAMES)
def test_learner_scores_rows_whose_values_it_has_never_seen(spark, folder, learner, kind):
    predicted = trained(spark, folder, kind).predicted[learner.name]
    assert len(predicted) == 7
    for row in predicted:
        if learner.fits(kind) is Regression:
            # What a baseline repeats may be strange; what is fitted is not.
            assert isfinite(row)
            assert learner.baseline or abs(row) < 1000
        elif kind is MultiClass:
            assert len(row) == CLASSES
            assert sum(row) == pytest.approx(1)
            assert all(0 <= item < 1 for item in row)
            assert row[1] > 0
        elif kind is Ranking:  # hotspots are so rare that a leaf of trees may hold none
            assert 0 <= row < 1
        else:
            assert 0 < row < 1


@pytest.mark.parametrize(("learner", "kind"), PAIRS, ids=NAMES)
def test_learner_is_evaluated_and_reported(spark, folder, learner, kind):
    run = trained(spark, folder, kind)
    assert learner.name in run.measured
    # Of the baselines, the page shows the best of each task.
    assert learner.baseline or learner.name in run.page


# What a fresh session reads: of each learner its first kind from another file system, and all others, or that one if it
# is the only one, from the local disk. The code that reads is the same for both.
READ = [
    *((learner, kind, "webhdfs") for learner, kind in PAIRS if kind is learner.kinds[0]),
    *((learner, kind, "local") for learner, kind in PAIRS if kind is not learner.kinds[0] or len(learner.kinds) == 1),
]
READ_NAMES = [f"{learner.name}-{kind.__name__}-{place}" for learner, kind, place in READ]


@dataclass(frozen=True)
class Stored:
    """The Spark jobs that saving models took, and predictions in a fresh process by the names of READ."""

    jobs: int
    loaded: dict[str, list[Any]]


@pytest.fixture(scope="module")
def stored(spark: SparkSession, folder: Path) -> Stored:
    """Models read by PipelineModel.load: those of the lakes, and copies in a file system that is on no disk."""
    requests = []
    tracker = spark.sparkContext.statusTracker()
    with memory_files() as files:
        elsewhere = Lake(spark, f"{files.url}/stored")
        for (learner, kind, place), name in zip(READ, READ_NAMES, strict=True):
            lake, task = trained(spark, folder, kind).lake, TASK_OF[kind]
            rows = folder / f"{kind.__name__}.parquet"
            if not rows.exists():
                tested = lake.read(task.examples).where(f"year = {TESTED}")
                tested.coalesce(1).write.parquet(str(rows))
            model = lake.path(model_of(learner, kind))
            if place == "webhdfs":
                fitted = load_model(lake, model_of(learner, kind))
                spark.sparkContext.setJobGroup("saving", name)
                save_model(elsewhere, name, fitted)
                spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
                model = elsewhere.path(name)
            requests.append({"model": model, "rows": str(rows)})
        spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
        jobs = len(tracker.getJobIdsForGroup("saving"))
        request, answer = folder / "request.json", folder / "answer.json"
        request.write_text(json.dumps(requests))
        command = [sys.executable, "-m", "tests.loading", str(request), str(answer), QUICK_JAVA]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=900, check=False
        )
    assert done.returncode == 0, done.stderr
    return Stored(jobs, dict(zip(READ_NAMES, json.loads(answer.read_text()), strict=True)))


@pytest.mark.parametrize(("learner", "kind", "place"), READ, ids=READ_NAMES)
def test_stored_model_predicts_the_same_in_a_fresh_session(spark, folder, stored, learner, kind, place):
    loaded = stored.loaded[f"{learner.name}-{kind.__name__}-{place}"]
    if learner.fits(kind) is Binary:
        loaded = [probability for _, probability in loaded]
    assert loaded == trained(spark, folder, kind).predicted[learner.name]


def test_no_model_takes_a_spark_job_to_save(stored):
    assert stored.jobs == 0


@pytest.mark.parametrize(("learner", "kind"), PAIRS, ids=NAMES)
def test_stored_model_has_no_serialized_objects_of_java_or_python(spark, folder, learner, kind):
    model = Path(trained(spark, folder, kind).lake.path(model_of(learner, kind)))
    with zipfile.ZipFile(model / "stages/0_stored/stages.zip") as archive:
        starts = {entry: archive.read(entry)[:2] for entry in archive.namelist()}
    assert len(starts) > 1
    java, pickles = b"\xac\xed", {bytes([0x80, protocol]) for protocol in range(2, 6)}
    assert [entry for entry, start in starts.items() if start == java or start in pickles] == []
