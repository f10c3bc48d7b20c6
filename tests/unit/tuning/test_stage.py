"""The tune job on tiny examples, end to end: trials that are kept and resumed. What train takes is test_taking.py."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from chispa import assert_approx_df_equality, assert_df_equality

from crime_spark.errors import LakeError, UsageError
from crime_spark.fitting.cells import Cell
from crime_spark.lake import Lake
from crime_spark.schemas import TRIALS
from crime_spark.tuning import stage
from crime_spark.tuning.folds import Fold
from crime_spark.tuning.search_space import Parameters, trial_name, written
from crime_spark.tuning.trial_fit import FoldRows, Outcome
from tests.unit.training.tiny import PRIOR, copied
from tests.unit.tuning.trying import CELL, NOISY, PER_MONTH, QUICK, USUAL, run, settings, trials, write_noisy

EXAMPLES = {"train_rows": 12 * PER_MONTH, "mean_label": 0.5, "recorded": [feature.name for feature in NOISY.features]}


def test_a_trial_has_a_row_for_each_fold_and_the_usual_settings_come_first(spark, searched):
    rows = trials(searched).collect()
    assert [(row["number"], row["fold"]) for row in rows] == [(index, fold) for index in range(3) for fold in range(2)]
    assert [json.loads(row["parameters"]) for row in rows[:2]] == [USUAL, USUAL]
    assert len({row["trial"] for row in rows}) == 3
    usual = (*CELL.keys.values(), trial_name(USUAL))
    judged = ("auc", "random", 0, written(USUAL), None)
    expected = [(*usual, fold, *judged, first, first + 1, 2 * PER_MONTH) for fold, first in ((0, 201509), (1, 201511))]
    result = trials(searched).where("number = 0").drop("value", "seconds", "fingerprint", *EXAMPLES)
    frame = spark.createDataFrame(expected, result.schema)
    assert_df_equality(result, frame, ignore_nullable=True, ignore_metadata=True)
    assert all(0.6 < row["value"] < 1 and row["seconds"] > 0 and len(row["fingerprint"]) == 64 for row in rows)
    assert [{name: row[name] for name in EXAMPLES} for row in rows] == [EXAMPLES] * 6


def test_a_second_run_tries_nothing_and_says_the_same(searched):
    before = trials(searched).collect()
    result, output = run(searched, settings())
    assert trials(searched).collect() == before
    assert "trial" not in output
    assert result.startswith("chicago noisy 2015 to 2016: logistic_regression: best of 3 trials: ")


def test_a_run_that_broke_off_ends_as_if_it_had_not(searched, tmp_path):
    lake = copied(searched, tmp_path)
    lake.replace(TRIALS, trials(searched).where("number = 0 OR number = 1").localCheckpoint())
    run(lake, settings())
    assert_approx_df_equality(trials(lake).drop("seconds"), trials(searched).drop("seconds"), 1e-9)


def test_trials_of_other_examples_are_taken_away(searched, tmp_path):
    lake = copied(searched, tmp_path)
    write_noisy(lake, planted=(201503,))
    _, output = run(lake, settings(tuning__trials=1))
    assert "3 trials of other examples, folds or settings are removed" in output
    assert [row["trial"] for row in trials(lake).collect()] == [trial_name(USUAL)] * 2


def test_what_the_test_year_holds_changes_no_trial(searched, tmp_path):
    lake = copied(searched, tmp_path)
    write_noisy(lake, planted=(201601, 201602, 201612))
    run(lake, settings())
    assert trials(lake).collect() == trials(searched).collect()


def test_a_peeking_tuner_is_caught(searched, monkeypatch):
    """One whose last fold is validated on the first months of the test year."""
    peeking = [Fold(0, 12 * 2015 + 10, 12 * 2015 + 11), Fold(1, 12 * 2016, 12 * 2016 + 1)]
    monkeypatch.setattr(stage, "folds_of", lambda *_: peeking)
    with pytest.raises(ValueError, match="folds must end in 2015, the last training year"):
        run(searched, settings())


def test_features_are_selected_and_their_effect_is_shown(searched, tmp_path):
    lake = copied(searched, tmp_path)
    result, _ = run(lake, settings(tuning__strategy="selection", tuning__trials=2))
    shown = re.findall(r"(\w+:[\d.]+): auc 0\.\d+ .*, [+-]0\.\d{4} against all features", result)
    assert shown == ["univariate:0.75", "importance:0.75"]
    rows = trials(lake).where("strategy = 'selection'").collect()
    assert [len(row["kept"]) for row in rows] == [5] * 4  # of six
    assert {row["kept"][0] for row in rows} == {"premise"}


def test_the_grid_is_tried_by_another_metric(searched, tmp_path):
    lake = copied(searched, tmp_path)
    run(lake, settings(tuning__strategy="grid", tuning__trials=2, tuning__binary_metric="pr_auc"))
    rows = trials(lake).where("metric = 'pr_auc'").collect()
    assert {row["strategy"] for row in rows} == {"grid"}
    assert len({row["trial"] for row in rows}) == 2
    assert all(0.5 < row["value"] < 1 for row in rows)


@pytest.mark.parametrize("strategy", ["grid", "tpe"])
def test_other_strategies_find_as_many(searched, tmp_path, monkeypatch, strategy):
    """Nothing is fitted: which trials there are depends on their values alone."""
    lake = copied(searched, tmp_path)
    asked: set[str] = set()

    def judged(self: FoldRows, cell: Cell, parameters: Parameters, metric: str) -> Outcome:
        asked.add(metric)
        return replace(self.without_value(), value=1 / (1 + float(parameters["C"])))

    monkeypatch.setattr(FoldRows, "judge", judged)
    run(lake, settings(tuning__strategy=strategy, tuning__trials=3, tuning__binary_metric="pr_auc"))
    rows = trials(lake).where("metric = 'pr_auc'").collect()
    assert asked == {"pr_auc"}
    assert {row["strategy"] for row in rows} == {strategy}
    assert len({row["trial"] for row in rows}) == 3


def let_fail(monkeypatch: pytest.MonkeyPatch, fails: Callable[[object], bool]) -> None:
    judge = FoldRows.judge

    def judged(self: FoldRows, cell: Cell, parameters: Parameters, metric: str) -> Outcome:
        if fails(parameters):
            raise RuntimeError("it burst\nsomewhere")
        return judge(self, cell, parameters, metric)

    monkeypatch.setattr(FoldRows, "judge", judged)


def test_a_trial_that_fails_has_no_value_and_is_not_tried_again(searched, tmp_path, monkeypatch):
    lake = copied(searched, tmp_path)
    lake.replace(TRIALS, trials(searched).where("number = 0").localCheckpoint())
    let_fail(monkeypatch, lambda parameters: parameters != USUAL)
    result, output = run(lake, settings(tuning__trials=2))
    assert re.findall("trial . failed.*", output) == ["trial 1 failed and has no value: it burst"]
    assert result.startswith("chicago noisy 2015 to 2016: logistic_regression: best of 1 trials: ")
    rows = trials(lake).where("number = 1").collect()
    assert [(row["fold"], row["value"], row["rows"]) for row in rows] == [
        (index, None, 2 * PER_MONTH) for index in (0, 1)
    ]
    assert "failed" not in run(lake, settings(tuning__trials=2))[1]


@pytest.fixture
def untried(searched, tmp_path) -> Lake:
    """A copy of the searched lake without its trials."""
    lake = copied(searched, tmp_path)
    shutil.rmtree(lake.path(TRIALS.name))
    return lake


def test_where_every_trial_fails_the_job_does(untried, monkeypatch):
    let_fail(monkeypatch, lambda _: True)
    with pytest.raises(RuntimeError, match="it burst"):
        run(untried, settings())
    assert not untried.exists(TRIALS)


def test_no_time_is_no_trial(untried):
    result, _ = run(untried, settings(tuning__minutes=1e-9))
    assert result == "chicago noisy 2015 to 2016: logistic_regression: no trial has a value of auc on every fold"
    assert not untried.exists(TRIALS)


@pytest.mark.parametrize(
    ("options", "learners", "words"),
    [
        ({}, [PRIOR], "no chosen learner declares a space"),
        ({}, [replace(QUICK, space={})], "no chosen learner declares a space"),
        ({"tuning__folds": 7}, [QUICK], "chicago noisy 2015 to 2016: 7 folds of 2 months leave only"),
        ({"years": [2015]}, [QUICK], "no city has two consecutive years"),
    ],
)
def test_where_nothing_can_be_tuned_there_is_a_clear_error(searched, options, learners, words):
    with pytest.raises(UsageError, match=words):
        run(searched, settings(**options), learners)


def test_without_examples_there_is_a_clear_error(lake):
    with pytest.raises(LakeError, match="gold/examples_noisy; run the stage that writes it first"):
        run(lake, settings())
