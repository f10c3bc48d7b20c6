"""How long the stages of a job are expected to take, one in proportion to the other."""

from __future__ import annotations

from crime_spark import job
from crime_spark.config import load_settings
from crime_spark.job import STAGES
from crime_spark.plan import check_plan


def test_the_time_of_stages_that_fit_grows_with_the_models_chosen():
    def expected(*learners: str) -> dict[str, float]:
        options = {"lake": "s3a://bucket/lake", "learners": list(learners)}
        return job._expected(check_plan(load_settings(options=options, environment={}), list(STAGES)[1:]))

    few, more = expected("gbt", "logistic_regression", "class_prior"), expected("gbt")
    assert few == {name: seconds for name, seconds in job.SECONDS.items() if name != "ingest"}
    assert [name for name in few if more[name] != few[name]] == ["examples", "train", "evaluate"]
    assert more["train"] == few["train"] / 2
