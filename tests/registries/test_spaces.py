"""Every space: what may be tried is what the learner takes, and its own settings are among it."""

from __future__ import annotations

import pytest

from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners import LEARNERS
from crime_spark.learners.gbt import GBT
from crime_spark.tuning.search_space import drawn, free, grid, holds

TUNABLE = [learner for learner in LEARNERS if learner.space]
for_each_learner = pytest.mark.parametrize("learner", TUNABLE, ids=[learner.name for learner in TUNABLE])


def test_what_is_fitted_by_default_can_be_tuned():
    assert [
        learner.name for learner in LEARNERS if learner.default and not learner.baseline and not learner.space
    ] == []


@for_each_learner
def test_the_usual_settings_lie_in_it(learner):
    assert {name: holds(space, learner.settings[name]) for name, space in learner.space.items()} == dict.fromkeys(
        learner.space, True
    )


@for_each_learner
def test_whatever_is_tried_is_a_setting_that_the_learner_takes(learner):
    tried = [*grid(learner.space, 2, 1), *(drawn(learner.space, 1, index) for index in range(20))]
    for parameters in tried:
        assert learner.with_settings(parameters) == {**learner.settings, **parameters}
        assert all(holds(space, parameters[name]) for name, space in learner.space.items())


@pytest.mark.parametrize(
    "learner",
    [member for member in LEARNERS if member.treatment],
    ids=lambda member: member.name,
)
def test_a_treated_learner_can_be_tuned_as_the_plain_one(learner):
    plain = next(member for member in LEARNERS if learner.name == f"{member.name}_{learner.treatment}")
    assert {name: learner.space.get(name) for name in plain.space} == plain.space


@pytest.mark.parametrize(
    ("task", "unused"), [(Binary, "maxIterOfClass"), (Ranking, "maxIterOfClass"), (MultiClass, "maxIter")]
)
def test_only_the_trees_that_are_grown_are_tuned(task, unused):
    assert set(GBT.space) - set(free(GBT, task, {})) == {unused}
