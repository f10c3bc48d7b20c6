"""Metrics arranged for reading."""

from __future__ import annotations

from crime_spark.evaluation.judged_cells import FROZEN
from crime_spark.reporting.contests import (
    Contest,
    Gain,
    Span,
    contest_title,
    contests,
    gain_sentence,
    scores,
    standing,
)
from crime_spark.reporting.material import Material
from crime_spark.reporting.measures import Score
from tests.unit.reporting.records import CHICAGO, Rows, compared, metric

CONTEST = Contest("chicago", "serious_offense", "per_year", "fair")
FIRST, SECOND = Span(2015, 2016, 2015), Span(2016, 2017, 2016)
METRICS = [
    metric("gbt", 0.73),
    metric("gbt", 0.71, (2015, 2017)),
    metric("gbt", 0.705, (2016, 2017)),
    metric("area_premise_rate", 0.70),
    metric("area_premise_rate", 0.71, (2016, 2017)),
    metric("class_prior", 0.5),
    metric("gbt", 0.6, name="f1"),
    metric("gbt", None, name="precision"),
    metric("gbt", 0.9, city="los_angeles"),
]
COMPARISONS = [
    compared("gbt", "area_premise_rate", 0.03),
    compared("gbt", "class_prior", 0.23),
    compared("gbt", "area_premise_rate", -0.005, (2016, 2017), half_width=0.01),
    compared("gbt", "area_premise_rate", 0.5, name="r2"),
    compared("gbt", "area_premise_rate", 0.4, policy="full"),
]
MATERIAL = Material((CHICAGO,), metrics=METRICS, comparisons=COMPARISONS)
HELD = standing(MATERIAL, CONTEST)
VOLUME = Contest("chicago", "hourly_volume", "per_year", "fair", 7)


def of_volume(rows: Rows, delay: int = 7) -> Rows:
    return [{**row, "task": "hourly_volume", "delay": delay} for row in rows]


def test_scores_are_of_one_contest_and_metric_and_known() -> None:
    assert HELD.found["gbt", FIRST] == Score(0.73, 0.726, 0.734)
    assert len(HELD.found) == 5
    assert scores(METRICS, CONTEST, "precision") == {}
    assert contests(MATERIAL, CHICAGO) == [CONTEST]


def test_rolling_and_frozen_pasts_are_not_mixed() -> None:
    rows = [metric("gbt", 0.73), metric("gbt", 0.6, history="frozen"), metric("gbt", 0.71, (2015, 2017))]
    assert scores(rows, CONTEST, "auc") == {("gbt", FIRST): Score(0.73, 0.726, 0.734)}
    assert {value.value for value in scores(rows, CONTEST, "auc", FROZEN).values()} == {0.6, 0.71}


def test_delays_are_contests_of_their_own_and_the_publishable_one_comes_first() -> None:
    rows = of_volume([metric("gbt", 5.0, name="mae")], 0) + of_volume([metric("gbt", 6.0, name="mae")], 7)
    material = Material((CHICAGO,), metrics=rows)
    late, at_once = contests(material, CHICAGO)
    assert (late.delay, at_once.delay) == (7, 0)
    assert standing(material, late).found["gbt", FIRST].value == 6.0
    assert standing(material, at_once).found["gbt", FIRST].value == 5.0
    assert contest_title(material, late, [late, at_once]).endswith("city? (data 7 days late)")
    assert contest_title(material, at_once, [late, at_once]).endswith("city? (data without delay)")
    assert contest_title(material, late, [late]).endswith("city?")


def test_what_is_not_for_publication_must_be_asked_for() -> None:
    material = Material((CHICAGO,), metrics=[metric("gbt", 0.7, name="macro_auc", task="victim_descent")])
    assert contests(material, CHICAGO) == []
    assert [contest.task for contest in contests(material, CHICAGO, unpublished=True)] == ["victim_descent"]


def test_learners_follow_the_registry_and_unknown_ones_are_models() -> None:
    rows = [metric(name, 0.6) for name in ("zeta", "class_prior", "gbt", "logistic_regression")]
    held = standing(Material((CHICAGO,), metrics=rows), CONTEST)
    assert (held.models, held.baselines) == (("logistic_regression", "gbt", "zeta"), ("class_prior",))


def test_a_span_says_all_its_training_years() -> None:
    assert str(FIRST) == "2015 → 2016"
    assert str(Span(2015, 2016, 2013)) == "2013–2015 → 2016"
    assert HELD.spans == [FIRST, SECOND]


def test_the_best_baseline_is_chosen_for_each_span() -> None:
    assert HELD.best(HELD.baselines, FIRST) == ("area_premise_rate", Score(0.70, 0.696, 0.704))
    assert HELD.best((), FIRST) is None


def test_a_gain_is_over_the_best_baseline_with_the_interval_of_the_comparison() -> None:
    assert HELD.gain("gbt", FIRST) == Gain("area_premise_rate", Score(0.03, 0.03 - 0.001, 0.03 + 0.001))
    assert HELD.gain("logistic_regression", FIRST) is None


def test_gains_and_how_they_are_said() -> None:
    assert gain_sentence(HELD, "gbt") == (
        "better than the best baseline in 1 of 2 years (in 1 the 95 % interval of the difference excludes zero), worse "
        "in 1 (in 0 the 95 % interval of the difference excludes zero); gain from −0.005 to +0.030."
    )
    alone = standing(Material((CHICAGO,), metrics=[metric("gbt", 0.73)]), CONTEST)
    assert "no gain can be stated" in gain_sentence(alone, "gbt")


def test_a_gain_without_a_comparison_has_no_interval() -> None:
    bare = standing(Material((CHICAGO,), metrics=METRICS[:4]), CONTEST)
    gain = bare.gain("gbt", FIRST)
    assert gain is not None
    assert (round(gain.score.value, 3), gain.score.excludes_zero) == (0.03, None)
    assert "interval" not in gain_sentence(bare, "gbt")


def test_of_errors_the_lowest_is_best_and_a_smaller_one_is_gained() -> None:
    rows = [metric(name, value, name="mae") for name, value in (("gbt", 4.5), ("poisson", 4.0))]
    rows += [metric(name, value, name="mae") for name, value in (("slot_mean", 5.0), ("class_prior", 9.0))]
    less = [compared("poisson", "slot_mean", -1.0, name="mae", half_width=0.25)]
    held = standing(Material((CHICAGO,), metrics=of_volume(rows), comparisons=of_volume(less)), VOLUME)
    best = [held.best(names, FIRST) for names in (held.models, held.baselines)]
    assert [found and found[0] for found in best] == ["poisson", "slot_mean"]
    assert held.gain("poisson", FIRST) == Gain("slot_mean", Score(1.0, 0.75, 1.25))
    assert gain_sentence(held, "gbt") == "better than the best baseline in 1 of 1 year; gain +0.50."


def test_a_larger_error_is_no_gain() -> None:
    rows = [metric("gbt", 6.0, name="mae"), metric("slot_mean", 5.0, name="mae")]
    held = standing(Material((CHICAGO,), metrics=of_volume(rows)), VOLUME)
    assert "in 0 of 1 year, worse in 1; gain −1.00." in gain_sentence(held, "gbt")


def test_protocol_and_policy_are_named_only_to_tell_contests_apart() -> None:
    other = Contest("chicago", "serious_offense", "expanding", "fair")
    assert contest_title(MATERIAL, CONTEST, [CONTEST]) == "Is this incident a serious (Part I / index) offense?"
    assert contest_title(MATERIAL, CONTEST, [CONTEST, other]).endswith("offense? (per year, fair policy)")
