"""What a cell is told apart by, so that it is fitted or tuned again: what its learner is given, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crime_spark.features.calendar import TREND
from crime_spark.training import stage as training
from crime_spark.training.plan import Cell
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
        Cell("chicago", replace(TASK, features=(*TASK.features, each)), learner, "per_year", "fair", 0, 2015, 2015)
        for each in (replace(TREND, trend=False), TREND)
    )
    assert (fingerprint(number) == fingerprint(trend)) is same
