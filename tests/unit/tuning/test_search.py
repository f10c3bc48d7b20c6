"""What is asked for next: the same after the same trials, and never what was tried."""

from __future__ import annotations

from typing import Any

import pytest

from crime_spark.fitting.feature_selection import SHARES, WAYS
from crime_spark.learners.space import Choice, Real, Whole
from crime_spark.tuning import search
from crime_spark.tuning.choice import Trial
from crime_spark.tuning.search import Search, missing_package, next_selections, next_trials, study_of
from crime_spark.tuning.search_space import grid, holds, trial_name

SPACES = {"c": Real(0.001, 10.0, log=True, simpler="low"), "depth": Whole(2, 8), "way": Choice(("a", "b"))}
SEARCH = Search(SPACES, folds=2, greater=True, seed=3, grid_steps=2)
USUAL = {"c": 0.1, "depth": 6, "way": "a", "other": 1}
STRATEGIES = ("grid", "random", "tpe")


def tried(parameters: dict[str, Any], value: float = 0.5) -> Trial:
    return Trial(trial_name(parameters), parameters, {0: value, 1: value})


def worth(parameters: dict[str, Any]) -> float:
    """Best where c is 1 and depth 7."""
    return 1 - abs(parameters["c"] - 1) / 10 - abs(parameters["depth"] - 7) / 10


def run(strategy: str, trials: int, at_once: int = 1, search: Search = SEARCH) -> list[Trial]:
    result: list[Trial] = []
    while len(result) < trials and (
        wanted := next_trials(strategy, search, USUAL, result, min(at_once, trials - len(result)))
    ):
        result += [tried(parameters, worth(parameters)) for parameters in wanted]
    return result


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_usual_settings_come_first(strategy):
    assert next_trials(strategy, SEARCH, USUAL, [], 1) == [{"c": 0.1, "depth": 6, "way": "a"}]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("at_once", [1, 3])
def test_the_same_seed_asks_for_the_same_and_never_twice(strategy, at_once):
    result = run(strategy, 8, at_once)
    assert result == run(strategy, 8, at_once)
    assert len({item.trial for item in result}) == 8
    assert all(holds(SPACES[name], value) for item in result for name, value in item.parameters.items())
    assert result != run(strategy, 8, at_once, Search(SPACES, 2, True, 4, 2))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_that_broke_off_goes_on_as_if_it_had_not(strategy):
    whole = run(strategy, 9)
    for done in (1, 4, 8):
        assert next_trials(strategy, SEARCH, USUAL, whole[:done], 1) == [whole[done].parameters]


def test_a_grid_ends_when_all_of_it_is_tried():
    result = run("grid", 100)
    points = {trial_name(point) for point in grid(SPACES, 2, 3)}
    assert {item.trial for item in result} == points | {trial_name({"c": 0.1, "depth": 6, "way": "a"})}


@pytest.mark.parametrize("strategy", ["grid", "random"])
def test_many_earlier_trials_do_not_end_the_search(strategy):
    fine = Search(SPACES, 2, True, 3, grid_steps=40)
    assert len({item.trial for item in run(strategy, 400, at_once=40, search=fine)}) == 400


def test_draws_end_where_a_small_space_does():
    small = Search({"way": SPACES["way"]}, 2, True, 1, 2)
    for strategy in ("random", "tpe"):
        assert sorted(item.parameters["way"] for item in run_of_way(strategy, small)) == ["a", "b"]


def run_of_way(strategy: str, search: Search) -> list[Trial]:
    result: list[Trial] = []
    while wanted := next_trials(strategy, search, USUAL, result, 2):
        result += [tried(parameters) for parameters in wanted]
    return result


def test_the_study_learns_from_the_trials():
    """After twenty draws it asks near the best of them, on average nearer than draws do."""
    expected = run("random", 20)
    suggested = study_of(SEARCH, expected, 20)
    mean = sum(map(worth, suggested)) / 20
    assert mean > sum(item.mean for item in expected) / 20 + 0.05
    less = Search(SPACES, 2, False, 3, 2)
    assert sum(map(worth, study_of(less, expected, 20))) / 20 < mean - 0.05


def test_trials_that_do_not_fit_the_study_tell_it_nothing():
    expected = run("random", 12)
    odd = [
        tried({"c": 100.0, "depth": 6, "way": "a"}, 9),
        tried({"c": 0.1, "depth": 6}, 9),
        tried({"c": 0.1, "depth": 6, "way": "a", "features": "univariate:0.5"}, 9),
        Trial("lacking", {"c": 0.1, "depth": 2, "way": "b"}, {0: 9.0}),
    ]
    same_count = [*expected, *(Trial(f"{index}", {}, {}) for index in range(len(odd)))]
    assert study_of(SEARCH, [*expected, *odd], 3) == study_of(SEARCH, same_count, 3)


def test_features_are_selected_beside_the_best_settings():
    expected = [tried({"c": 0.1, "depth": 6, "way": "a"}, 0.6), tried({"c": 1.0, "depth": 7, "way": "b"}, 0.9)]
    wanted = next_selections(SEARCH, USUAL, expected, 100)
    assert [item.pop("features") for item in wanted] == [f"{way}:{share:g}" for share in SHARES for way in WAYS]
    assert wanted == [expected[1].parameters] * len(wanted)


def test_features_are_set_against_all_of_them_which_are_tried_first():
    first, second = next_selections(SEARCH, USUAL, [], 2)
    assert first == {"c": 0.1, "depth": 6, "way": "a"}
    assert second == {**first, "features": "univariate:0.75"}
    stored = [tried(first), tried(second)]
    assert next_selections(SEARCH, USUAL, stored, 1) == [{**first, "features": "importance:0.75"}]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_nothing_is_free_the_usual_settings_are_all_there_is(strategy):
    nothing = Search({}, 2, True, 1, 2)
    assert next_trials(strategy, nothing, USUAL, [], 3) == [{}]
    assert next_trials(strategy, nothing, USUAL, [tried({})], 3) == []


def test_an_unknown_strategy_has_no_answer():
    with pytest.raises(KeyError, match="guess"):
        next_trials("guess", SEARCH, USUAL, [], 1)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(search, "find_spec", lambda _: None)
    assert missing_package("tpe") == "strategy tpe needs the package optuna: pip install optuna==5.0.0"
    assert missing_package("random") is None
