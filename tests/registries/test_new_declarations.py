"""The worked examples of CONTRIBUTING.md: a declaration and its name in the tuple are enough for every job."""

from __future__ import annotations

import importlib
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crime_spark import plan as planning
from crime_spark.cities import CITIES
from crime_spark.evaluation import evaluators, regression
from crime_spark.evaluation.formulas import Formulas
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.examples.incidents import to_examples, write_examples
from crime_spark.kinds import Kind, Metric, Regression
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS, Learner
from crime_spark.learners.linear_regression import LINEAR_REGRESSION
from crime_spark.plan import Plan, check_plan
from crime_spark.progress import Progress
from crime_spark.reporting import material
from crime_spark.reporting.stage import report
from crime_spark.schemas import INCIDENTS, METRICS, STATISTICS
from crime_spark.statistics import STATISTICS as DECLARED
from crime_spark.statistics import stage as describing
from crime_spark.statistics import statistic as statistics
from crime_spark.tasks import TASKS, Task
from crime_spark.training.stage import train
from tests.incidents import incident, incidents
from tests.markdown import FENCE, Page
from tests.unit.training.tiny import TASK, tiny_settings, year_of_incidents

QUIET = Progress(io.StringIO())
CHICAGO = CITIES[:1]


def blocks(heading: str) -> list[str]:
    """The Python blocks of a section of CONTRIBUTING.md."""
    section = Page("CONTRIBUTING.md").text.partition(f"\n## {heading}\n")[2].split("\n## ")[0]
    return [body for language, body in FENCE.findall(section) if language == "python"]


def declared(heading: str, name: str) -> Any:
    """What the first block of a section declares under a name."""
    namespace: dict[str, Any] = {"__name__": "contributing"}
    exec(blocks(heading)[0], namespace)
    return namespace[name]


def plan_of(lake: Lake, **options: str) -> Plan:
    """The plan of ingest, examples and train for a landed file of Chicago."""
    landed = Path(f"{lake.root}.csv")
    landed.touch()
    return check_plan(
        tiny_settings(lake=lake.root, cities="chicago", inputs__chicago=str(landed), **options),
        ["ingest", "examples", "train"],
    )


def hour_task(kind: Kind) -> Task:
    """The hour of the incident as a number."""
    label = "CAST(hour(occurred_at) AS DOUBLE)"
    return replace(TASK, name="hour", kind=kind, target="occurred_at", label=label, features=TASK.features[1:])


def metrics_after_fit(lake: Lake, task: Task, learner: Learner) -> set[str]:
    """Metrics of a learner that is fitted on 60 incidents of 2015 and evaluated on 60 of 2016."""
    rows = [row for year in (2015, 2016) for row in year_of_incidents("chicago", year, rows=60)]
    lake.append(INCIDENTS, incidents(lake.spark, *rows))
    write_examples(lake, [task], CHICAGO, tiny_settings(), QUIET)
    train(lake, CHICAGO, [task], [learner], tiny_settings(), QUIET)
    evaluate_stage(lake, CHICAGO, [task], [learner], tiny_settings(), QUIET)
    return {row["metric"] for row in lake.read(METRICS).where(f"learner = '{learner.name}'").collect()}


def test_new_task_is_planned_and_has_examples(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    task = declared("Add a task", "AFTER_DARK")
    monkeypatch.setattr(planning, "TASKS", (*TASKS, task))
    plan = plan_of(lake, tasks="after_dark")
    assert plan.tasks == (task,)
    assert "gbt" in {learner.name for learner in plan.learners}
    rows = [incident(incident_id=str(hour), occurred_at=datetime(2016, 1, 8, hour)) for hour in (19, 20)]
    examples = to_examples(incidents(lake.spark, *rows), task, CITIES, tiny_settings().features)
    assert {row["example_id"]: row["label"] for row in examples.collect()} == {"19": 0.0, "20": 1.0}


def test_new_learner_is_planned_fitted_and_evaluated(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    learner = declared("Add a learner", "DECISION_TREE")
    monkeypatch.setattr(planning, "LEARNERS", (*LEARNERS, learner))
    plan = plan_of(lake, tasks="hourly_volume", learners="decision_tree")
    assert plan.learners == (learner,)
    assert "mae" in metrics_after_fit(lake, hour_task(Regression()), learner)


def test_new_kind_is_fitted_evaluated_and_reported(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    declaration, computed = blocks("Add a kind of task")
    # In a module, because Spark's Python workers import the class.
    module = tmp_path / "contributed_kind.py"
    module.write_text(declaration, encoding="utf-8")
    lake.spark.sparkContext.addPyFile(str(module))
    kind = importlib.import_module(module.stem).Count
    formulas = eval(computed, {"Count": kind, "regression": regression})
    monkeypatch.setitem(evaluators.FORMULAS, kind, formulas[kind])  # type: ignore[arg-type]
    task = hour_task(kind())
    monkeypatch.setattr(material, "TASKS", (task,))
    learner = replace(LINEAR_REGRESSION, kinds=(*LINEAR_REGRESSION.kinds, kind))
    assert metrics_after_fit(lake, task, learner) == {"mae", "poisson_deviance", "rows"}
    page = Path(report(lake, CHICAGO, QUIET)).read_text(encoding="utf-8")
    assert "Poisson deviance (lower is better)" in page


def test_new_metric_is_computed():
    """tests/unit/evaluation/test_new_metric.py follows a metric through all jobs."""
    declaration, function = blocks("Add a metric")
    metric, formulas = eval(declaration, {"Metric": Metric}), Formulas()
    exec(function, {**vars(regression), "FORMULAS": formulas})
    label, predicted = np.array([0.0, 1.0, 5.0]), np.ones(3)
    findings = formulas.evaluate(label, predicted, np.arange(3), resamples=2, seed=1)
    assert {name: estimate.value for name, estimate in findings.metrics.items()} == {metric.name: 1.0}


def test_new_statistic_is_described(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    (text,) = blocks("Add a statistic")
    statistic = eval(text, dict(vars(statistics)))
    monkeypatch.setattr(describing, "STATISTICS", statistics.registered(*DECLARED, statistic))
    lake.append(INCIDENTS, incidents(lake.spark, *(incident(incident_id=key, ward="7") for key in "12")))
    describing.describe(lake, QUIET)
    rows = lake.read(STATISTICS).where("statistic = 'by_ward' AND measure = 'rows' AND year IS NULL").collect()
    assert [(row["value_1"], row["value"]) for row in rows] == [("7", 2.0)]
