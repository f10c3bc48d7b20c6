"""Metrics of classes equal scikit-learn's, and their intervals a slow bootstrap that asks scikit-learn again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crime_spark.evaluation.multiclass import FORMULAS
from tests.unit.evaluation.bootstrap import slow_intervals

NAN = float("nan")
evaluate, evaluate_ranking = FORMULAS.evaluate, FORMULAS.select(["macro_auc"]).evaluate


def macro_auc(label, probabilities):
    """scikit-learn refuses where a class is absent: asked class by class."""
    members = [label == index for index in range(probabilities.shape[1])]
    results = [
        sklearn_metrics.roc_auc_score(m, p)
        for m, p in zip(members, probabilities.T, strict=True)
        if 0 < m.sum() < len(m)
    ]
    return np.mean(results) if results else NAN


def log_loss(label, probabilities):
    return sklearn_metrics.log_loss(
        label, np.clip(probabilities, 1e-15, 1 - 1e-15), labels=range(probabilities.shape[1])
    )


EXPECTED = {
    "accuracy": lambda y, p: sklearn_metrics.accuracy_score(y, p.argmax(axis=1)),
    "macro_auc": macro_auc,
    "macro_f1": lambda y, p: sklearn_metrics.f1_score(y, p.argmax(axis=1), average="macro"),
    "weighted_f1": lambda y, p: sklearn_metrics.f1_score(y, p.argmax(axis=1), average="weighted"),
    "log_loss": log_loss,
}


def drawn(count: int, classes: int = 4, decimals: int = 15, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels that follow the probabilities, the later classes rarer, over days with numbers that have gaps."""
    random = np.random.default_rng(seed)
    raw = np.round(random.gamma(1 / (1 + np.arange(classes)), size=(count, classes)), decimals) + 1e-6
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    label = np.array([random.choice(classes, p=p) for p in probabilities])
    return label, probabilities, random.integers(0, 12, count) * 3 + 16000


@given(st.integers(1, 60), st.integers(2, 5), st.integers(0, 10_000), st.sampled_from([1, 15]))
@settings(max_examples=100, deadline=None)
def test_values_are_those_of_scikit_learn(count, classes, seed, decimals):
    label, probabilities, day = drawn(count, classes, decimals, seed)
    result = evaluate(label, probabilities, day, resamples=1, seed=1).metrics
    values = {name: result[name].value for name in EXPECTED}
    expected = {name: metric(label, probabilities) for name, metric in EXPECTED.items()}
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_macro_auc_is_that_of_scikit_learn_where_every_class_is_there():
    label, probabilities, day = drawn(500)
    expected = sklearn_metrics.roc_auc_score(label, probabilities, multi_class="ovr", average="macro")
    result = evaluate(label, probabilities, day, 1, seed=1).metrics["macro_auc"]
    assert result.value == pytest.approx(expected, abs=1e-12)


def test_certain_and_wrong_is_a_loss_with_an_end():
    result = evaluate(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([1, 1]), 5, seed=1).metrics
    assert result["log_loss"].value == pytest.approx(-np.log(1e-15) / 2)
    assert (result["accuracy"].value, result["macro_f1"].value) == pytest.approx((1 / 2, 1 / 3))


@pytest.mark.parametrize(("count", "decimals", "tolerance"), [(300, 1, 1e-9), (400, 15, 1e-9), (5000, 15, 1e-4)])
def test_intervals_are_those_of_the_slow_bootstrap(count, decimals, tolerance):
    label, probabilities, day = drawn(count, decimals=decimals)
    result = evaluate(label, probabilities, day, resamples=20, seed=11).metrics
    for name, interval in slow_intervals(EXPECTED, (label, probabilities), day, resamples=20, seed=11).items():
        assert (result[name].low, result[name].high) == pytest.approx(interval, abs=tolerance), name


def test_a_class_that_a_resample_does_not_draw_is_left_out_of_its_means():
    # Class 2 lies in one day of four.
    label, day = np.array([0, 1, 2, 0, 1, 0, 1, 0, 1]), np.array([1, 1, 1, 2, 2, 3, 3, 4, 4])
    probabilities = np.random.default_rng(8).dirichlet([1, 1, 1], len(label))
    result = evaluate(label, probabilities, day, resamples=60, seed=2).metrics
    for name, interval in slow_intervals(EXPECTED, (label, probabilities), day, resamples=60, seed=2).items():
        assert (result[name].low, result[name].high) == pytest.approx(interval), name


def test_rows_of_one_class_have_no_macro_auc():
    result = evaluate(np.zeros(5, np.int64), np.full((5, 3), 1 / 3), np.arange(5), resamples=10, seed=1).metrics
    macro = result["macro_auc"]
    assert [macro.value, macro.low, macro.high, *macro.drawn] == pytest.approx([NAN] * 13, nan_ok=True)
    assert result["accuracy"].value == result["macro_f1"].value == 1


def test_ranking_alone_is_the_same_macro_auc():
    data = drawn(200)
    assert evaluate_ranking(*data, 30, seed=1).metrics == {
        "macro_auc": evaluate(*data, 30, seed=1).metrics["macro_auc"]
    }


@pytest.mark.parametrize(
    ("label", "message"),
    [([0, 3], "labels 0 to 3 for 3 classes"), ([-1, 0], "labels -1 to 0"), ([0], "1 labels for 2 rows")],
)
def test_labels_that_are_no_class_are_refused(label, message):
    for how in (evaluate, evaluate_ranking):
        with pytest.raises(ValueError, match=message):
            how(np.array(label), np.full((2, 3), 1 / 3), np.zeros(len(label), np.int64), 5, 1)
