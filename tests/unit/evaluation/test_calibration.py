"""Calibration maps are those of scikit-learn, and what is said of them where little is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from crime_spark.evaluation.calibration import (
    ENOUGH,
    bins_of,
    calibrated_classes,
    calibration,
    calibration_error,
    isotonic,
    reliability,
    sigmoid,
)

WANTED = np.array([0.0, 0.01, 0.2, 0.35, 0.5, 0.77, 0.99, 1.0])


def sample(rows: int, seed: int = 1, decimals: int = 15) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    probability = np.clip(np.round(random.uniform(0.02, 0.98, rows), decimals), 0.02, 0.98)
    return (random.uniform(size=rows) < probability**2).astype(float), probability


pairs = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from(list(WANTED)) | st.floats(0, 1)), min_size=1)


@given(pairs)
@settings(max_examples=100, deadline=None)
def test_isotonic_is_that_of_scikit_learn_within_its_limits(rows):
    label, probability = map(np.array, zip(*rows, strict=True))
    probability = np.round(probability, 6)
    expected = IsotonicRegression(out_of_bounds="clip").fit(probability, label).predict(WANTED)
    least = 1 / (len(label) + 2)
    assert list(isotonic(label, probability)(WANTED)) == pytest.approx(list(np.clip(expected, least, 1 - least)))


@pytest.mark.parametrize(("rows", "decimals"), [(300, 15), (300, 1), (40, 1)])
def test_sigmoid_is_a_logistic_regression_on_log_odds_with_platts_targets(rows, decimals):
    label, probability = sample(rows, decimals=decimals)
    odds = np.log(probability / (1 - probability))[:, None]
    positives = label.sum()
    target = np.where(label > 0, (positives + 1) / (positives + 2), 1 / (rows - positives + 2))
    # Each row once as a positive and once as a negative, weighted by what it is aimed at.
    both, weight = np.repeat([1.0, 0.0], rows), np.concatenate([target, 1 - target])
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)
    model.fit(np.concatenate([odds, odds]), both, sample_weight=weight)
    inside = WANTED[1:-1]
    expected = model.predict_proba(np.log(inside / (1 - inside))[:, None])[:, 1]
    assert list(sigmoid(label, probability)(inside)) == pytest.approx(list(expected), abs=1e-6)


def test_a_sigmoid_of_one_probability_is_one_probability():
    label = np.array([1.0, 0, 0, 0])
    result = sigmoid(label, np.full(4, 0.3))(np.array([0.3]))
    assert result[0] == pytest.approx((2 / 3 + 3 / 5) / 4)


def test_classes_that_are_told_apart_surely_keep_a_sigmoid_with_an_end():
    label, probability = np.repeat([0.0, 1.0], 20), np.repeat([0.0, 1.0], 20)
    result = sigmoid(label, probability)(np.array([0.0, 1.0]))
    assert list(result) == pytest.approx([1 / 22, 21 / 22], abs=1e-6)


def test_few_rows_get_a_sigmoid_and_many_a_free_form():
    for rows, how in ((ENOUGH - 1, sigmoid), (ENOUGH, isotonic)):
        label, probability = sample(rows)
        result = calibration(label, probability)
        assert result is not None
        assert list(result(WANTED)) == list(how(label, probability)(WANTED))


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_gives_no_map(label):
    assert calibration(np.full(5, label), np.linspace(0, 1, 5)) is None


@pytest.mark.parametrize("rows", [400, 5000])
def test_calibration_makes_the_error_smaller(rows):
    how = calibration(*sample(rows, seed=1))
    label, probability = sample(5000, seed=2)
    before, after = (calibration_error(reliability(label, item)) for item in (probability, how(probability)))
    assert after < before / 3


def test_equal_probabilities_share_a_bin():
    assert set(bins_of(np.full(30, 0.4))) == {0}
    curve = reliability(np.array([1.0, 0, 0, 0]), np.full(4, 0.3))
    assert (list(curve.x), list(curve.y), list(curve.n)) == ([pytest.approx(0.3)], [0.25], [4])
    assert calibration_error(curve) == pytest.approx(0.05)


def test_bins_hold_equally_many_rows():
    assert set(np.bincount(bins_of(np.random.default_rng(1).uniform(size=1500)))) == {100}


def test_a_class_that_was_not_there_stays_as_it_is_before_all_sum_to_one():
    label = np.repeat([0, 1], 600)
    probabilities = np.stack([np.linspace(0.9, 0.1, 1200), np.linspace(0.05, 0.85, 1200), np.full(1200, 0.05)], axis=1)
    result = calibrated_classes(label, probabilities, probabilities[:2])
    assert result.sum(axis=1) == pytest.approx([1, 1])
    expected = np.array([1 - 1 / 1202, 1 / 1202, 0.05])
    assert result[0] == pytest.approx(expected / expected.sum())
