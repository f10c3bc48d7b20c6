"""What has been fitted, and what was asked for that has not."""

from __future__ import annotations

import pytest

from crime_spark.config import load_settings
from crime_spark.errors import LakeError
from crime_spark.fitting.fitted_cells import choice, fitted_below, not_fitted, of_choice, requested_keys
from tests.unit.training.tiny import PRIOR, RATE, TASK, cities_named

FIRST = {
    **{"city": "chicago", "task": "tiny", "learner": "class_prior", "protocol": "per_year", "policy": "fair"},
    **{"delay": 0, "train_from": 2015, "train_to": 2015},
}
OTHER = {**FIRST, "learner": "gbt", "protocol": "expanding", "train_to": 2016}


def test_folders_of_models_tell_the_keys(tmp_path):
    root = tmp_path / "la[ke]"
    for cell in (FIRST, OTHER):
        root.joinpath("models", *(f"{key}={value}" for key, value in cell.items())).mkdir(parents=True)
    (root / "models" / "city=chicago" / "task=none").mkdir()
    assert fitted_below(str(root)) == [FIRST, OTHER]
    assert fitted_below(str(tmp_path)) == []


def test_a_choice_is_by_name():
    wanted = choice(cities_named(["chicago"]), [TASK], [PRIOR, RATE], load_settings(None, None, {}))
    assert wanted == {
        **{"city": ["chicago"], "task": ["tiny"], "learner": ["class_prior", "area_premise_rate"]},
        **{"protocol": ["per_year"], "policy": ["fair"]},
    }
    assert of_choice([FIRST, OTHER], wanted) == [FIRST]
    assert of_choice([FIRST, OTHER], {}) == [FIRST, OTHER]


def test_of_a_key_that_is_not_each_one_will_do():
    wanted = {"task": ["tiny", "other"], "learner": ["class_prior"]}
    assert not_fitted([FIRST, OTHER], wanted) == ""
    assert not_fitted([FIRST, OTHER], wanted, ["learner"]) == ""
    assert not_fitted([FIRST, OTHER], wanted, ["task"]).startswith(
        "no model was fitted for task other; there are models"
    )


def test_what_is_there_but_not_together_is_missing():
    wanted = {"learner": ["class_prior"], "protocol": ["expanding"]}
    assert not_fitted([FIRST, OTHER], wanted) == (
        "no model was fitted for learner class_prior, protocol expanding; there are models of city chicago, task tiny, "
        "learner class_prior and gbt, protocol expanding and per_year, policy fair, scored on 2016 and 2017; choose "
        "among these, or run stage train"
    )


def test_of_years_one_is_scored_and_the_others_may_be_fitted():
    assert not_fitted([OTHER], {}, years=[2015, 2016, 2017]) == ""
    assert not_fitted([OTHER], {}, years=[2014, 2017, 2018]).startswith("no model was fitted for year 2014 and 2018; ")
    assert not_fitted([OTHER], {}, years=[2016, 2017]) == ""
    assert not_fitted([OTHER], {}, years=[2015, 2016]).startswith("no model was fitted for year 2015 and 2016;")


def test_where_there_are_no_models_at_all_there_is_nothing_to_choose_among():
    with pytest.raises(LakeError, match=r"^there are no models: gold/cells is empty; run stage train first$"):
        not_fitted([], {"learner": ["class_prior"]})


@pytest.mark.parametrize(
    ("options", "keys"),
    [({}, []), ({"tasks": "all", "learners": "gbt"}, ["learner"]), ({"tasks": "arrest"}, ["task"])],
)
def test_named_is_neither_all_nor_default(options, keys):
    assert requested_keys(load_settings(None, options, {})) == keys
