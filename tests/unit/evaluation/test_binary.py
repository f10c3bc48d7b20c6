"""Metrics equal scikit-learn's, and their intervals a slow bootstrap that draws days and asks scikit-learn again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crime_spark.evaluation import ranking
from crime_spark.evaluation.binary import FORMULAS
from crime_spark.evaluation.ranking import auc, average_precision
from crime_spark.evaluation.resampling import Array
from tests.unit.evaluation.bootstrap import slow_intervals, slow_resamples

NAN = float("nan")
evaluate, evaluate_ranking = FORMULAS.evaluate, FORMULAS.select(["auc"]).evaluate


def flagged(probability: Array) -> Array:
    return (probability >= 0.5).astype(float)


def one_class(label: Array) -> bool:
    return len(set(label)) < 2


def confusion(label: Array, probability: Array) -> Array:
    return sklearn_metrics.confusion_matrix(label, flagged(probability), labels=[0, 1]).ravel()  # tn, fp, fn, tp


# scikit-learn cuts at the smallest step above 0; we cut at 1e-15, and say so.
EXPECTED = {
    "auc": lambda y, p: NAN if one_class(y) else sklearn_metrics.roc_auc_score(y, p),
    "pr_auc": lambda y, p: sklearn_metrics.average_precision_score(y, p) if y.any() else NAN,
    "log_loss": lambda y, p: sklearn_metrics.log_loss(y, np.clip(p, 1e-15, 1 - 1e-15), labels=[0, 1]),
    "brier": lambda y, p: sklearn_metrics.brier_score_loss(y, p, labels=[0, 1]),
    "accuracy": lambda y, p: sklearn_metrics.accuracy_score(y, flagged(p)),
    "precision": lambda y, p: sklearn_metrics.precision_score(y, flagged(p), zero_division=np.nan),
    "recall": lambda y, p: sklearn_metrics.recall_score(y, flagged(p), zero_division=np.nan),
    "f1": lambda y, p: sklearn_metrics.f1_score(y, flagged(p), zero_division=np.nan),
    "tn": lambda y, p: confusion(y, p)[0],
    "fp": lambda y, p: confusion(y, p)[1],
    "fn": lambda y, p: confusion(y, p)[2],
    "tp": lambda y, p: confusion(y, p)[3],
}

WITHOUT_INTERVAL = {"threshold", "validation_rows", "ece", "log_loss_calibrated", "brier_calibrated", "ece_calibrated"}

scores = st.sampled_from([0.0, 0.1, 0.4999, 0.5, 0.75, 1.0]) | st.floats(0, 1)
rows = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), scores), min_size=1, max_size=60)


@given(rows)
@example([(1.0, 0.0), (0.0, 1.0)])
@settings(max_examples=100, deadline=None)
def test_values_are_those_of_scikit_learn(pairs):
    label, probability = map(np.array, zip(*pairs, strict=True))
    result = evaluate(label, probability, np.zeros(len(pairs), np.int64), resamples=1, seed=1).metrics
    values = {name: result[name].value for name in EXPECTED}
    expected = {name: metric(label, probability) for name, metric in EXPECTED.items()}
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_exact_where_scores_are_more_than_groups(monkeypatch):
    label, probability, day = drawn(300)
    monkeypatch.setattr(ranking, "MOST_GROUPS", 4)
    result = evaluate(label, probability, day, resamples=5, seed=1).metrics
    assert (
        result["auc"].value == auc(label, probability) == pytest.approx(EXPECTED["auc"](label, probability), abs=1e-12)
    )
    assert result["pr_auc"].value == average_precision(label, probability)


def drawn(
    count: int, days: int = 12, seed: int = 3, decimals: int = 15, rare: int = 1
) -> tuple[Array, Array, np.ndarray]:
    """Labels that follow well-calibrated scores, over days with numbers that have gaps."""
    random = np.random.default_rng(seed)
    probability = np.round(random.uniform(0.02, 0.98, count) ** rare, decimals)
    label = (random.uniform(size=count) < probability).astype(float)
    return label, probability, random.integers(0, days, count) * 3 + 16000


@pytest.mark.parametrize(
    ("count", "decimals", "rare", "tolerance"),
    [(400, 1, 1, 1e-9), (400, 15, 1, 1e-9), (6000, 15, 1, 1e-4), (6000, 15, 6, 1e-4), (9000, 4, 1, 1e-4)],
)
def test_intervals_are_those_of_the_slow_bootstrap(count, decimals, rare, tolerance):
    label, probability, day = data = drawn(count, decimals=decimals, rare=rare)
    assert (len(set(probability)) > ranking.MOST_GROUPS) == (tolerance > 1e-9)
    result = evaluate(*data, resamples=40, seed=11).metrics
    for name, (low, high) in slow_intervals(EXPECTED, (label, probability), day, resamples=40, seed=11).items():
        assert (result[name].low, result[name].high) == pytest.approx((low, high), rel=tolerance, abs=tolerance), name


def test_resamples_without_a_class_are_left_out():
    # The positives lie in one day of four: many resamples do not draw it.
    label = np.array([1, 0, 0, 0, 0], float)
    probability, day = np.array([0.6, 0.2, 0.3, 0.7, 0.1]), np.array([1, 1, 2, 3, 4])
    result = evaluate(label, probability, day, resamples=60, seed=2).metrics
    slow = slow_intervals(EXPECTED, (label, probability), day, resamples=60, seed=2)
    assert (result["auc"].low, result["auc"].high) == pytest.approx(slow["auc"])
    assert (result["recall"].low, result["recall"].high) == (1, 1)


def test_the_same_seed_gives_the_same_interval_and_another_another():
    data = drawn(300)
    assert evaluate_ranking(*data, 50, seed=1) == evaluate_ranking(*data, 50, seed=1)
    assert evaluate_ranking(*data, 50, seed=1) != evaluate_ranking(*data, 50, seed=2)


def test_ranking_alone_is_the_same_auc():
    data = drawn(300)
    assert evaluate_ranking(*data, 50, seed=1).metrics == {"auc": evaluate(*data, 50, seed=1).metrics["auc"]}


def test_the_value_in_each_resample_is_kept():
    label, probability, day = drawn(300, decimals=2)
    result = evaluate(label, probability, day, 20, seed=4).metrics
    for name, values in slow_resamples(EXPECTED, (label, probability), day, 20, seed=4).items():
        assert list(result[name].drawn) == pytest.approx(values), name


def test_two_models_are_judged_on_the_same_resamples():
    label, probability, day = drawn(300, decimals=2)
    first = evaluate_ranking(label, probability, day, 50, seed=1).metrics["auc"]
    same_order = evaluate_ranking(label, probability**3, day, 50, seed=1).metrics["auc"]
    assert len(first.drawn) == 50
    assert list(first.drawn) == list(same_order.drawn)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_contain_the_value(seed):
    for name, estimate in evaluate(*drawn(600, days=60, seed=seed), resamples=200, seed=seed).metrics.items():
        if name not in WITHOUT_INTERVAL:
            assert estimate.low < estimate.value < estimate.high, name


def test_days_are_drawn_and_not_rows():
    label, probability, _ = drawn(300)
    one_day = evaluate_ranking(label, probability, np.zeros(300, np.int64), 50, seed=1).metrics["auc"]
    assert one_day.low == one_day.high == pytest.approx(one_day.value)
    # Each row twice in its day is no more evidence than once.
    once = evaluate(label, probability, np.arange(300), 50, seed=1).metrics
    twice = evaluate(*(np.repeat(item, 2) for item in (label, probability, np.arange(300))), 50, seed=1).metrics
    assert (twice["auc"].low, twice["brier"].high) == pytest.approx((once["auc"].low, once["brier"].high))


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_has_no_auc(label):
    result = evaluate(np.full(6, label), np.linspace(0, 1, 6), np.arange(6), resamples=20, seed=1).metrics
    assert [result["auc"].value, result["auc"].low, result["auc"].high] == pytest.approx([NAN] * 3, nan_ok=True)
    assert result["pr_auc"].value == pytest.approx(1.0 if label else NAN, nan_ok=True)
    assert result["recall"].value == pytest.approx(0.5 if label else NAN, nan_ok=True)
    assert result["accuracy"].value == 0.5
