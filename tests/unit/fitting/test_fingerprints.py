"""What a cell is told apart by, so that it is fitted or tuned again: what its learner is given, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crime_spark.features.calendar import TREND
from crime_spark.fitting.cells import Cell
from crime_spark.training import stage as training
from crime_spark.tuning import stage as tuning
from tests.unit.training.tiny import LR, TASK, tiny_settings


def of_train(cell: Cell) -> str:
    return training._fingerprint(cell, {}, tiny_settings())


def of_tune(cell: Cell) -> str:
    return tuning._fingerprint(cell, [], {}, {}, tiny_settings())


@pytest.mark.parametrize("fingerprint", [of_train, of_tune])
@pytest.mark.parametrize(("wants", "same"), [("numbers", False), ("onehot", True)])
def test_a_feature_that_a_learner_is_not_given_any_more_makes_another_cell(fingerprint, wants, same):
    """By name and SQL it is the same feature."""
    learner = replace(LR, wants=wants)
    number, trend = (
        Cell("chicago", replace(TASK, features=(*TASK.features, item)), learner, "per_year", "fair", 0, 2015, 2015)
        for item in (replace(TREND, trend=False), TREND)
    )
    assert (fingerprint(number) == fingerprint(trend)) is same


@pytest.mark.parametrize(
    ("fingerprint", "stored"),
    [
        (of_train, "2c7ab3c43b826685adf798d951107a13b5cbc64a8bd4e189d535cc7f13b59ca0"),
        (of_tune, "f7e8034d21431d1b509b47d9c3b0c486358813427b2df2e99dc51d9b70d58280"),
    ],
)
def test_fingerprint_is_the_one_that_earlier_versions_stored(fingerprint, stored):
    """Another one fits and tunes every cell of every lake again: say so in the changelog."""
    assert fingerprint(Cell("chicago", TASK, LR, "per_year", "fair", 0, 2015, 2015)) == stored
