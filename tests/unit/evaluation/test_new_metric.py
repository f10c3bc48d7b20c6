"""A new metric is one declaration and one function: every job then computes, compares and shows it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from crime_spark import plan as planning
from crime_spark.evaluation.binary import FORMULAS
from crime_spark.evaluation.findings import Findings
from crime_spark.evaluation.formulas import Rows
from crime_spark.evaluation.resampling import all_rows, estimates
from crime_spark.fitting.model_store import FittedModels
from crime_spark.kinds import Binary, Metric
from crime_spark.lake import Lake
from crime_spark.plan import check_plan
from crime_spark.progress import Progress
from crime_spark.reporting import material
from crime_spark.schemas import COMPARISONS, METRICS, PREDICTIONS
from crime_spark.stages import STAGE_BY_NAME, Run
from tests.unit.training.tiny import TASK, copied, tiny_settings

ERROR = Metric(
    "mean_error",
    "Mean error",
    "Mean error: the mean distance of the probability from the outcome, by {unit}.",
    higher_is_better=False,
    decimals=1,
    unit="%",
    compared=True,
)
LEARNERS = ("logistic_regression", "gbt", "class_prior")


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The declaration and the function, and the tiny task in place of all tasks."""

    def mean_error(rows: Rows) -> Findings:
        error = np.abs(rows.label - rows.predicted)
        ones = np.ones_like(error)
        sets = (all_rows(len(error)), rows.drawn)
        means = ({ERROR.name: resamples.sums(error) / resamples.sums(ones)} for resamples in sets)
        return Findings(estimates(*means))

    monkeypatch.setattr(Binary, "metrics", (*Binary.metrics, ERROR))
    monkeypatch.setitem(FORMULAS, ERROR.name, mean_error)
    for module in (planning, material):
        monkeypatch.setattr(module, "TASKS", (TASK,))


def run(lake: Lake, *stages: str) -> str:
    """The stages of a checked plan; the path of the report."""
    options = {"lake": lake.root, "cities": "chicago", "tasks": TASK.name, "learners": ",".join(LEARNERS)}
    plan = check_plan(tiny_settings(matrix="none", **options), stages)
    progress = Progress(io.StringIO())
    context = Run(lake, plan.settings, plan.cities, plan.tasks, plan.learners, progress, FittedModels(lake))
    return [STAGE_BY_NAME[name].run(context).result for name in plan.stages][-1] or ""


def test_a_new_metric_is_computed_compared_and_shown(declared: None, trained: Lake, tmp_path: Path) -> None:
    lake = copied(trained, tmp_path)
    page = Path(run(lake, "evaluate", "report")).read_text(encoding="utf-8")
    metrics = {
        (row["learner"], row["test_year"]): row
        for row in lake.read(METRICS).where(f"metric = '{ERROR.name}' AND history = 'rolling'").collect()
    }
    assert set(metrics) == {(learner, year) for learner in LEARNERS for year in (2016, 2017)}
    for (learner, year), row in metrics.items():
        predicted = lake.read(PREDICTIONS).where(f"city = 'chicago' AND learner = '{learner}' AND test_year = {year}")
        pairs = predicted.select("label", "probability").collect()
        assert row["value"] == pytest.approx(np.mean([abs(label - probability) for label, probability in pairs]))
        assert row["low"] < row["value"] < row["high"]
    compared = lake.read(COMPARISONS).where(f"metric = '{ERROR.name}' AND learner = 'gbt' AND test_year = 2017")
    # area_premise_rate is not evaluated, but has stored predictions.
    others = {"logistic_regression", "class_prior", "area_premise_rate"}
    assert {row["other"] for row in compared.collect()} == others
    assert "Mean error (lower is better)" in page
    assert f"{metrics['gbt', 2017]['value']:.1%}".replace("%", " %") in page
    assert "the mean distance of the probability from the outcome, by incidents per day." in page
