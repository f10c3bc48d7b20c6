"""Metrics of numbers equal scikit-learn's, and their intervals a slow bootstrap that draws weeks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as known

from crime_spark.evaluation.regression import FORMULAS
from tests.unit.evaluation.bootstrap import slow_intervals

NAN = float("nan")
evaluate = FORMULAS.evaluate
KNOWN = {
    "mae": known.mean_absolute_error,
    "rmse": known.root_mean_squared_error,
    "r2": known.r2_score,
    "mean_label": lambda y, p: y.mean(),
}

numbers = st.sampled_from([0.0, 1.0, 7.0]) | st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
rows = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=60)


@given(rows, st.sampled_from([0.0, 1e4]))
@settings(max_examples=100, deadline=None)
def test_values_are_those_of_scikit_learn(pairs, far):
    label, prediction = map(np.array, zip(*pairs, strict=True))
    assume(len(set(label)) > 1)
    found = evaluate(label + far, prediction + far, np.zeros(len(pairs), np.int64), resamples=1, seed=1).metrics
    values = {name: found[name].value for name in KNOWN}
    expected = {name: metric(label + far, prediction + far) for name, metric in KNOWN.items()}
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.floats(0.01, 20)), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_poisson_deviance_is_that_of_scikit_learn(pairs):
    label, prediction = map(np.array, zip(*pairs, strict=True))
    found = evaluate(label, prediction, np.zeros(len(pairs), np.int64), resamples=1, seed=1).metrics
    assert found["poisson_deviance"].value == pytest.approx(known.mean_poisson_deviance(label, prediction), abs=1e-9)


@pytest.mark.parametrize(("label", "prediction"), [([1.0, -1.0], [1.0, 1.0]), ([1.0, 0.0], [1.0, 0.0])])
def test_poisson_deviance_is_not_defined_below_zero_nor_of_a_prediction_of_none(label, prediction):
    found = evaluate(np.array(label), np.array(prediction), np.zeros(2, np.int64), 5, 1).metrics["poisson_deviance"]
    assert [found.value, found.low, found.high] == pytest.approx([NAN] * 3, nan_ok=True)


def test_an_interval_chosen_on_earlier_rows_holds_about_nine_of_ten():
    random = np.random.default_rng(2)
    before, judged = ((random.normal(3, 1, size), np.zeros(size)) for size in (2000, 4000))
    found = evaluate(*judged, np.arange(4000) // 100, 50, 1, before).metrics
    assert found["coverage_90"].value == pytest.approx(0.9, abs=0.03)
    assert found["coverage_90"].low < found["coverage_90"].value < found["coverage_90"].high
    assert found["width_90"].value == pytest.approx(2 * 1.645, abs=0.2)
    assert found["validation_rows"].value == 2000


def test_without_earlier_rows_there_is_no_interval():
    found = evaluate(np.arange(5.0), np.ones(5), np.arange(5), 5, 1).metrics
    assert [found[name].value for name in ("coverage_90", "width_90")] == pytest.approx([NAN] * 2, nan_ok=True)
    assert found["validation_rows"].value == 0


@pytest.mark.parametrize("level", [0.0, 0.1, 1e6 + 0.1])
def test_equal_labels_have_no_r2(level):
    found = evaluate(np.full(7, level), np.arange(7.0), np.arange(7), resamples=20, seed=1).metrics
    assert [found["r2"].value, found["r2"].low, found["r2"].high] == pytest.approx([NAN] * 3, nan_ok=True)
    assert found["mean_label"].value == pytest.approx(level)


def drawn(seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    label = random.poisson(4, 300).astype(float)
    return label, label * 0.5 + random.uniform(0, 3, 300), random.integers(0, 15, 300) * 2 + 100


def test_intervals_are_those_of_the_slow_bootstrap():
    label, prediction, week = drawn()
    found = evaluate(label, prediction, week, resamples=60, seed=3).metrics
    for name, (low, high) in slow_intervals(KNOWN, (label, prediction), week, resamples=60, seed=3).items():
        assert (found[name].low, found[name].high) == pytest.approx((low, high), rel=1e-9), name
        assert found[name].low < found[name].value < found[name].high


def test_resamples_of_equal_labels_are_left_out_of_the_interval_of_r2():
    # Only one week of three has labels that differ: a resample of the others has no r2.
    label, prediction = np.array([0.3, 0.3, 0.3, 0.3, 0.1, 0.5]), np.array([0.2, 0.3, 0.4, 0.3, 0.2, 0.4])
    found = evaluate(label, prediction, np.array([1, 1, 2, 2, 3, 3]), resamples=80, seed=1).metrics["r2"]
    held = found.drawn[~np.isnan(found.drawn)]
    assert 0 < len(held) < 80
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(held, [2.5, 97.5])))
