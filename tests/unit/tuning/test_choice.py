"""The line that picks a winner."""

from __future__ import annotations

from math import nan, sqrt

import pytest

from crime_spark.learners.space import Real, Whole
from crime_spark.tuning.choice import Trial, complete, pick, standard_error
from crime_spark.tuning.search_space import Parameters

SPACES = {"depth": Whole(1, 5), "rate": Real(0.0, 1.0, simpler=None)}


def tried(parameters: Parameters, *values: float | None) -> Trial:
    return Trial(str(parameters), parameters, dict(enumerate(values)))


def picked(*trials: Trial, greater: bool = True, folds: int = 3) -> Parameters:
    result = pick(trials, SPACES, folds, greater=greater)
    assert result is not None
    assert pick(trials[::-1], SPACES, folds, greater=greater) == result  # in whatever order they come
    return result.parameters


def test_the_best_wins_over_simpler_ones_that_are_clearly_worse():
    assert picked(tried({"depth": 1}, 0.60, 0.61, 0.62), tried({"depth": 5}, 0.70, 0.71, 0.72)) == {"depth": 5}


def test_of_an_error_less_is_better():
    trials = (tried({"depth": 1}, 6.0, 6.1, 6.2), tried({"depth": 5}, 7.0, 7.1, 7.2))
    assert picked(*trials, greater=False) == {"depth": 1}
    assert picked(*trials) == {"depth": 5}


@pytest.mark.parametrize(
    ("simpler", "wins"),
    [
        ((0.702, 0.709, 0.716), True),  # it loses -.002, .001, .004: mean .0010, standard error .0017
        ((0.699, 0.709, 0.718), False),  # .001, .001, .002: mean .0013, standard error .0003
    ],
)
def test_a_simpler_one_wins_within_one_standard_error_of_the_loss(simpler, wins):
    assert picked(tried({"depth": 5}, 0.700, 0.710, 0.720), tried({"depth": 2}, *simpler)) == {
        "depth": 2 if wins else 5
    }


def test_folds_of_different_difficulty_do_not_make_a_steady_loss_look_small():
    """Each fold .01 worse: however far the folds are apart, that is no chance."""
    assert picked(tried({"depth": 1}, 0.59, 0.69, 0.79), tried({"depth": 5}, 0.60, 0.70, 0.80)) == {"depth": 5}


def test_among_those_within_it_the_simplest_wins_not_the_better():
    best = tried({"depth": 5}, 0.70, 0.70, 0.70)
    near = [tried({"depth": depth}, 0.70 - off, 0.70 + off, 0.6999) for depth, off in ((4, 0.01), (2, 0.02))]
    assert picked(best, *near) == {"depth": 2}


def test_equally_simple_the_better_one_wins():
    first, second = (
        tried({"depth": 2, "rate": rate}, *values)
        for rate, values in ((0.1, (0.70, 0.71, 0.72)), (0.9, (0.71, 0.71, 0.72)))
    )
    assert picked(first, second) == {"depth": 2, "rate": 0.9}


def test_equal_in_everything_the_first_by_its_parameters_wins():
    trials = [tried({"depth": 2, "rate": rate}, 0.7, 0.7, 0.7) for rate in (0.9, 0.1, 0.5)]
    assert picked(*trials) == {"depth": 2, "rate": 0.1}


def test_with_one_fold_only_equals_tie():
    assert picked(tried({"depth": 1}, 0.6999), tried({"depth": 5}, 0.7), folds=1) == {"depth": 5}
    assert picked(tried({"depth": 1}, 0.7), tried({"depth": 5}, 0.7), folds=1) == {"depth": 1}


@pytest.mark.parametrize("values", [(0.9, 0.9), (0.9, 0.9, None), (0.9, 0.9, nan), ()])
def test_a_trial_that_lacks_a_fold_is_not_looked_at(values):
    lacking, whole = tried({"depth": 1}, *values), tried({"depth": 5}, 0.7, 0.7, 0.7)
    assert complete([lacking, whole], 3) == [whole]
    assert picked(lacking, whole) == {"depth": 5}
    assert pick([lacking], SPACES, 3, greater=True) is None


def test_fewer_features_win_where_they_lose_nothing():
    whole = tried({"depth": 2}, 0.70, 0.71, 0.72)
    some = tried({"depth": 2, "features": "univariate:0.5"}, 0.70, 0.71, 0.72)
    assert picked(whole, some) == some.parameters


def test_nothing_tried_nothing_picked():
    assert pick([], SPACES, 3, greater=True) is None


def test_the_standard_error_of_a_mean():
    assert standard_error([1.0, 2.0, 3.0, 4.0]) == pytest.approx(sqrt(5 / 3) / 2)
    assert standard_error([1.0]) == 0
