"""Points and draws of a space, and what is simple in it."""

from __future__ import annotations

from math import sqrt

import pytest

from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners.learner import Learner
from crime_spark.learners.space import Choice, Real, Whole
from crime_spark.tuning.search_space import complexity, drawn, free, grid, holds, trial_name, written

SPACES = {"depth": Whole(1, 5), "c": Real(0.01, 100.0, log=True, simpler="low"), "way": Choice(("a", "b", "c"))}


def test_a_grid_has_both_ends_and_the_middle_of_each_and_every_choice():
    points = grid(SPACES, 3, seed=1)
    assert {name: sorted({point[name] for point in points}) for name in SPACES} == {
        "depth": [1, 3, 5],
        "c": [0.01, 1.0, 100.0],
        "way": ["a", "b", "c"],
    }
    assert len(points) == len({trial_name(point) for point in points}) == 27


def test_the_order_of_a_grid_is_drawn_by_the_seed():
    assert grid(SPACES, 3, 1) == grid(SPACES, 3, 1)
    assert grid(SPACES, 3, 1) != grid(SPACES, 3, 2)
    assert sorted(map(written, grid(SPACES, 3, 1))) == sorted(map(written, grid(SPACES, 3, 2)))


def test_steps_that_fall_on_the_same_whole_number_are_one():
    assert sorted(point["few"] for point in grid({"few": Whole(1, 2)}, 5, 1)) == [1, 2]


def test_a_draw_depends_on_seed_and_number_alone():
    assert drawn(SPACES, 7, 3) == drawn(dict(reversed(SPACES.items())), 7, 3)
    assert len({written(drawn(SPACES, 7, index)) for index in range(20)}) == 20
    assert drawn(SPACES, 7, 3) != drawn(SPACES, 8, 3)


def test_draws_reach_everything_evenly():
    draws = [drawn(SPACES, 1, index) for index in range(600)]
    for name, values in {"depth": range(1, 6), "way": "abc"}.items():
        counts = [sum(draw[name] == value for draw in draws) for value in values]
        assert min(counts) > 0.6 * max(counts)
    below = sum(draw["c"] < 1 for draw in draws)  # half of them, as 1 is the middle of the logarithms
    assert 240 < below < 360
    assert all(holds(space, draw[name]) for draw in draws for name, space in SPACES.items())


@pytest.mark.parametrize(
    ("space", "value", "is_in_space"),
    [
        (Whole(1, 5), 5, True),
        (Whole(1, 5), 6, False),
        (Whole(1, 5), 2.0, False),
        (Whole(0, 5), True, False),
        (Real(0.0, 1.0), 1, True),
        (Real(0.0, 1.0), 1.1, False),
        (Choice((0.0, 1.0)), 1.0, True),
        (Choice((0.0, 1.0)), 1, False),
        (Choice(("a",)), "b", False),
    ],
)
def test_what_a_space_holds(space, value, is_in_space):
    assert holds(space, value) is is_in_space


def test_complexity_is_the_sum_of_what_each_setting_is_from_its_simple_end():
    assert complexity(SPACES, {"depth": 1, "c": 0.01, "way": "a"}) == pytest.approx(1)
    assert complexity(SPACES, {"depth": 3, "c": 1.0, "way": "c"}) == pytest.approx(1 + 0.5 + 0.5 + 1)
    assert complexity({"a": Real(1.0, 5.0), "b": Whole(1, 3, simpler=None)}, {"a": 2.0, "b": 3}) == pytest.approx(1.75)
    assert complexity({"n": Whole(1, 100, log=True, simpler="high")}, {"n": 10}) == pytest.approx(1.5)


def test_fewer_features_are_simpler():
    whole, some = {"depth": 3}, {"depth": 3, "features": "importance:0.25"}
    assert complexity(SPACES, whole) - complexity(SPACES, some) == pytest.approx(0.75)


def test_what_the_user_gives_is_not_tuned():
    learner = Learner("x", lambda *_: None, "indices", settings={"depth": 2, "c": 1.0}, space={"depth": Whole(1, 3)})
    assert free(learner, Binary, {}) == learner.space
    assert free(learner, Binary, {"depth": 3}) == {}
    assert free(learner, Binary, {"c": 3.0}) == learner.space


def test_what_a_kind_makes_no_use_of_is_not_tuned():
    learner = Learner(
        "x",
        lambda *_: None,
        "indices",
        kinds=(Binary, MultiClass, Regression, Ranking),
        settings={"depth": 2, "c": 1.0},
        space={"depth": Whole(1, 3), "c": Real(0.1, 1.0)},
        of_kinds={"c": (MultiClass, Regression)},
    )
    assert set(free(learner, Binary, {})) == {"depth"}
    assert set(free(learner, MultiClass, {})) == {"depth", "c"}
    # Units to be ranked are fitted as numbers.
    assert set(free(learner, Ranking, {})) == {"depth", "c"}
    assert set(free(learner, Ranking, {"depth": 1})) == {"c"}


def test_a_name_is_of_the_values_whatever_their_order():
    assert trial_name({"a": 1, "b": 2.5}) == trial_name({"b": 2.5, "a": 1}) != trial_name({"a": 1, "b": 2})
    assert written({"b": sqrt(4), "a": 1}) == '{"a": 1, "b": 2.0}'
