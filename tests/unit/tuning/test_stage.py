"""The tune job on tiny examples, end to end: trials that are kept, resumed, and taken by the train stage."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from chispa import assert_approx_df_equality, assert_df_equality
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession

from crime_spark.errors import LakeError, UsageError
from crime_spark.lake import Lake
from crime_spark.learners import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, TRIALS
from crime_spark.settings import Settings
from crime_spark.training.fitting import Known
from crime_spark.training.plan import Block, Cell
from crime_spark.training.stage import train
from crime_spark.tuning import stage
from crime_spark.tuning.folds import Fold
from crime_spark.tuning.spaces import Parameters, named, written
from crime_spark.tuning.stage import tune
from crime_spark.tuning.taking import tuned
from crime_spark.tuning.trials import differences, seen
from crime_spark.tuning.trying import FoldRows, Outcome
from tests.unit.training.tiny import PRIOR, cities_named, copied
from tests.unit.tuning.trying import NOISE, NOISY, PER_MONTH, QUICK, settings, write_noisy

CELL = Cell("chicago", NOISY, QUICK, "per_year", "fair", 0, 2015, 2015)
USUAL = {"C": 0.1}
KNOWN = Known(0.5, dict.fromkeys((feature.name for feature in NOISY.features), 360), 12 * PER_MONTH)


EXAMPLES = {"train_rows": 12 * PER_MONTH, "mean_label": 0.5, "recorded": [each.name for each in NOISY.features]}


def run(lake: Lake, chosen: Settings, learners: Sequence[Learner] = (QUICK,)) -> tuple[str, str]:
    """What the job returned, and what it said."""
    said = io.StringIO()
    found = tune(lake, cities_named(["chicago"]), [NOISY], learners, chosen, Progress(said))
    return found, said.getvalue()


def run_train(lake: Lake, chosen: Settings, learners: Sequence[Learner] = (QUICK,)) -> str:
    said = io.StringIO()
    train(lake, cities_named(["chicago"]), [NOISY], learners, chosen, Progress(said))
    return said.getvalue()


def trials(lake: Lake) -> DataFrame:
    return lake.read(TRIALS).orderBy("number", "fold")


@pytest.fixture(scope="module")
def searched(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with examples and three random trials; not to be changed."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("searched") / "lake"))
    write_noisy(lake)
    run(lake, settings())
    return lake


def test_a_trial_has_a_row_for_each_fold_and_the_usual_settings_come_first(spark, searched):
    rows = trials(searched).collect()
    assert [(row["number"], row["fold"]) for row in rows] == [(at, fold) for at in range(3) for fold in range(2)]
    assert [json.loads(row["parameters"]) for row in rows[:2]] == [USUAL, USUAL]
    assert len({row["trial"] for row in rows}) == 3
    usual = (*CELL.keys.values(), named(USUAL))
    judged = ("auc", "random", 0, written(USUAL), None)
    expected = [(*usual, fold, *judged, first, first + 1, 2 * PER_MONTH) for fold, first in ((0, 201509), (1, 201511))]
    found = trials(searched).where("number = 0").drop("value", "seconds", "fingerprint", *EXAMPLES)
    frame = spark.createDataFrame(expected, found.schema)
    assert_df_equality(found, frame, ignore_nullable=True, ignore_metadata=True)
    assert all(0.6 < row["value"] < 1 and row["seconds"] > 0 and len(row["fingerprint"]) == 64 for row in rows)
    assert [{name: row[name] for name in EXAMPLES} for row in rows] == [EXAMPLES] * 6


def test_a_second_run_tries_nothing_and_says_the_same(searched):
    before = trials(searched).collect()
    found, said = run(searched, settings())
    assert trials(searched).collect() == before
    assert "trial" not in said
    assert found.startswith("chicago noisy 2015 to 2016: logistic_regression: picked among 3 trials: ")


def test_a_run_that_broke_off_ends_as_if_it_had_not(searched, tmp_path):
    lake = copied(searched, tmp_path)
    lake.replace(TRIALS, trials(searched).where("number = 0 OR number = 1").localCheckpoint())
    run(lake, settings())
    assert_approx_df_equality(trials(lake).drop("seconds"), trials(searched).drop("seconds"), 1e-9)


def test_trials_of_other_examples_are_taken_away(searched, tmp_path):
    lake = copied(searched, tmp_path)
    write_noisy(lake, planted=(201503,))
    _, said = run(lake, settings(tuning__trials=1))
    assert "3 trials are of other examples, folds or settings: taken away" in said
    assert [row["trial"] for row in trials(lake).collect()] == [named(USUAL)] * 2


def test_what_the_test_year_holds_changes_no_trial(searched, tmp_path):
    lake = copied(searched, tmp_path)
    write_noisy(lake, planted=(201601, 201602, 201612))
    run(lake, settings())
    assert trials(lake).collect() == trials(searched).collect()


def test_a_peeking_tuner_is_caught(searched, monkeypatch):
    """One whose last fold is validated on the first months of the test year."""
    peeking = [Fold(0, 12 * 2015 + 10, 12 * 2015 + 11), Fold(1, 12 * 2016, 12 * 2016 + 1)]
    monkeypatch.setattr(stage, "folds_of", lambda *_: peeking)
    with pytest.raises(ValueError, match="folds reach beyond 2015, the last training year"):
        run(searched, settings())


def test_train_takes_the_best_and_says_so(searched, tmp_path):
    lake = copied(searched, tmp_path)
    said = run_train(lake, settings(), [QUICK, PRIOR])
    best = re.search(r"logistic_regression: tuned, auc 0\.\d+ in validation, picked among 3 trials: (.*)", said)
    assert best is not None
    picked, _, _ = taken(lake, settings())
    assert json.loads(best[1]) == {"C": picked["C"]}
    stored = {row["learner"]: json.loads(row["parameters"]) for row in lake.read(CELLS).collect()}
    assert stored == {QUICK.name: picked, PRIOR.name: dict(PRIOR.settings)}
    assert "up to date" in run_train(lake, settings(), [QUICK, PRIOR])


def test_without_tuned_the_settings_are_the_usual_ones(searched, tmp_path):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"C": 3.0})
    run_train(lake, settings(training__tuned=False))
    assert [json.loads(row["parameters"]) for row in lake.read(CELLS).collect()] == [QUICK.settings]
    said = run_train(lake, settings())  # other settings are another model
    assert '{"C": 3.0}' in said
    assert "to 2016: logistic_regression: done" in said
    assert [json.loads(row["parameters"])["C"] for row in lake.read(CELLS).collect()] == [3.0]


def keep_one(lake: Lake, parameters: dict[str, object]) -> None:
    """Let one trial, of these parameters, be all that there is."""
    rows = [
        {**row.asDict(), "parameters": written(parameters), "trial": named(parameters)}
        for row in trials(lake).where("number = 0").collect()
    ]
    entries = [tuple(row[name] for name in TRIALS.names) for row in rows]
    lake.replace(TRIALS, lake.spark.createDataFrame(entries, TRIALS.struct))


def taken(lake: Lake, chosen: Settings) -> tuple[dict[str, object], str, str]:
    said = io.StringIO()
    [block] = tuned(lake, [Block((CELL,))], lambda _: KNOWN, chosen, Progress(said))
    return dict(block.first.learner.settings), block.first.selection, said.getvalue()


def test_settings_given_by_the_user_win(searched, tmp_path):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"C": 3.0})
    given = settings(learner_settings={"logistic_regression": {"C": 5.0}})
    assert '{"C": 3.0}' not in taken(lake, given)[2]
    run_train(lake, given)
    assert [json.loads(row["parameters"])["C"] for row in lake.read(CELLS).collect()] == [5.0]


def test_trials_of_settings_that_are_gone_are_not_taken(searched, tmp_path):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"gone": 3.0})
    found, _, said = taken(lake, settings())
    assert found == QUICK.settings
    assert "its trials are of gone, which it does not have: tune again" in said


def test_a_cell_without_trials_of_its_own_stays_as_it_is(searched):
    other = replace(CELL, train_from=2014, train_to=2014)
    silent = Progress(io.StringIO())
    assert tuned(searched, [Block((other,))], lambda _: KNOWN, settings(), silent) == [Block((other,))]
    by_another = settings(tuning__binary_metric="pr_auc")
    assert tuned(searched, [Block((CELL,))], lambda _: KNOWN, by_another, silent) == [Block((CELL,))]


@pytest.mark.parametrize(
    ("kept", "differing"),
    [
        ("month > 1", "train_rows 360, now 330"),
        ("label = 1 OR year = 2016 OR example_id LIKE '%00_'", "train_rows 360, now 240; mean_label 0.5, now 0.75"),
        ("true", ""),
        ("example_id NOT LIKE '%029'", ""),  # one in thirty, as reports that come in late
    ],
)
def test_train_takes_no_trials_of_other_examples(searched, tmp_path, kept, differing):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"C": 3.0})
    lake.replace(NOISY.examples, searched.read(NOISY.examples).where(kept))
    said = run_train(lake, settings())
    reason = f"its trials are of other examples ({differing}), its settings are the usual ones: tune again"
    assert (reason in said) is bool(differing)
    assert [json.loads(row["parameters"])["C"] for row in lake.read(CELLS).collect()] == [0.1 if differing else 3.0]


def test_examples_whose_features_have_come_or_gone_are_others():
    then = seen(CELL, KNOWN)
    assert differences(then, seen(CELL, KNOWN)) == []
    without = seen(CELL, replace(KNOWN, recorded={**KNOWN.recorded, "noise_1": 0, "noise_3": 0}))
    assert differences(then, without) == ["now without noise_1, noise_3"]
    assert differences(without, then) == ["now with noise_1, noise_3"]


def test_features_are_selected_and_their_effect_is_shown(searched, tmp_path):
    lake = copied(searched, tmp_path)
    found, _ = run(lake, settings(tuning__strategy="selection", tuning__trials=2))
    shown = re.findall(r"(\w+:[\d.]+): auc 0\.\d+ .*, [+-]0\.\d{4} against all", found)
    assert shown == ["univariate:0.75", "importance:0.75"]
    rows = trials(lake).where("strategy = 'selection'").collect()
    assert [len(row["kept"]) for row in rows] == [5] * 4  # of six
    assert {row["kept"][0] for row in rows} == {"premise"}


def test_train_fits_the_features_of_the_best_trial_alone(searched, tmp_path):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"C": 0.1, "features": "univariate:0.1"})
    run_train(lake, settings(), [QUICK, PRIOR])
    cells = {row["learner"]: json.loads(row["parameters"]) for row in lake.read(CELLS).collect()}
    assert cells == {QUICK.name: {**QUICK.settings, "features": "univariate:0.1"}, PRIOR.name: dict(PRIOR.settings)}
    model = PipelineModel.load(lake.path(CELL.model))
    assert "premise" in model.stages[0].getStatement()
    assert not any(feature.name in model.stages[0].getStatement() for feature in NOISE)


@pytest.mark.parametrize("strategy", ["grid", "tpe"])
def test_other_strategies_find_as_many(lake, strategy):
    write_noisy(lake)
    run(lake, settings(tuning__strategy=strategy, tuning__trials=3, tuning__binary_metric="pr_auc"))
    rows = trials(lake).collect()
    assert {(row["strategy"], row["metric"]) for row in rows} == {(strategy, "pr_auc")}
    assert len({row["trial"] for row in rows}) == 3
    assert all(0.5 < row["value"] < 1 for row in rows)


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
    found, said = run(lake, settings(tuning__trials=2))
    assert re.findall("trial . failed.*", said) == ["trial 1 failed, and has no value: it burst"]
    assert found.startswith("chicago noisy 2015 to 2016: logistic_regression: picked among 1 trials: ")
    rows = trials(lake).where("number = 1").collect()
    assert [(row["fold"], row["value"], row["rows"]) for row in rows] == [(at, None, 2 * PER_MONTH) for at in (0, 1)]
    assert "failed" not in run(lake, settings(tuning__trials=2))[1]


def test_where_every_trial_fails_the_job_does(lake, monkeypatch):
    write_noisy(lake)
    let_fail(monkeypatch, lambda _: True)
    with pytest.raises(RuntimeError, match="it burst"):
        run(lake, settings())
    assert not lake.exists(TRIALS)


def test_no_time_is_no_trial(lake):
    write_noisy(lake)
    found, _ = run(lake, settings(tuning__minutes=1e-9))
    assert found == "chicago noisy 2015 to 2016: logistic_regression: no trial has a value of auc on every fold"
    assert not lake.exists(TRIALS)


@pytest.mark.parametrize(
    ("options", "learners", "words"),
    [
        ({}, [PRIOR], "no learner chosen declares a space"),
        ({}, [replace(QUICK, space={})], "no learner chosen declares a space"),
        ({"tuning__folds": 7}, [QUICK], "chicago noisy 2015 to 2016: 7 folds of 2 months would leave"),
        ({"years": [2015]}, [QUICK], "no city has two consecutive years"),
    ],
)
def test_where_nothing_can_be_tuned_there_is_a_clear_error(searched, options, learners, words):
    with pytest.raises(UsageError, match=words):
        run(searched, settings(**options), learners)


def test_without_examples_there_is_a_clear_error(lake):
    with pytest.raises(LakeError, match="gold/examples_noisy; run the stage that writes it first"):
        run(lake, settings())
