"""Every metric, metric of a class and curve that evaluation can write equals scikit-learn's on the same predictions.

What is asked for is what `evaluate` gives: a name without a known answer here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression

from crime_spark.evaluation import binary, hotspots, multiclass, regression
from crime_spark.evaluation.comparisons import scaled_errors
from crime_spark.evaluation.findings import Findings
from crime_spark.evaluation.hotspots import SHARES, CellPeriods
from crime_spark.kinds import KINDS
from crime_spark.schemas import CELL_KEY

ROWS, EARLIER = 700, 1500
RANDOM = np.random.default_rng(20)
NO_BLOCKS = np.zeros(ROWS, np.int64)


def twisted(rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that are too sure of themselves."""
    true = RANDOM.dirichlet(1 / (1 + np.arange(classes)), rows)
    label = np.array([RANDOM.choice(classes, p=item) for item in true])
    sure = np.maximum(true, 1e-4) ** 2
    return label, sure / sure.sum(axis=1, keepdims=True)


def calibrated(label: np.ndarray, probability: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(probability, label)
    return np.clip(fitted.predict(wanted), 1 / (len(label) + 2), 1 - 1 / (len(label) + 2))


def ece(label: np.ndarray, probability: np.ndarray) -> float:
    share, mean = calibration_curve(label, probability, n_bins=15, strategy="quantile")
    edges = np.percentile(probability, np.linspace(0, 1, 16) * 100)
    rows = np.bincount(np.searchsorted(edges[1:-1], probability), minlength=15)
    return float((rows[rows > 0] * np.abs(share - mean)).sum() / len(label))


def averages(label: np.ndarray, called: np.ndarray) -> dict[str, float]:
    result = {}
    for how in ("macro", "weighted"):
        outcome = sklearn_metrics.precision_recall_fscore_support(label, called, average=how, zero_division=0)
        result |= dict(zip((f"{how}_precision", f"{how}_recall", f"{how}_f1"), outcome[:3], strict=True))
    return result


def of_classes(label: np.ndarray, called: np.ndarray, classes: int) -> dict[tuple[str, int], float]:
    result = sklearn_metrics.precision_recall_fscore_support(label, called, labels=range(classes), zero_division=np.nan)
    names = ("class_precision", "class_recall", "class_f1", "class_support")
    return {(name, index): result[place][index] for place, name in enumerate(names) for index in range(classes)}


LABEL, P = (part[:, 1] if part.ndim > 1 else part.astype(float) for part in twisted(ROWS, 2))
BEFORE = tuple(part[:, 1] if part.ndim > 1 else part.astype(float) for part in twisted(EARLIER, 2))
BINARY = binary.FORMULAS.evaluate(LABEL, P, NO_BLOCKS, 1, 1, BEFORE)


def binary_answers() -> dict[str, float]:
    precision, recall, thresholds = sklearn_metrics.precision_recall_curve(*BEFORE)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    threshold = thresholds[np.argmax(f1[:-1])]
    called, half, after = threshold <= P, P >= 0.5, calibrated(*BEFORE, P)
    tn, fp, fn, tp = sklearn_metrics.confusion_matrix(LABEL, called).ravel()
    scores = {"accuracy": sklearn_metrics.accuracy_score, "precision": sklearn_metrics.precision_score}
    scores |= {"recall": sklearn_metrics.recall_score, "f1": sklearn_metrics.f1_score}
    return {
        "auc": sklearn_metrics.roc_auc_score(LABEL, P),
        "pr_auc": sklearn_metrics.average_precision_score(LABEL, P),
        "log_loss": sklearn_metrics.log_loss(LABEL, P),
        "brier": sklearn_metrics.brier_score_loss(LABEL, P),
        "ece": ece(LABEL, P),
        "log_loss_calibrated": sklearn_metrics.log_loss(LABEL, after),
        "brier_calibrated": sklearn_metrics.brier_score_loss(LABEL, after),
        "ece_calibrated": ece(LABEL, after),
        **{name: how(LABEL, called) for name, how in scores.items()},
        **{f"{name}_at_half": how(LABEL, half) for name, how in scores.items()},
        **averages(LABEL, called),
        **{"tn": tn, "fp": fp, "fn": fn, "tp": tp},
        **{"threshold": threshold, "validation_rows": EARLIER},
    }


CLASSES = 4
CLASS, PS = twisted(ROWS, CLASSES)
CLASS_BEFORE = twisted(EARLIER, CLASSES)
MULTI_CLASS = multiclass.FORMULAS.evaluate(CLASS, PS, NO_BLOCKS, 1, 1, CLASS_BEFORE)


def class_answers() -> dict[str, float]:
    columns = [
        calibrated(CLASS_BEFORE[0] == index, CLASS_BEFORE[1][:, index], PS[:, index]) for index in range(CLASSES)
    ]
    after = np.stack(columns, axis=1)
    after /= after.sum(axis=1, keepdims=True)
    return {
        "macro_auc": sklearn_metrics.roc_auc_score(CLASS, PS, multi_class="ovr", average="macro"),
        "accuracy": sklearn_metrics.accuracy_score(CLASS, PS.argmax(axis=1)),
        **averages(CLASS, PS.argmax(axis=1)),
        "log_loss": sklearn_metrics.log_loss(CLASS, PS),
        "log_loss_calibrated": sklearn_metrics.log_loss(CLASS, after),
        "ece": np.mean([ece(index == CLASS, PS[:, index]) for index in range(CLASSES)]),
        "ece_calibrated": np.mean([ece(index == CLASS, after[:, index]) for index in range(CLASSES)]),
        **{"rows": ROWS, "validation_rows": EARLIER},
    }


COUNTS = RANDOM.poisson(4, ROWS).astype(float)
FORECAST, NAIVE = RANDOM.gamma(8, 0.5, ROWS), RANDOM.poisson(4, ROWS).astype(float)
COUNTS_BEFORE = (RANDOM.poisson(4, EARLIER).astype(float), RANDOM.gamma(8, 0.5, EARLIER))
REGRESSION = regression.FORMULAS.evaluate(COUNTS, FORECAST, NO_BLOCKS, 1, 1, COUNTS_BEFORE)


def number_answers() -> dict[str, float]:
    low, high = np.percentile(COUNTS_BEFORE[0] - COUNTS_BEFORE[1], [5, 95])
    return {
        "mae": sklearn_metrics.mean_absolute_error(COUNTS, FORECAST),
        "rmse": sklearn_metrics.root_mean_squared_error(COUNTS, FORECAST),
        "r2": sklearn_metrics.r2_score(COUNTS, FORECAST),
        "poisson_deviance": sklearn_metrics.mean_poisson_deviance(COUNTS, FORECAST),
        "mean_label": COUNTS.mean(),
        "coverage_90": np.mean((FORECAST + low <= COUNTS) & (FORECAST + high >= COUNTS)),
        "width_90": high - low,
        **{"rows": ROWS, "validation_rows": EARLIER},
    }


# One period, so that what is said of periods is what is said of one ranking.
CELLS = CellPeriods(
    COUNTS,
    RANDOM.permutation(ROWS) + COUNTS * 40.0,
    np.zeros(ROWS),
    np.arange(ROWS),
    np.zeros(ROWS, np.int64),
    NO_BLOCKS,
    np.ones(ROWS, bool),
)
RANKING = hotspots.evaluate(CELLS, 1, 1, k=6)


def cell_answers() -> dict[str, float]:
    by_score, best = COUNTS[np.argsort(-CELLS.score, kind="stable")], -np.sort(-COUNTS)
    taken = np.concatenate(([0.0], np.cumsum(by_score))) / COUNTS.sum()
    answers = {
        "gini": 2 * sklearn_metrics.auc(np.linspace(0, 1, ROWS + 1), taken) - 1,
        "auc": sklearn_metrics.roc_auc_score(COUNTS >= 6, CELLS.score),
        "pr_auc": sklearn_metrics.average_precision_score(COUNTS >= 6, CELLS.score),
        **{"rows": ROWS, "n": COUNTS.sum()},
    }
    for percent in SHARES:
        cells = ROWS * percent // 100
        hit = by_score[:cells].sum() / COUNTS.sum()
        answers |= {f"hit_{percent}": hit, f"pai_{percent}": hit / (cells / ROWS)}
        # Recall of the cells taken, weighted by what happened, against the most that so many cells can recall.
        answers[f"pei_{percent}"] = by_score[:cells].sum() / best[:cells].sum()
    return answers


JUDGED: dict[str, tuple[Findings, Callable[[], dict[str, float]]]] = {
    "Binary": (BINARY, binary_answers),
    "MultiClass": (MULTI_CLASS, class_answers),
    "Regression": (REGRESSION, number_answers),
    "Ranking": (RANKING, cell_answers),
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, (result, _) in JUDGED.items() for name in result.metrics]
)
def test_every_metric_has_its_known_answer(kind, name):
    result, answers = JUDGED[kind]
    assert result.metrics[name].value == pytest.approx(answers()[name], rel=1e-6, abs=1e-6)


