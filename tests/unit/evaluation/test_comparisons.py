"""Differences of two learners on the same resamples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crime_spark.evaluation.binary import FORMULAS
from crime_spark.evaluation.comparisons import comparisons, difference, scaled_errors
from crime_spark.evaluation.resampling import Estimate
from crime_spark.schemas import CELL_KEY

NAN = float("nan")

RANKING = FORMULAS.select(["auc"])


def estimated(value: float, *drawn: float) -> Estimate:
    return Estimate(value, drawn=np.array(drawn))


def test_difference_by_hand():
    result = difference(estimated(0.7, 0.5, 0.8, 0.6), estimated(0.6, 0.5, 0.6, 0.5))
    # The differences are 0, 0.2 and 0.1: the points lie a twentieth of a step from the ends.
    assert (result.value, result.low, result.high) == pytest.approx((0.1, 0.005, 0.195))
    assert list(result.drawn) == pytest.approx([0, 0.2, 0.1])


def test_a_resample_that_one_of_them_lacks_is_left_out():
    result = difference(estimated(0.7, 0.5, NAN, 0.6), estimated(0.6, 0.5, 0.6, NAN))
    assert (result.value, result.low, result.high) == pytest.approx((0.1, 0, 0))


def test_what_is_not_defined_has_no_difference():
    result = difference(estimated(NAN, NAN, NAN), estimated(0.6, 0.5, 0.6))
    assert [result.value, result.low, result.high] == pytest.approx([NAN] * 3, nan_ok=True)


def test_another_number_of_resamples_is_refused():
    with pytest.raises(ValueError, match="3 resamples cannot be compared with 2"):
        difference(estimated(0.7, 0.5, 0.6, 0.7), estimated(0.6, 0.5, 0.6))


def test_what_both_owe_to_the_draw_does_not_widen_the_interval():
    random = np.random.default_rng(1)
    probability = random.uniform(size=600)
    label, day = (random.uniform(size=600) < probability).astype(float), random.integers(0, 30, 600)
    worse = np.clip(probability + random.normal(0, 0.05, 600), 0, 1)
    first, other = (
        FORMULAS.select(["auc"]).evaluate(label, item, day, 200, seed=1).metrics["auc"] for item in (probability, worse)
    )
    result = difference(first, other)
    assert result.high - result.low < (first.high - first.low) / 3
    assert result.low < result.value < result.high


def row(learner: str, value: float | None, drawn: list[float] | None, **overrides: Any) -> dict[str, Any]:
    keys = dict.fromkeys(CELL_KEY, "same")
    result = {"test_year": 2016, "metric": "auc", "value": value, "low": 0.0, "high": 1.0, "drawn": drawn}
    return {**keys, "learner": learner, **result, **overrides}


def compared(learner: str, other: str, *values: float | None, **overrides: Any) -> dict[str, Any]:
    keys = {**dict.fromkeys(CELL_KEY, "same"), "learner": learner, "other": other, "test_year": 2016, "metric": "auc"}
    return {**keys, **dict(zip(("difference", "low", "high"), values, strict=True)), **overrides}


def test_every_learner_against_every_other_but_no_baseline_against_any():
    judged = [row("prior", 0.5, [0.5, 0.5]), row("trees", 0.75, [0.75, 0.75]), row("linear", 0.625, [0.625, 0.625])]
    expected = [
        compared("linear", "prior", 0.125, 0.125, 0.125),
        compared("linear", "trees", -0.125, -0.125, -0.125),
        compared("trees", "linear", 0.125, 0.125, 0.125),
        compared("trees", "prior", 0.25, 0.25, 0.25),
    ]
    assert comparisons(judged, {"prior"}) == expected


@pytest.mark.parametrize("differs", [key for key in (*CELL_KEY, "test_year", "metric") if key != "learner"])
def test_only_what_is_judged_alike_is_compared(differs):
    judged = [row("prior", 0.5, [0.5]), row("trees", 0.75, [0.75], **{differs: "another"})]
    assert comparisons(judged, {"prior"}) == []
    alike = [{**item, differs: "another"} for item in judged]
    assert comparisons(alike, {"prior"}) == [compared("trees", "prior", 0.25, 0.25, 0.25, **{differs: "another"})]


def test_a_metric_that_is_not_defined_or_without_resamples():
    assert comparisons([row("prior", None, [NAN]), row("trees", 0.75, [0.75])], {"prior"}) == [
        compared("trees", "prior", None, None, None)
    ]
    assert comparisons([row("prior", 0.5, None), row("trees", 0.75, None)], {"prior"}) == []


def error(learner: str, value: float | None, drawn: list[float], **overrides: Any) -> dict[str, Any]:
    return row(learner, value, drawn, metric="mae", **overrides)


def test_an_error_is_scaled_by_that_of_the_same_cell_and_year():
    judged = [error("naive", 2.0, [2.0, 4.0]), error("trees", 1.0, [1.0, 1.0]), row("trees", 0.7, [0.7, 0.7])]
    judged += [error("naive", 8.0, [8.0, 8.0], test_year=2017), error("trees", 2.0, [2.0, 2.0], test_year=2017)]
    results = [
        (scaled_error["learner"], scaled_error["test_year"], scaled_error["value"])
        for scaled_error in scaled_errors(judged, {"naive"})
    ]
    assert results == [("naive", 2016, 1), ("trees", 2016, 0.5), ("naive", 2017, 1), ("trees", 2017, 0.25)]
    [trees] = [
        scaled_error for scaled_error in scaled_errors(judged[:2], {"naive"}) if scaled_error["learner"] == "trees"
    ]
    assert (trees["low"], trees["high"]) == pytest.approx(tuple(np.percentile([0.5, 0.25], [2.5, 97.5])))
    assert (trees["metric"], trees["drawn"]) == ("mase", None)


def test_without_what_scales_there_is_no_scaled_error():
    assert scaled_errors([error("trees", 1.0, [1.0]), row("naive", 0.7, [0.7])], {"naive"}) == []
    [result] = scaled_errors([error("trees", 1.0, [1.0]), error("naive", 2.0, [2.0], delay=7)], {"naive"})
    assert result["learner"] == "naive"


def test_no_error_scales_nothing():
    trees, _ = scaled_errors([error("trees", 1.0, [1.0]), error("naive", 0.0, [0.0])], {"naive"})
    assert (trees["value"], trees["low"], trees["high"]) == (None, None, None)
