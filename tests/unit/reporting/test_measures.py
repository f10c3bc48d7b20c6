"""Formats, units and directions of metrics."""

from __future__ import annotations

import pytest

from crime_spark.kinds import KINDS
from crime_spark.reporting.measures import Measure, Score, headline_note, metric_caption, unit
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from tests.unit.evaluation.test_known_answers import BINARY, MULTI_CLASS, RANKING, REGRESSION

BY_NAME = {task.name: task for task in TASKS}
ERROR = Measure("mae", "MAE", higher_is_better=False, decimals=None)


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_headline_of_every_task_is_compared_and_explained(task: Task) -> None:
    headline = task.kind.headline
    assert headline.compared
    assert headline.title.split()[0].lower() in headline_note(task).lower()
    assert "{" not in headline_note(task)


def test_lower_is_better_only_for_errors() -> None:
    directions = {shown.name: shown.higher_is_better for kind in KINDS for shown in (kind.headline, *kind.others())}
    errors = {"mae", "rmse", "mase", "poisson_deviance", "log_loss", "brier", "ece"}
    assert {metric for metric, higher in directions.items() if not higher} == errors


def test_gain_changes_its_sign_if_lower_is_better() -> None:
    assert ERROR.gain(Score(-0.4, -0.7, -0.1)) == Score(0.4, 0.1, 0.7)
    assert ERROR.gain(Score(0.4)) == Score(-0.4)
    assert Measure("auc", "AUC").gain(Score(-0.4, -0.7, -0.1)) == Score(-0.4, -0.7, -0.1)
    assert max((12.0, 11.0), key=ERROR.goodness) == 11.0


@pytest.mark.parametrize(
    ("score", "excludes_zero"),
    [
        (Score(0.2, 0.1, 0.3), True),
        (Score(-0.2, -0.3, -0.1), True),
        (Score(0.1, 0.0, 0.2), False),
        (Score(0.1, -0.1, 0.3), False),
        (Score(0.1), None),
    ],
)
def test_interval_excludes_zero_if_it_is_on_one_side(score: Score, excludes_zero: bool | None) -> None:
    assert score.excludes_zero is excludes_zero


@pytest.mark.parametrize(
    ("largest", "shown"), [(312.44, "312.4"), (12.345, "12.3"), (4.5231, "4.52"), (0.06134, "0.0613"), (0.0, "0.000")]
)
def test_decimals_depend_on_the_largest_value(largest: float, shown: str) -> None:
    assert ERROR.with_decimals_for([largest / 2, largest]).text(largest) == shown


def test_formats_of_values_and_intervals() -> None:
    auc, hit = Measure("auc", "AUC"), Measure("hit_5", "Hit rate", decimals=1, unit="%")
    assert auc.text(0.71134) == "0.711"
    assert auc.text(None) == auc.text(float("nan")) == "–"
    assert auc.interval(Score(0.71, 0.7, 0.72)) == "0.700–0.720"
    assert auc.interval(Score(0.71)) == auc.signed_interval(Score(0.71)) == ""
    assert auc.signed_interval(Score(0.0, -0.01, 0.01)) == "−0.010 to +0.010"
    assert hit.text(0.2024) == "20.2 %"
    assert auc.with_decimals_for([12.0]) is auc
    assert ERROR.heading == "MAE (lower is better)"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("area_severity_7d", "points of severity per police area and day"),
        ("hourly_volume", "incidents per hour"),
        ("hotspot_shift", "incidents per cell and 8 hours"),
    ],
)
def test_unit_follows_the_declaration(task: str, words: str) -> None:
    assert unit(BY_NAME[task]) == words


def test_caption_of_an_error_has_unit_and_direction() -> None:
    task = BY_NAME["hourly_volume"]
    assert (
        metric_caption(task, Measure.from_metric(task.kind.headline)) == "MAE in incidents per hour (lower is better)"
    )
    assert metric_caption(BY_NAME["arrest"], Measure.from_metric(BY_NAME["arrest"].kind.headline)) == "AUC"


def test_heading_has_the_better_direction_or_the_intended_value() -> None:
    assert ERROR.heading == "MAE (lower is better)"
    assert Measure("auc", "AUC").heading == "AUC (higher is better)"
    assert Measure("threshold", "Threshold", aim="").heading == "Threshold"
    assert Measure("coverage_90", "Coverage", aim="90 % is meant").heading == "Coverage (90 % is meant)"


def test_every_metric_that_is_shown_is_computed() -> None:
    computed = {**BINARY.metrics, **MULTI_CLASS.metrics, **REGRESSION.metrics, **RANKING.metrics, "mase": None}
    shown = {metric.name for kind in KINDS for metric in (kind.headline, *kind.others())}
    assert shown - set(computed) == set()
