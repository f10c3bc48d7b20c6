"""Every space: what may be tried is what the learner takes, and its own settings are among it."""

from __future__ import annotations

import pytest

from crime_spark.learners import LEARNERS
from crime_spark.tuning.spaces import drawn, grid, holds

TUNABLE = [learner for learner in LEARNERS if learner.space]
each = pytest.mark.parametrize("learner", TUNABLE, ids=[learner.name for learner in TUNABLE])


def test_what_is_fitted_by_default_can_be_tuned():
    assert [each.name for each in LEARNERS if each.default and not each.baseline and not each.space] == []


@each
def test_the_usual_settings_lie_in_it(learner):
    assert {name: holds(space, learner.settings[name]) for name, space in learner.space.items()} == dict.fromkeys(
        learner.space, True
    )


@each
def test_whatever_is_tried_is_a_setting_that_the_learner_takes(learner):
    tried = [*grid(learner.space, 2, 1), *(drawn(learner.space, 1, at) for at in range(20))]
    for parameters in tried:
        assert learner.with_settings(parameters) == {**learner.settings, **parameters}
        assert all(holds(space, parameters[name]) for name, space in learner.space.items())
