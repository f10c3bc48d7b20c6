"""What the train stage takes of the trials that are stored: the best settings and features, or the usual ones."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer

from crime_spark.fitting.blocks import TrainingCounts, training_counts
from crime_spark.fitting.cells import Block
from crime_spark.fitting.model_store import flat
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS
from crime_spark.settings import Settings
from crime_spark.tuning.trials import differences, facts_of
from crime_spark.tuning.tuned_settings import parameters_of, tuned
from tests.unit.training.tiny import PRIOR, copied
from tests.unit.tuning.trying import CELL, COUNTS, NOISE, NOISY, QUICK, keep_one, run_train, settings


@pytest.fixture(scope="module")
def with_one_trial(searched, tmp_path_factory) -> Lake:
    """A copy of the searched lake with one trial, of C = 3; not to be changed."""
    lake = copied(searched, tmp_path_factory.mktemp("with_one_trial"))
    keep_one(lake, {"C": 3.0})
    return lake


def test_train_takes_the_best_and_says_so(searched, tmp_path):
    lake = copied(searched, tmp_path)
    output = run_train(lake, settings(), [QUICK, PRIOR])
    best = re.search(r"logistic_regression: tuned, auc 0\.\d+ in validation, best of 3 trials: (.*)", output)
    assert best is not None
    picked, _, _ = taken(lake, settings())
    assert json.loads(best[1]) == {"C": picked["C"]}
    stored = {row["learner"]: json.loads(row["parameters"]) for row in lake.read(CELLS).collect()}
    assert stored == {QUICK.name: picked, PRIOR.name: dict(PRIOR.settings)}
    assert "up to date" in run_train(lake, settings(), [QUICK, PRIOR])


def test_without_tuned_the_settings_are_the_usual_ones(with_one_trial):
    assert taken(with_one_trial, settings(training__tuned=False)) == (QUICK.settings, "", "")
    result, _, output = taken(with_one_trial, settings())
    assert result["C"] == 3.0
    assert '{"C": 3.0}' in output


def taken(lake: Lake, chosen: Settings, counts: TrainingCounts = COUNTS) -> tuple[dict[str, object], str, str]:
    """The settings and the selection of features that the train stage takes for CELL, and what it says of them."""
    output = io.StringIO()
    [block] = tuned(lake, [Block((CELL,))], lambda _: counts, chosen, Progress(output))
    return dict(block.first.learner.settings), block.first.selection, output.getvalue()


def test_settings_given_by_the_user_win(with_one_trial):
    given = settings(learner_settings={"logistic_regression": {"C": 5.0}})
    [block] = tuned(with_one_trial, [Block((CELL,))], lambda _: COUNTS, given, Progress(io.StringIO()))
    # What gold/cells stores, and what the model is fitted with.
    assert json.loads(parameters_of(block.first, given))["C"] == 5.0
    assert '{"C": 3.0}' not in taken(with_one_trial, given)[2]


def test_trials_of_settings_that_are_gone_are_not_taken(with_one_trial, tmp_path):
    lake = copied(with_one_trial, tmp_path)
    keep_one(lake, {"gone": 3.0})
    result, _, output = taken(lake, settings())
    assert result == QUICK.settings
    assert "its trials have unknown settings gone; run stage tune again" in output


def test_a_cell_without_trials_of_its_own_stays_as_it_is(searched):
    other = replace(CELL, train_from=2014, train_to=2014)
    silent = Progress(io.StringIO())
    assert tuned(searched, [Block((other,))], lambda _: COUNTS, settings(), silent) == [Block((other,))]
    by_another = settings(tuning__binary_metric="pr_auc")
    assert tuned(searched, [Block((CELL,))], lambda _: COUNTS, by_another, silent) == [Block((CELL,))]


@pytest.mark.parametrize(
    ("kept", "differing"),
    [
        ("month > 1", "train_rows 360, now 330"),
        ("label = 1 OR year = 2016 OR example_id LIKE '%00_'", "train_rows 360, now 240; mean_label 0.5, now 0.75"),
        ("true", ""),
        ("example_id NOT LIKE '%029'", ""),  # one in thirty, as reports that come in late
    ],
)
def test_no_trials_of_other_examples_are_taken(with_one_trial, kept, differing):
    training = with_one_trial.read(NOISY.examples).where("year = 2015").where(kept)
    result, _, output = taken(with_one_trial, settings(), training_counts(training, NOISY.features))
    assert (told_of(differing) in output) is bool(differing)
    assert result["C"] == (0.1 if differing else 3.0)


def told_of(differing: str) -> str:
    return f"usual settings, because its trials are of other examples ({differing}); run stage tune again"


def test_train_counts_its_examples_and_takes_no_trials_of_others(with_one_trial, tmp_path):
    lake = copied(with_one_trial, tmp_path)
    lake.replace(NOISY.examples, with_one_trial.read(NOISY.examples).where("month > 1"))
    assert told_of("train_rows 360, now 330") in run_train(lake, settings())
    assert [json.loads(row["parameters"])["C"] for row in lake.read(CELLS).collect()] == [0.1]


def test_examples_whose_features_have_come_or_gone_are_others():
    then = facts_of(CELL, COUNTS)
    assert differences(then, facts_of(CELL, COUNTS)) == []
    without = facts_of(CELL, replace(COUNTS, recorded={**COUNTS.recorded, "noise_1": 0, "noise_3": 0}))
    assert differences(then, without) == ["now without noise_1, noise_3"]
    assert differences(without, then) == ["now with noise_1, noise_3"]


def test_train_fits_the_features_of_the_best_trial_alone(searched, tmp_path):
    lake = copied(searched, tmp_path)
    keep_one(lake, {"C": 0.1, "features": "univariate:0.1"})
    run_train(lake, settings(), [QUICK, PRIOR])
    cells = {row["learner"]: json.loads(row["parameters"]) for row in lake.read(CELLS).collect()}
    assert cells == {QUICK.name: {**QUICK.settings, "features": "univariate:0.1"}, PRIOR.name: dict(PRIOR.settings)}
    model = PipelineModel.load(lake.path(CELL.model))
    statements = " ".join(stage.getStatement() for stage in flat(model.stages) if isinstance(stage, SQLTransformer))
    assert "premise" in statements
    assert not any(feature.name in statements for feature in NOISE)
