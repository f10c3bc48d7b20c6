"""Contests, their scores and gains."""

from __future__ import annotations

from crime_spark.evaluation.judged_cells import FROZEN
from crime_spark.reporting.contests import (
    Contest,
    Gain,
    Span,
    contest_scores,
    contest_standing,
    contest_title,
    contests,
    gain_sentence,
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
STANDING = contest_standing(MATERIAL, CONTEST)
VOLUME = Contest("chicago", "hourly_volume", "per_year", "fair", 7)


def of_volume(rows: Rows, delay: int = 7) -> Rows:
    return [{**row, "task": "hourly_volume", "delay": delay} for row in rows]


def test_scores_are_the_defined_values_of_one_contest_and_metric() -> None:
    assert STANDING.scores["gbt", FIRST] == Score(0.73, 0.726, 0.734)
    assert len(STANDING.scores) == 5
    assert contest_scores(METRICS, CONTEST, "precision") == {}
    assert contests(MATERIAL, CHICAGO) == [CONTEST]


def test_scores_with_rolling_and_frozen_pasts_are_separate() -> None:
    rows = [metric("gbt", 0.73), metric("gbt", 0.6, history="frozen"), metric("gbt", 0.71, (2015, 2017))]
    assert contest_scores(rows, CONTEST, "auc") == {("gbt", FIRST): Score(0.73, 0.726, 0.734)}
    assert {value.value for value in contest_scores(rows, CONTEST, "auc", FROZEN).values()} == {0.6, 0.71}


def test_each_delay_is_a_contest_and_the_longest_comes_first() -> None:
    rows = of_volume([metric("gbt", 5.0, name="mae")], 0) + of_volume([metric("gbt", 6.0, name="mae")], 7)
    material = Material((CHICAGO,), metrics=rows)
    late, undelayed = contests(material, CHICAGO)
    assert (late.delay, undelayed.delay) == (7, 0)
    assert contest_standing(material, late).scores["gbt", FIRST].value == 6.0
    assert contest_standing(material, undelayed).scores["gbt", FIRST].value == 5.0
    assert contest_title(material, late, [late, undelayed]).endswith("city? (data 7 days late)")
    assert contest_title(material, undelayed, [late, undelayed]).endswith("city? (data without delay)")
    assert contest_title(material, late, [late]).endswith("city?")


def test_unpublished_tasks_are_included_only_on_request() -> None:
    material = Material((CHICAGO,), metrics=[metric("gbt", 0.7, name="macro_auc", task="victim_descent")])
    assert contests(material, CHICAGO) == []
    assert [contest.task for contest in contests(material, CHICAGO, unpublished=True)] == ["victim_descent"]


def test_learners_are_in_declared_order_and_undeclared_ones_are_models() -> None:
    rows = [metric(name, 0.6) for name in ("zeta", "class_prior", "gbt", "logistic_regression")]
    standing = contest_standing(Material((CHICAGO,), metrics=rows), CONTEST)
    assert (standing.models, standing.baselines) == (("logistic_regression", "gbt", "zeta"), ("class_prior",))


def test_text_of_a_span_has_all_training_years() -> None:
    assert str(FIRST) == "2015 → 2016"
    assert str(Span(2015, 2016, 2013)) == "2013–2015 → 2016"
    assert STANDING.spans == [FIRST, SECOND]


def test_best_baseline_is_chosen_by_span() -> None:
    assert STANDING.best(STANDING.baselines, FIRST) == ("area_premise_rate", Score(0.70, 0.696, 0.704))
    assert STANDING.best((), FIRST) is None


def test_gain_is_over_the_best_baseline_with_the_interval_of_the_comparison() -> None:
    assert STANDING.gain("gbt", FIRST) == Gain("area_premise_rate", Score(0.03, 0.03 - 0.001, 0.03 + 0.001))
    assert STANDING.gain("logistic_regression", FIRST) is None


def test_gain_sentence_counts_better_and_worse_years() -> None:
    assert gain_sentence(STANDING, "gbt") == (
        "better than the best baseline in 1 of 2 years (the 95 % interval of the difference excludes zero in 1), worse "
        "in 1 (the 95 % interval of the difference excludes zero in 0); gain from −0.005 to +0.030."
    )
    alone = contest_standing(Material((CHICAGO,), metrics=[metric("gbt", 0.73)]), CONTEST)
    assert "its gain is unknown" in gain_sentence(alone, "gbt")


def test_gain_without_a_comparison_has_no_interval() -> None:
    bare = contest_standing(Material((CHICAGO,), metrics=METRICS[:4]), CONTEST)
    gain = bare.gain("gbt", FIRST)
    assert gain is not None
    assert (round(gain.score.value, 3), gain.score.excludes_zero) == (0.03, None)
    assert "interval" not in gain_sentence(bare, "gbt")


def test_lowest_error_is_best_and_a_reduction_is_a_positive_gain() -> None:
    rows = [metric(name, value, name="mae") for name, value in (("gbt", 4.5), ("poisson", 4.0))]
    rows += [metric(name, value, name="mae") for name, value in (("slot_mean", 5.0), ("class_prior", 9.0))]
    less = [compared("poisson", "slot_mean", -1.0, name="mae", half_width=0.25)]
    standing = contest_standing(Material((CHICAGO,), metrics=of_volume(rows), comparisons=of_volume(less)), VOLUME)
    best = [standing.best(names, FIRST) for names in (standing.models, standing.baselines)]
    assert [pair and pair[0] for pair in best] == ["poisson", "slot_mean"]
    assert standing.gain("poisson", FIRST) == Gain("slot_mean", Score(1.0, 0.75, 1.25))
    assert gain_sentence(standing, "gbt") == "better than the best baseline in 1 of 1 year; gain +0.50."


def test_larger_error_is_a_negative_gain() -> None:
    rows = [metric("gbt", 6.0, name="mae"), metric("slot_mean", 5.0, name="mae")]
    standing = contest_standing(Material((CHICAGO,), metrics=of_volume(rows)), VOLUME)
    assert "in 0 of 1 year, worse in 1; gain −1.00." in gain_sentence(standing, "gbt")


def test_title_has_protocol_and_policy_only_if_contests_differ_in_them() -> None:
    other = Contest("chicago", "serious_offense", "expanding", "fair")
    assert contest_title(MATERIAL, CONTEST, [CONTEST]) == "Is this incident a serious (Part I / index) offense?"
    assert contest_title(MATERIAL, CONTEST, [CONTEST, other]).endswith("offense? (per year, fair policy)")
