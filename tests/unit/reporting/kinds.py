"""Artificial results of every declared task in both cities, to test the page of every kind of task."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import cos, pi
from typing import Any

from crime_spark.fitting.cells import unfit
from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners import LEARNERS
from crime_spark.reporting.best import KEY, best_cells
from crime_spark.reporting.material import Material
from crime_spark.tasks import TASKS
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task
from tests.unit.reporting.records import Rows, called, cell, compared, curve_points, full_material, metric

YEARS = ((2015, 2016), (2016, 2017))
EVENTS = {2016: ["no_past_in_first_year"], 2017: ["pandemic", "incomplete_last_year"]}
# Metric -> the value of the first learner, and the step from each learner to the next.
_USUAL: dict[str, tuple[float, float]] = {
    "auc": (0.70, 0.01),
    "macro_auc": (0.68, 0.01),
    "mae": (12.3, -0.4),
    "pai_5": (3.9, 0.05),
    "pai_1": (6.5, 0.05),
    "pai_10": (3.1, 0.05),
    "hit_5": (0.195, 0.003),
    "rows": (301_320, 0),
    "n": (180_000, 0),
    "mean_label": (25.4, 0),
    "tp": (20_000, 0),
    "fn": (30_000, 0),
    "fp": (9_000, 0),
    "tn": (60_000, 0),
}


@cache
def every_kind() -> Material:
    """full_material with results of all tasks and of every learner that can fit them, for all delays of both cities.

    As in a report, only the best learners have curves and confusion.
    """
    base = full_material()
    metrics: Rows = []
    comparisons: Rows = []
    cells: Rows = []
    hours: Rows = []
    curves: Rows = []
    confusion: Rows = []
    for city in base.cities:
        for task in TASKS:
            for delay in sorted({0, city.delay_days}) if isinstance(task.grain, Panel) else [0]:
                for years in YEARS:
                    keys = {"city": city.name, "task": task.name, "delay": delay}
                    able = [learner.name for learner in LEARNERS if unfit(task, learner) is None]
                    metrics += _metrics(task, able, years, keys)
                    comparisons += _comparisons(task, able, years, keys)
                    cells += [cell(name, years, **keys, **_target(task)) for name in able]
                    hours += _hours(task, able, years, keys)
                    curves += _curves(task, able, years, keys)
                    confusion += _confusion(task, able, years, keys)
    material = replace(base, metrics=metrics, comparisons=comparisons, cells=cells, hours=hours)
    best = set(best_cells(material))
    return replace(material, curves=_of_cells(curves, best), confusion=_of_cells(confusion, best))


def _of_cells(rows: Rows, cells: set[tuple[str | int, ...]]) -> Rows:
    return [row for row in rows if tuple(row[key] for key in KEY) in cells]


def _value(name: str, rank: int) -> float:
    start, step = _USUAL.get(name, (0.6, 0.01))
    return start + step * rank


def _metrics(task: Task, able: list[str], years: tuple[int, int], keys: dict[str, Any]) -> Rows:
    names = [shown.name for shown in (task.kind.headline, *task.kind.others())] + ["rows", "n", "mean_label"]
    names += ["tp", "fn", "fp", "tn"] if "brier" in names else []
    rows = [
        metric(learner, _value(name, -rank), years, name, abs(_value(name, 0)) / 100, events=EVENTS[years[1]], **keys)
        for rank, learner in enumerate(able)
        for name in names
    ]
    rows += [
        metric(learner, 0.5, years, f"class_{name}", 0.01, **{**keys, "class": class_name})
        for learner in able
        for class_name in _classes(task)
        for name in ("precision", "recall", "f1", "support")
    ]
    if not isinstance(task.grain, Panel):
        headline = task.kind.headline.name
        rows += [metric(learner, 0.69, (2015, 2017), headline, events=EVENTS[2017], **keys) for learner in able[:2]]
    return rows


def _comparisons(task: Task, able: list[str], years: tuple[int, int], keys: dict[str, Any]) -> Rows:
    name = task.kind.headline.name
    return [
        compared(
            learner,
            other,
            _value(name, -rank) - _value(name, -other_rank),
            years,
            name,
            abs(_value(name, 0)) / 80,
            **keys,
        )
        for rank, learner in enumerate(able)
        for other_rank, other in enumerate(able)
        if learner != other
    ]


def _target(task: Task) -> dict[str, Any]:
    if isinstance(task.kind, Ranking):
        return {"base_rate": 0.034, "k": 2}
    if isinstance(task.kind, MultiClass):
        return {"classes": [*task.kind.classes[:8], "other"]}
    return {}


def _classes(task: Task) -> list[str]:
    if isinstance(task.kind, MultiClass):
        return [*task.kind.classes[:8], "other"]
    return ["0", "1"] if isinstance(task.kind, Binary) else []


def _curves(task: Task, able: list[str], years: tuple[int, int], keys: dict[str, Any]) -> Rows:
    names = ["hit_rate", "area_share"] if isinstance(task.kind, Ranking) else []
    names = ["roc", "pr", "gain", "lift", "reliability", "reliability_calibrated"] if _classes(task) else names
    classes = _classes(task) if isinstance(task.kind, MultiClass) else [None]
    shares = [step / 90 for step in range(91)]
    return [
        row
        for rank, learner in enumerate(able)
        for name in names
        for class_name in classes
        for row in curve_points(learner, name, [(x, x ** (0.4 + rank / 20)) for x in shares], class_name, years, **keys)
    ]


def _confusion(task: Task, able: list[str], years: tuple[int, int], keys: dict[str, Any]) -> Rows:
    names = _classes(task)
    pairs = {
        (actual, predicted): 10 * (index + 1) + (actual == predicted) * 90
        for index, actual in enumerate(names)
        for predicted in names
    }
    return [row for learner in able for row in called(learner, pairs, years, **keys)]


def _hours(task: Task, able: list[str], years: tuple[int, int], keys: dict[str, Any]) -> Rows:
    if not (isinstance(task.grain, Panel) and task.grain.by == "city"):
        return []
    return [
        {
            **cell(learner, years, **keys),
            "hour": hour,
            "actual": 25 - 15 * cos((hour - 5) * pi / 12),
            "predicted": 25 - (15 - rank) * cos((hour - 5) * pi / 12),
        }
        for rank, learner in enumerate(able)
        for hour in range(24)
    ]
