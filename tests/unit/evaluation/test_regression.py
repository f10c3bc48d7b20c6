"""Metrics of numbers equal scikit-learn's, and their intervals a slow bootstrap that draws weeks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crime_spark.evaluation.regression import FORMULAS
from tests.unit.evaluation.bootstrap import slow_intervals

NAN = float("nan")
evaluate = FORMULAS.evaluate
EXPECTED = {
    "mae": sklearn_metrics.mean_absolute_error,
    "rmse": sklearn_metrics.root_mean_squared_error,
    "r2": sklearn_metrics.r2_score,
    "mean_label": lambda y, p: y.mean(),
}

numbers = st.sampled_from([0.0, 1.0, 7.0]) | st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
rows = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=60)


@given(rows, st.sampled_from([0.0, 1e4]))
@settings(max_examples=100, deadline=None)
def test_values_are_those_of_scikit_learn(pairs, far):
    label, prediction = map(np.array, zip(*pairs, strict=True))
    assume(len(set(label)) > 1)
    result = evaluate(label + far, prediction + far, np.zeros(len(pairs), np.int64), resamples=1, seed=1).metrics
    values = {name: result[name].value for name in EXPECTED}
    expected = {name: metric(label + far, prediction + far) for name, metric in EXPECTED.items()}
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.floats(0.01, 20)), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_poisson_deviance_is_that_of_scikit_learn(pairs):
    label, prediction = map(np.array, zip(*pairs, strict=True))
    result = evaluate(label, prediction, np.zeros(len(pairs), np.int64), resamples=1, seed=1).metrics
    assert result["poisson_deviance"].value == pytest.approx(
        sklearn_metrics.mean_poisson_deviance(label, prediction), abs=1e-9
    )


@pytest.mark.parametrize(("label", "prediction"), [([1.0, -1.0], [1.0, 1.0]), ([1.0, 0.0], [1.0, 0.0])])
def test_poisson_deviance_is_not_defined_below_zero_nor_of_a_prediction_of_none(label, prediction):
    result = evaluate(np.array(label), np.array(prediction), np.zeros(2, np.int64), 5, 1).metrics["poisson_deviance"]
    assert [result.value, result.low, result.high] == pytest.approx([NAN] * 3, nan_ok=True)


def test_an_interval_chosen_on_earlier_rows_holds_about_nine_of_ten():
    random = np.random.default_rng(2)
    before, judged = ((random.normal(3, 1, size), np.zeros(size)) for size in (2000, 4000))
    result = evaluate(*judged, np.arange(4000) // 100, 50, 1, before).metrics
    assert result["coverage_90"].value == pytest.approx(0.9, abs=0.03)
    assert result["coverage_90"].low < result["coverage_90"].value < result["coverage_90"].high
    assert result["width_90"].value == pytest.approx(2 * 1.645, abs=0.2)
    assert result["validation_rows"].value == 2000


def test_without_earlier_rows_there_is_no_interval():
    result = evaluate(np.arange(5.0), np.ones(5), np.arange(5), 5, 1).metrics
    assert [result[name].value for name in ("coverage_90", "width_90")] == pytest.approx([NAN] * 2, nan_ok=True)
    assert result["validation_rows"].value == 0


@pytest.mark.parametrize("level", [0.0, 0.1, 1e6 + 0.1])
def test_equal_labels_have_no_r2(level):
    result = evaluate(np.full(7, level), np.arange(7.0), np.arange(7), resamples=20, seed=1).metrics
    assert [result["r2"].value, result["r2"].low, result["r2"].high] == pytest.approx([NAN] * 3, nan_ok=True)
    assert result["mean_label"].value == pytest.approx(level)


def drawn(seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    label = random.poisson(4, 300).astype(float)
    return label, label * 0.5 + random.uniform(0, 3, 300), random.integers(0, 15, 300) * 2 + 100


def test_intervals_are_those_of_the_slow_bootstrap():
    label, prediction, week = drawn()
    result = evaluate(label, prediction, week, resamples=60, seed=3).metrics
    for name, (low, high) in slow_intervals(EXPECTED, (label, prediction), week, resamples=60, seed=3).items():
        assert (result[name].low, result[name].high) == pytest.approx((low, high), rel=1e-9), name
        assert result[name].low < result[name].value < result[name].high


def test_resamples_of_equal_labels_are_left_out_of_the_interval_of_r2():
    # Only one week of three has labels that differ: a resample of the others has no r2.
    label, prediction = np.array([0.3, 0.3, 0.3, 0.3, 0.1, 0.5]), np.array([0.2, 0.3, 0.4, 0.3, 0.2, 0.4])
    result = evaluate(label, prediction, np.array([1, 1, 2, 2, 3, 3]), resamples=80, seed=1).metrics["r2"]
    stored = result.drawn[~np.isnan(result.drawn)]
    assert 0 < len(stored) < 80
    assert (result.low, result.high) == pytest.approx(tuple(np.percentile(stored, [2.5, 97.5])))
