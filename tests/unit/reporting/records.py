"""Builders for rows of ledger, statistics and metrics; a test passes only the columns that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crime_spark.cities import CITIES
from crime_spark.reporting.material import (
    BY_GROUP,
    BY_MONTH,
    BY_PREMISE,
    BY_YEAR,
    MISSING_VALUES,
    ROWS,
    SHARE_NULL,
    SHARE_SERIOUS,
    VICTIM_AGE,
    VICTIM_DESCENT,
    VICTIM_SEX,
    WEEK,
    WEEK_OF_KNOWN_TIMES,
    Material,
)
from crime_spark.schemas import CELL_KEY

CHICAGO, LOS_ANGELES = CITIES[:2]
Rows = list[dict[str, Any]]


def entry(file: str, read: int, superseded: int = 0, quarantined: int = 0, **overrides: Any) -> dict[str, Any]:
    """A row of the ledger whose counts add up."""
    usual = {
        "file": file,
        "city": "chicago",
        "sha256": "ab" * 32,
        "status": "ingested",
        "rows_read": read,
        "rows_accepted": read - superseded - quarantined,
        "rows_superseded": superseded,
        "rows_quarantined": quarantined,
        "bad_values": {},
        "started_at": datetime(2024, 5, 1, 3, 0),
        "finished_at": datetime(2024, 5, 1, 3, 4),
    }
    return {**usual, **overrides}


def statistic(
    name: str,
    value: float,
    year: int | None = 2016,
    by: tuple[str | None, ...] = (),
    measure: str = ROWS,
    city: str = "chicago",
) -> dict[str, Any]:
    """A row of gold/statistics; `by` has the values of its dimensions."""
    first, second = (*by, None, None)[:2]
    return {
        "statistic": name,
        "city": city,
        "year": year,
        "dimension_1": None,
        "value_1": first,
        "dimension_2": None,
        "value_2": second,
        "measure": measure,
        "value": value,
    }


def year_of_reports(year: int, rows_a_month: int = 100, months: int = 12, city: str = "chicago") -> Rows:
    """Rows of by_year and by_month for a year with reports in its first months."""
    return [
        statistic(BY_YEAR, rows_a_month * months, year, city=city),
        statistic(BY_YEAR, 0.4, year, measure=SHARE_SERIOUS, city=city),
        *(statistic(BY_MONTH, rows_a_month, year, (str(m),), city=city) for m in range(1, months + 1)),
        *(statistic(BY_MONTH, 0.4, year, (str(m),), SHARE_SERIOUS, city) for m in range(1, months + 1)),
    ]


def metric(
    learner: str,
    value: float | None,
    years: tuple[int, int] = (2015, 2016),
    name: str = "auc",
    half_width: float = 0.004,
    **overrides: Any,
) -> dict[str, Any]:
    """A row of gold/metrics; `years` has the training year and the test year."""
    usual = {
        "city": "chicago",
        "task": "serious_offense",
        "learner": learner,
        "protocol": "per_year",
        "policy": "fair",
        "delay": 0,
        "train_from": years[0],
        "train_to": years[0],
        "test_year": years[1],
        "history": "rolling" if years[1] == years[0] + 1 else "frozen",
        "metric": name,
        "class": None,
        "value": value,
        "low": None if value is None else value - half_width,
        "high": None if value is None else value + half_width,
        "events": [],
    }
    return {**usual, **overrides}


def compared(
    learner: str,
    other: str,
    difference: float,
    years: tuple[int, int] = (2015, 2016),
    name: str = "auc",
    half_width: float = 0.001,
    **overrides: Any,
) -> dict[str, Any]:
    """A row of gold/comparisons."""
    usual = metric(learner, difference, years, name, half_width)
    kept = {key: value for key, value in usual.items() if key not in ("value", "history", "events", "class")}
    return {**kept, "other": other, "difference": difference, **overrides}


def cell(learner: str, years: tuple[int, int] = (2015, 2016), **overrides: Any) -> dict[str, Any]:
    """A row of gold/cells."""
    usual = metric(learner, 0.0, years)
    kept = {key: usual[key] for key in (*CELL_KEY, "test_year")}
    return {**kept, "base_rate": 0.4, "k": None, "classes": None, **overrides}


def curve_points(
    learner: str,
    curve: str,
    points: Sequence[tuple[float, float]],
    class_name: str | None = None,
    years: tuple[int, int] = (2015, 2016),
    **overrides: Any,
) -> Rows:
    """Rows of gold/curves."""
    keys = {key: metric(learner, 0.0, years)[key] for key in (*CELL_KEY, "test_year")}
    return [
        {
            **keys,
            "curve": curve,
            "class": class_name,
            "point": index,
            "x": x,
            "y": y,
            "threshold": None,
            "n": None,
            **overrides,
        }
        for index, (x, y) in enumerate(points)
    ]


def called(
    learner: str, counts: Mapping[tuple[str, str], int], years: tuple[int, int] = (2015, 2016), **overrides: Any
) -> Rows:
    """Rows of gold/confusion; `counts` has rows by (actual, predicted) class."""
    keys = {key: metric(learner, 0.0, years)[key] for key in (*CELL_KEY, "test_year")}
    return [
        {**keys, "actual": actual, "predicted": predicted, "rows": rows, **overrides}
        for (actual, predicted), rows in counts.items()
    ]


def full_material() -> Material:
    """A few rows of every table for both cities; Los Angeles has an incomplete year and names that contain HTML."""
    hostile = "<script>alert('x')</script>"
    statistics: Rows = []
    for city in ("chicago", "los_angeles"):
        for year in (2015, 2016, 2017):
            statistics += year_of_reports(year, months=3 if (city, year) == ("los_angeles", 2017) else 12, city=city)
            statistics += [
                statistic(BY_GROUP, 900, year, ("theft",), city=city),
                statistic(BY_GROUP, 300, year, ("motor_vehicle_theft",), city=city),
            ]
        statistics += [
            statistic(name, value, None, by, measure, city)
            for name, value, by, measure in (
                (BY_PREMISE, 700, ("STREET",), ROWS),
                (BY_PREMISE, 0.25, ("STREET",), SHARE_SERIOUS),
                (BY_PREMISE, 500, (hostile,), ROWS),
                (BY_PREMISE, 100, (None,), ROWS),
                (WEEK, 10, ("1", "0"), ROWS),
                (WEEK, 30, ("7", "23"), ROWS),
                (WEEK_OF_KNOWN_TIMES, 30, ("7", "23"), ROWS),
                (MISSING_VALUES, 0.0, ("city",), SHARE_NULL),
                (MISSING_VALUES, 0.125, ("ward",), SHARE_NULL),
            )
        ]
    statistics += [
        statistic(name, value, None, (group,), city="los_angeles")
        for name, group, value in (
            (VICTIM_AGE, "65+", 10),
            (VICTIM_AGE, "<1", 1),
            (VICTIM_AGE, None, 5),
            (VICTIM_SEX, "F", 3),
            (VICTIM_DESCENT, "H", 4),
            (VICTIM_DESCENT, "Q", 1),
        )
    ]
    metrics = [
        metric(learner, value, years, city=city)
        for city in ("chicago", "los_angeles")
        for years in ((2015, 2016), (2016, 2017), (2015, 2017))
        for learner, value in (("gbt", 0.73), ("logistic_regression", 0.71), ("class_prior", 0.5))
    ]
    metrics += [
        metric("gbt", value, (2016, 2017), name) for name, value in (("tp", 2), ("fn", 2), ("fp", 1), ("tn", 5))
    ]
    ledger = [
        entry("s3a://landing/chicago/2016.csv", 1000, 30, 20, bad_values={"ward": 5}),
        entry(f"s3a://landing/la/{hostile}.csv", 10, city="los_angeles"),
    ]
    refusals = [{"city": "chicago", "reason": "no time", "rows": 20}]
    return Material((CHICAGO, LOS_ANGELES), ledger, refusals, statistics, metrics)
