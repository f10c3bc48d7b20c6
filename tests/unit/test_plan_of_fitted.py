"""The plan of stages that only look at what was fitted: what was not is refused, where the lake is local."""

from __future__ import annotations

from pathlib import Path

import pytest

from crime_spark.fitting.cells import Cell
from crime_spark.learners import LEARNERS
from crime_spark.tasks import TASKS
from tests.unit.test_plan import fault, plan


@pytest.fixture
def fitted(tmp_path: Path) -> str:
    """A lake with two learners' models of 2015 and 2016."""
    (tmp_path / "gold" / "predictions").mkdir(parents=True)
    (tmp_path / "silver" / "incidents").mkdir(parents=True)
    for name in ("gbt", "class_prior"):
        for year in (2015, 2016):
            learner = next(learner for learner in LEARNERS if learner.name == name)
            cell = Cell("chicago", TASKS[0], learner, "per_year", "fair", 0, year, year)
            (tmp_path / cell.model).mkdir(parents=True)
    return str(tmp_path)


THERE = (
    "; there are models of city chicago, task serious_offense, learner class_prior and gbt, protocol per_year, policy "
    "fair, scored on 2016 and 2017; choose among these, or run stage train"
)


@pytest.mark.parametrize("stage", ["evaluate", "explain"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"learners": "gbt,random_forest"}, "learner random_forest"),
        ({"tasks": "serious_offense,arrest"}, "task arrest"),
    ],
)
def test_named_task_or_learner_without_a_model_is_refused(fitted, stage, options, words):
    assert fault(stage, lake=fitted, **options) == f"no model was fitted for {words}{THERE}"


def test_only_explain_checks_test_years(fitted):
    """A setting of three years of which two follow each other trains, and must not stop the next job."""
    assert fault("explain", lake=fitted, years=[2015]) == f"no model was fitted for year 2015{THERE}"
    assert fault("explain", lake=fitted, years=[2013, 2016]) == f"no model was fitted for year 2013{THERE}"
    for stages in (["evaluate"], ["report"], ["evaluate", "report"]):
        assert plan(*stages, lake=fitted, years=[2013, 2015, 2016])


def test_report_needs_only_one_named_task_and_learner_with_a_model(fitted):
    assert plan("report", lake=fitted, learners="gbt,random_forest", tasks="serious_offense,arrest")
    assert fault("report", lake=fitted, learners="random_forest") == (
        f"no model was fitted for learner random_forest{THERE}"
    )


def test_models_that_the_same_job_fits_are_not_required(fitted):
    for options in ({"learners": "gbt,random_forest"}, {"tasks": "serious_offense,arrest"}):
        assert plan("examples", "train", "evaluate", lake=f"file://{fitted}", **options)


def test_protocol_or_city_without_a_model_is_refused(fitted):
    assert fault("evaluate", lake=fitted, protocol="expanding") == f"no model was fitted for protocol expanding{THERE}"
    assert fault("evaluate", lake=fitted, cities="los_angeles") == f"no model was fitted for city los_angeles{THERE}"


def test_fitted_cells_are_those_of_the_choice(fitted):
    assert [str(cell) for cell in plan("evaluate", lake=fitted, learners="gbt").fitted_cells] == [
        "chicago serious_offense 2015 to 2016: gbt",
        "chicago serious_offense 2016 to 2017: gbt",
    ]
    [cell] = plan("explain", lake=fitted, learners="gbt", years=[2015, 2016]).fitted_cells
    assert cell.test_year == 2016
    assert plan("report", lake=fitted, protocol="expanding", cities="los_angeles", tasks="all")
    assert plan("evaluate", lake="s3a://bucket/lake", years=[1999]).fitted_cells == []
