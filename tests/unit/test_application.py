"""The estimate of how long the stages of a job take."""

from __future__ import annotations

from crime_spark import application
from crime_spark.config import load_settings
from crime_spark.plan import check_plan
from crime_spark.stages import STAGES, Run


def test_expected_time_of_fitting_stages_grows_with_the_number_of_models():
    def expected(*learners: str) -> dict[str, float]:
        options = {"lake": "s3a://bucket/lake", "learners": list(learners)}
        plan = check_plan(load_settings(options=options, environment={}), [stage.name for stage in STAGES[1:]])
        run = Run(None, plan.settings, plan.cities, plan.tasks, plan.learners, None, None)  # type: ignore[arg-type]
        return application._expected(run, STAGES[1:])

    few, more = expected("gbt", "logistic_regression", "class_prior"), expected("gbt")
    assert few == {stage.name: stage.seconds for stage in STAGES[1:]}
    assert [name for name in few if more[name] != few[name]] == ["examples", "train", "evaluate"]
    assert more["train"] == few["train"] / 2