def test_every_declared_metric_is_computed():
    assert {kind: set(result.metrics) for kind, (result, _) in JUDGED.items()} == {
        kind.__name__: set(kind.computed()) for kind in KINDS
    }


@pytest.mark.parametrize(
    ("findings", "label", "called", "classes"),
    [(BINARY, LABEL, BINARY.metrics["threshold"].value <= P, 2), (MULTI_CLASS, CLASS, PS.argmax(axis=1), CLASSES)],
    ids=["Binary", "MultiClass"],
)
def test_every_metric_of_a_class_and_the_confusion_have_theirs(findings, label, called, classes):
    values = {name: estimate.value for name, estimate in findings.of_classes.items()}
    assert values == pytest.approx(of_classes(label, called, classes), abs=1e-6)
    assert findings.confusion.tolist() == sklearn_metrics.confusion_matrix(label, called).tolist()


def test_mase_is_the_quotient_of_two_errors():
    keys = {**dict.fromkeys(CELL_KEY, "same"), "test_year": 2016, "metric": "mae", "low": None, "high": None}
    errors = {
        name: regression.FORMULAS.evaluate(COUNTS, item, np.arange(ROWS) // 7, 50, 1).metrics["mae"]
        for name, item in (("model", FORECAST), ("naive", NAIVE))
    }
    judged = [{**keys, "learner": n, "value": e.value, "drawn": e.drawn.tolist()} for n, e in errors.items()]
    model, naive = scaled_errors(judged, {"naive"})
    expected = sklearn_metrics.mean_absolute_error(COUNTS, FORECAST) / sklearn_metrics.mean_absolute_error(
        COUNTS, NAIVE
    )
    assert model["value"] == pytest.approx(expected, abs=1e-6)
    assert model["low"] < model["value"] < model["high"]
    assert (naive["metric"], naive["value"], naive["low"], naive["high"]) == ("mase", 1, 1, 1)


def on(curve: tuple[Any, Any], points: Any, ends: bool = True) -> None:
    """Every point is one of the known curve's, the ends among them."""
    exact = {(round(float(x), 9), round(float(y), 9)) for x, y in zip(*curve, strict=True)}
    kept = [(round(float(x), 9), round(float(y), 9)) for x, y in zip(points.x, points.y, strict=True)]
    assert set(kept) <= exact
    assert 20 < len(kept) <= 100
    if ends:
        assert {kept[0], kept[-1]} == {
            (round(float(curve[0][index]), 9), round(float(curve[1][index]), 9)) for index in (0, -1)
        }


CASES = {("Binary", None): (LABEL == 1, P)} | {
    ("MultiClass", index): (index == CLASS, PS[:, index]) for index in range(CLASSES)
}


@pytest.mark.parametrize(("kind", "class_index"), CASES)
def test_curves_of_rankings_are_made_of_points_of_the_known_ones(kind, class_index):
    label, score = CASES[kind, class_index]
    curves = {name: points for (name, index), points in JUDGED[kind][0].curves.items() if index == class_index}
    assert set(curves) == {"roc", "pr", "gain", "lift", "reliability", "reliability_calibrated"}
    on(sklearn_metrics.roc_curve(label, score, drop_intermediate=False)[:2], curves["roc"])
    precision, recall, _ = sklearn_metrics.precision_recall_curve(label, score)
    on((recall, precision), curves["pr"])
    thresholds = [threshold for threshold in curves["gain"].threshold if not np.isnan(threshold)]
    assert thresholds == list(curves["lift"].threshold)
    called = [score >= threshold for threshold in thresholds]
    taken = [item.mean() for item in called]
    gains = [sklearn_metrics.recall_score(label, item) for item in called]
    assert list(curves["gain"].x) == pytest.approx([0, *taken])
    assert list(curves["gain"].y) == pytest.approx([0, *gains])
    assert list(curves["lift"].x) == pytest.approx(taken)
    assert list(curves["lift"].y) == pytest.approx(
        [sklearn_metrics.precision_score(label, item) / label.mean() for item in called]
    )
    assert (curves["lift"].x[-1], curves["lift"].y[-1]) == pytest.approx((1, 1))


def test_reliability_is_the_known_curve_before_and_after():
    before, after = (BINARY.curves[name, None] for name in ("reliability", "reliability_calibrated"))
    for points, probability in ((before, P), (after, calibrated(*BEFORE, P))):
        share, mean = calibration_curve(LABEL, probability, n_bins=15, strategy="quantile")
        assert list(points.x) == pytest.approx(list(mean))
        assert list(points.y) == pytest.approx(list(share))
        assert points.n.sum() == ROWS
    for index in range(CLASSES):
        share, mean = calibration_curve(index == CLASS, PS[:, index], n_bins=15, strategy="quantile")
        result = MULTI_CLASS.curves["reliability", index]
        assert (list(result.x), list(result.y)) == (pytest.approx(list(mean)), pytest.approx(list(share)))


def test_no_kind_gives_a_curve_that_is_not_looked_at_here():
    seen = {"roc", "pr", "gain", "lift", "reliability", "reliability_calibrated"}
    names = {kind: {name for name, _ in result.curves} for kind, (result, _) in JUDGED.items()}
    assert names == {"Binary": seen, "MultiClass": seen, "Regression": set(), "Ranking": {"hit_rate", "area_share"}}


def test_hit_rates_and_area_shares_of_one_ranking():
    by_score = np.cumsum(COUNTS[np.argsort(-CELLS.score, kind="stable")]) / COUNTS.sum()
    hit_rate, area_share = (RANKING.curves[name, None] for name in ("hit_rate", "area_share"))
    cells = [ROWS * percent // 100 for percent in range(101)]
    assert list(hit_rate.x) == pytest.approx([cell / ROWS for cell in cells])
    assert list(hit_rate.y) == pytest.approx([0, *(by_score[cell - 1] for cell in cells[1:])])
    least = [int(np.flatnonzero(by_score >= share / 100 - 1e-12)[0]) + 1 for share in range(5, 101, 5)]
    assert list(area_share.x) == pytest.approx([share / 100 for share in range(0, 101, 5)])
    assert list(area_share.y) == pytest.approx([0, *(cell / ROWS for cell in least)])
