"""Frames of predictions to rows of gold/fairness."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from crime_spark.explaining.fairness import fairness, selected
from crime_spark.explaining.rates import FEWEST, NOT_RECORDED, TOO_FEW
from crime_spark.kinds import MultiClass
from crime_spark.schemas import CELL_COLUMNS, FAIRNESS, PREDICTIONS
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from tests.unit.training.tiny import TASK

SEVERITY, HOTSPOT = (next(task for task in TASKS if task.name == name) for name in ("area_severity_1d", "hotspot_day"))
ATTRIBUTES = ("area", "victim_sex", "victim_descent", "victim_age", "offense_group")
CELL = {
    **{"city": "chicago", "task": "tiny", "learner": "gbt", "protocol": "per_year", "policy": "fair", "delay": 0},
    **{"train_from": 2015, "train_to": 2015, "test_year": 2016},
}
DAY = datetime(2016, 3, 1)


def computed_fairness(
    spark: SparkSession,
    task: Task,
    rows: list[dict[str, Any]],
    threshold: float | None = None,
    classes: list[str] | None = None,
) -> dict[tuple[str, str, str, str], tuple[float | None, int]]:
    """(attribute, group, within, metric) -> value and n."""
    types = {column.name: column.type for column in PREDICTIONS.columns} | dict.fromkeys(ATTRIBUTES, "STRING")
    usual = {**CELL, "occurred_at": DAY}
    built = [{**usual, **row} for row in rows]
    names = [name for name in types if any(name in row for row in built) or name in PREDICTIONS.names]
    names += [name for name in ATTRIBUTES if name not in names]
    frame = spark.createDataFrame(
        [tuple(row.get(name) for name in names) for row in built], ", ".join(f"`{n}` {types[n]}" for n in names)
    )
    keys = {column.name: column.type for column in CELL_COLUMNS} | {"test_year": "INT"}
    schema = ", ".join(f"{name} {kind}" for name, kind in keys.items())
    reported = [(*(CELL[name] for name in keys), threshold, classes)]
    cells = spark.createDataFrame(reported, f"{schema}, threshold DOUBLE, classes ARRAY<STRING>")
    result: DataFrame = fairness(frame.repartition(3), cells, 1, task, 20, seed=1)
    assert result.columns == FAIRNESS.names
    entries = result.collect()
    by = {(row["attribute"], row["group"], row["within"], row["metric"]): (row["value"], row["n"]) for row in entries}
    assert len(by) == len(entries)
    assert {tuple(row[name] for name in CELL) for row in entries} == {tuple(CELL.values())}
    return by


def reports(count: int, label: float, probability: float, **columns: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "probability": probability,
            "area": "1",
            "offense_group": "theft",
            **columns,
            "example_id": "x",
        }
        for _ in range(count)
    ]


def test_by_attribute_and_within_offense_groups(spark) -> None:
    rows = reports(FEWEST, 1.0, 0.4, victim_sex="F") + reports(FEWEST, 0.0, 0.4, victim_sex=None, offense_group="other")
    stored = computed_fairness(spark, TASK, rows)
    # None of the rows has a victim's age or descent: these attributes are not there at all.
    assert {attribute for attribute, *_ in stored} == {"area", "victim_sex"}
    assert stored["victim_sex", "F", "all", "calibration_gap"] == (pytest.approx(-0.6), FEWEST)
    assert stored["victim_sex", NOT_RECORDED, "all", "calibration_gap"] == (pytest.approx(0.4), FEWEST)
    assert stored["area", "1", "all", "calibration_gap"] == (pytest.approx(-0.1), 2 * FEWEST)
    assert stored["area", "1", "theft", "base_rate"] == (1.0, FEWEST)
    assert stored["area", "1", "theft", "fpr"] == (None, FEWEST)
    assert stored["victim_sex", "F", "all", "fnr"] == (1.0, FEWEST)
    assert ("victim_sex", "F", "other", "base_rate") not in stored


def test_the_threshold_is_the_cells(spark) -> None:
    stored = computed_fairness(spark, TASK, reports(FEWEST, 1.0, 0.4, victim_sex="F"), threshold=0.3)
    assert stored["victim_sex", "F", "all", "fnr"] == (0.0, FEWEST)


def test_groups_of_fewer_than_twenty_are_not_shown(spark) -> None:
    rows = reports(FEWEST, 1.0, 0.4) + reports(FEWEST - 1, 1.0, 0.4, area="2")
    stored = computed_fairness(spark, TASK, rows)
    assert {group for attribute, group, *_ in stored if attribute == "area"} == {"1", TOO_FEW}
    assert stored["area", TOO_FEW, "all", "groups"] == (1.0, FEWEST - 1)


def test_what_is_predicted_is_no_attribute(spark) -> None:
    task = replace(TASK, features=tuple(f for f in TASK.features if f.name != "area"), target="area")
    stored = computed_fairness(spark, task, reports(FEWEST, 1.0, 0.4, victim_sex="F"))
    assert {attribute for attribute, *_ in stored} == {"victim_sex"}


def test_classes_go_by_their_names(spark) -> None:
    task = replace(TASK, kind=MultiClass(("fraud", "theft")), target="offense_group")
    rows = [{"label": index % 2.0, "probabilities": [0.7, 0.3], "area": "1"} for index in range(FEWEST)]
    stored = computed_fairness(spark, task, rows, classes=["fraud", "theft"])
    assert {metric: value for (*_, metric), (value, _) in stored.items()} == pytest.approx(
        {
            "error_rate": 0.5,
            **{"base_rate_fraud": 0.5, "base_rate_theft": 0.5},
            **{"calibration_gap_fraud": 0.2, "calibration_gap_theft": -0.2},
        }
    )


def test_selected_share_of_cells_against_the_share_of_incidents(spark) -> None:
    """Of 20 cells one is taken each day, always in the east; some of what happens is in no known cell."""
    rows = []
    for day in range(30):
        for unit in range(20):
            east = unit < 10
            rows.append(
                {
                    **{"unit": f"{unit:02}", "area": "east" if east else "west", "label": 1.0 if east else 2.0},
                    **{"prediction": 20.0 - unit, "longer_history": 0.0, "occurred_at": DAY + timedelta(days=day)},
                }
            )
        rows.append({"unit": "99", "area": None, "label": 6.0, "occurred_at": DAY + timedelta(days=day)})
    stored = computed_fairness(spark, HOTSPOT, rows)
    east = {metric: value for (_, group, _, metric), (value, _) in stored.items() if group == "east"}
    assert east == pytest.approx(
        {
            **{"selected_share": 1.0, "incident_share": 10 / 36, "unit_share": 0.5},
            "selected_share_less_incident_share": 26 / 36,
        }
    )
    assert stored["area", NOT_RECORDED, "all", "incident_share"] == (pytest.approx(6 / 36), 30)
    assert stored["area", NOT_RECORDED, "all", "selected_share"] == (0.0, 30)


def test_of_numbers_errors_by_area_too(spark) -> None:
    rows = [
        {"unit": area, "area": area, "label": 2.0, "prediction": source, "occurred_at": DAY + timedelta(days=day)}
        for day in range(FEWEST)
        for area, source in (("1", 3.0), ("2", 1.5))
    ]
    stored = computed_fairness(spark, SEVERITY, rows)
    assert stored["area", "1", "all", "calibration_gap"] == (1.0, FEWEST)
    assert stored["area", "2", "all", "mae"] == (0.5, FEWEST)
    assert stored["area", "1", "all", "selected_share"] == (1.0, FEWEST)


def test_of_equal_scores_the_longer_history_comes_first_and_then_the_unit() -> None:
    table = pa.table(
        {
            "unit": ["c", "b", "a", "d", "a", "b"],
            "occurred_at": pa.array([DAY] * 4 + [DAY + timedelta(days=1)] * 2, pa.timestamp("us")),
            "longer_history": [5.0, 9.0, 9.0, None, 1.0, 1.0],
        }
    )
    score = np.array([1.0, 1.0, 1.0, np.nan, 1.0, 2.0])
    assert selected(table, score).tolist() == [0, 0, 1, 0, 0, 1]
    # Half of three units are two, half of two are one.
    assert selected(table, score, percent=50).tolist() == [0, 1, 1, 0, 0, 1]
