"""Ratios by group: known answers, groups too small, and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, mean_absolute_error

from crime_spark.evaluation.resampling import resampled
from crime_spark.explaining.rates import (
    FEWEST,
    NOT_RECORDED,
    TOO_FEW,
    Groups,
    OfGroup,
    binary_ratios,
    by_group,
    class_ratios,
    number_ratios,
    shares,
)

ROWS = 300
RANDOM = np.random.default_rng(1)
DRAWN = resampled(np.arange(ROWS) % 30, 200, seed=1)
NAMES = [("a", "b", None)[index % 3] for index in range(ROWS)]
GROUPS = Groups.of_column(NAMES)
PROBABILITY = RANDOM.uniform(size=ROWS)
LABEL = (RANDOM.uniform(size=ROWS) < PROBABILITY).astype(float)


def is_in_group(name: str | None) -> np.ndarray:
    return np.array([key == name for key in NAMES])


def values(groups_of_rows: list[OfGroup], group: str) -> dict[str, float]:
    return {
        metric: item.value for first in groups_of_rows if first.group == group for metric, item in first.metrics.items()
    }


@pytest.mark.parametrize("name", ["a", "b", None])
def test_binary_rates_are_those_of_scikit_learn(name: str | None) -> None:
    result = values(by_group(binary_ratios(LABEL, PROBABILITY, 0.4), GROUPS, DRAWN), name or NOT_RECORDED)
    chosen = is_in_group(name)
    tn, fp, fn, tp = confusion_matrix(LABEL[chosen], PROBABILITY[chosen] >= 0.4).ravel()
    assert result == pytest.approx(
        {
            "base_rate": LABEL[chosen].mean(),
            "mean_prediction": PROBABILITY[chosen].mean(),
            "calibration_gap": PROBABILITY[chosen].mean() - LABEL[chosen].mean(),
            "fpr": fp / (fp + tn),
            "fnr": fn / (fn + tp),
        },
        abs=1e-12,
    )


def test_groups_stand_in_the_order_of_their_names_wherever_their_rows_are() -> None:
    groups = Groups.of_column(["b", None, "a", "b"])
    assert (groups.names, groups.place.tolist(), groups.sizes.tolist()) == (
        ("a", "b", NOT_RECORDED),
        [1, 2, 0, 1],
        [1, 2, 1],
    )
    fewer = groups.subset(np.array([0, 3]))
    assert (fewer.sizes.tolist(), fewer.is_in("b").tolist()) == ([0, 2, 0], [True, True])


def test_a_probability_at_the_threshold_is_flagged() -> None:
    label, probability = np.zeros(FEWEST), np.full(FEWEST, 0.4)
    result = by_group(
        binary_ratios(label, probability, 0.4), Groups.of_column(["a"] * FEWEST), resampled(np.arange(FEWEST), 5, 1)
    )
    assert values(result, "a")["fpr"] == 1.0


def test_what_nothing_is_divided_by_is_not_defined() -> None:
    result = by_group(
        binary_ratios(np.ones(FEWEST), np.full(FEWEST, 0.4), 0.5),
        Groups.of_column(["a"] * FEWEST),
        resampled(np.arange(20), 5, 1),
    )
    assert np.isnan(result[0].metrics["fpr"].value)
    assert result[0].metrics["fnr"].value == 1.0


def test_the_interval_is_that_of_the_resampled_days() -> None:
    gap = by_group(binary_ratios(LABEL, PROBABILITY, 0.5), GROUPS, DRAWN)[0].metrics["calibration_gap"]
    chosen = np.flatnonzero(is_in_group("a"))
    drawn = [
        np.average((PROBABILITY - LABEL)[chosen], weights=DRAWN.weights[DRAWN.block[chosen], index])
        for index in range(200)
    ]
    assert (gap.low, gap.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=1e-12)
    assert gap.low < gap.value < gap.high


def test_groups_of_too_few_rows_are_counted_and_not_shown() -> None:
    names = ["big"] * FEWEST + ["small"] * (FEWEST - 1) + ["tiny"]
    rows = len(names)
    result = by_group(
        binary_ratios(np.ones(rows), np.ones(rows), 0.5), Groups.of_column(names), resampled(np.arange(rows), 5, seed=1)
    )
    assert [(first.group, first.n) for first in result] == [("big", FEWEST), (TOO_FEW, FEWEST)]
    assert values(result, TOO_FEW) == {"groups": 2.0}


def test_where_every_group_is_too_small_nothing_is_shown() -> None:
    result = by_group(
        binary_ratios(np.ones(3), np.ones(3), 0.5),
        Groups.of_column(["a", "b", None]),
        resampled(np.arange(3), 5, seed=1),
    )
    assert [(first.group, first.n, values(result, TOO_FEW)) for first in result] == [(TOO_FEW, 3, {"groups": 3.0})]


def test_of_classes_each_has_its_gap() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]] * FEWEST)
    label = np.array([0, 1] * FEWEST)
    result = values(
        by_group(class_ratios(label, probabilities), Groups.of_column(["a"] * 40), resampled(np.arange(40), 5, seed=1)),
        "a",
    )
    assert result == pytest.approx(
        {
            **{"error_rate": 0.5, "base_rate_0": 0.5, "base_rate_1": 0.5, "base_rate_2": 0.0},
            **{"calibration_gap_0": -0.1, "calibration_gap_1": -0.25, "calibration_gap_2": 0.35},
        }
    )


def test_of_numbers_the_error_is_scikit_learns() -> None:
    result = values(by_group(number_ratios(LABEL, PROBABILITY * 3), GROUPS, DRAWN), "b")
    chosen = is_in_group("b")
    assert result["mae"] == pytest.approx(mean_absolute_error(LABEL[chosen], 3 * PROBABILITY[chosen]), abs=1e-12)
    assert result["calibration_gap"] == pytest.approx(result["mean_prediction"] - result["mean_label"], abs=1e-12)


def test_shares_are_of_all_rows_and_their_difference_has_an_interval() -> None:
    taken = (PROBABILITY > 0.9).astype(float)
    result = shares({"selected": taken, "happened": LABEL}, GROUPS, DRAWN)
    assert [first.group for first in result] == ["a", "b", NOT_RECORDED]
    chosen = is_in_group("a")
    custom = result[0].metrics
    assert custom["selected"].value == pytest.approx(taken[chosen].sum() / taken.sum())
    assert custom["selected_less_happened"].value == pytest.approx(custom["selected"].value - custom["happened"].value)
    assert custom["selected_less_happened"].low < custom["selected_less_happened"].value
    assert sum(first.metrics["happened"].value for first in result) == pytest.approx(1.0)


def test_shares_of_small_groups_are_left_out_but_not_of_the_sum() -> None:
    names = ["big"] * 30 + ["small"] * 10
    result = shares(
        {"one": np.ones(40), "other": np.ones(40)}, Groups.of_column(names), resampled(np.arange(40), 5, seed=1)
    )
    assert values(result, "big") == {"one": 0.75, "other": 0.75, "one_less_other": 0.0}
    assert [(first.group, first.n) for first in result] == [("big", 30), (TOO_FEW, 10)]
