"""What is chosen before the year judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from crime_spark.evaluation.ranking import levels
from crime_spark.evaluation.validation import best_threshold, earlier_cells, residual_bounds
from crime_spark.settings import PROTOCOLS


def cell(train_from: int, train_to: int, test_year: int | None = None, **overrides: Any) -> dict[str, Any]:
    keys = {"city": "here", "task": "tiny", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0}
    years = {"train_from": train_from, "train_to": train_to, "test_year": test_year or train_to + 1}
    return {**keys, **years, "classes": None, **overrides}


rows = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=1)


@given(rows)
@settings(max_examples=100, deadline=None)
def test_no_threshold_has_a_larger_f1_and_no_smaller_one_as_large_a_one(pairs):
    label, score = map(np.array, zip(*pairs, strict=True))
    result = best_threshold(label, levels(score))
    if not label.any():
        assert result == 0.5
    else:
        tried = {item: f1_score(label, score >= item) for item in sorted(set(score))}
        best = max(tried.values())
        assert result == next(item for item, value in tried.items() if value == pytest.approx(best, abs=1e-12))


def test_bounds_hold_nine_of_ten_residuals():
    label = np.arange(101.0)
    assert residual_bounds(label, np.zeros(101)) == (5, 95)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([cell(2015, 2015), cell(2014, 2014)], [2014, None]),
        ([cell(2013, year, protocol="expanding") for year in (2015, 2013, 2014)], [2013, None, 2013]),
        ([cell(2015, 2015), cell(2014, 2014, learner="other")], [None, None]),
        ([cell(2015, 2015, delay=7), cell(2014, 2014)], [None, None]),
        # A model of the year before, scored on the year that is judged: it would have been chosen on that year.
        ([cell(2015, 2015), cell(2014, 2014, test_year=2016)], [None, None]),
        ([cell(2015, 2015), cell(2013, 2013)], [None, None]),
        ([cell(2015, 2015, classes=["a", "b"]), cell(2014, 2014, classes=["a", "other"])], [None, None]),
        ([cell(2015, 2015, classes=["a", "b"]), cell(2014, 2014, classes=["a", "b"])], [2014, None]),
    ],
)
def test_the_cell_before_is_the_same_but_for_its_years(cells, expected):
    assert earlier_cells(cells) == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_says_where_the_cell_before_begins(protocol):
    assert earlier_cells([cell(2015, 2015, protocol=protocol)]) == [None]
