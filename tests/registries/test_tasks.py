"""Every task: its examples come out as declared, and what leaks is refused where it is declared."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.examples.incidents import to_examples
from crime_spark.examples.panels import days_of, panel_examples
from crime_spark.features.feature import Feature
from crime_spark.features.history import History
from crime_spark.features.keys import KEYS
from crime_spark.kinds import MultiClass
from crime_spark.schemas import INCIDENTS
from crime_spark.table import schema_faults
from crime_spark.tasks import TASKS
from crime_spark.tasks.grain import Incident, Panel
from tests.incidents import incident, incidents
from tests.unit.training.tiny import tiny_settings

FEATURES = tiny_settings().features
# What the examples are made from even if nothing else of an incident is known.
KEPT = {"city", "incident_id", "occurred_at", "year", "offense_group"}
LABELLED = {"serious": True, "arrest": False, "victim_descent": "K", "offense_group": "theft"}
for_each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
for_each_task_of_incidents = pytest.mark.parametrize(
    "task", [task for task in TASKS if isinstance(task.grain, Incident)], ids=lambda task: task.name
)
each_panel = pytest.mark.parametrize(
    "task", [task for task in TASKS if isinstance(task.grain, Panel)], ids=lambda task: task.name
)


def leaks(task) -> dict[str, str]:
    """Column of silver/incidents -> why it may not be a feature of the task."""
    reasons = {}
    for column in INCIDENTS.columns:
        if task.target in column.determines or column.name == task.target:
            reasons[column.name] = f"determines {task.target}"
        if not column.known_at_report:
            reasons[column.name] = "is known only after the report"
        if column.demographic and not task.allow_demographic:
            reasons[column.name] = "is demographic"
    return reasons


@for_each_task_of_incidents
def test_examples_of_incidents_are_as_declared(spark, task):
    """Of a usual incident, of one of which nothing but the key, the time and the label is known, and of no other.

    What gives the label away in one city is hidden there alone.
    """
    unknown = dict.fromkeys(set(INCIDENTS.names) - KEPT - {task.target})
    label = {task.target: LABELLED[task.target]}
    rows = [incident(**label), incident(incident_id="2", **{**unknown, **label}), incident(incident_id="3")]
    rows[2] |= {task.target: None}
    armed = {"weapon": "HANDGUN", "weapon_group": "firearm_handgun", **label}
    rows += [incident(city=city.name, incident_id=f"in {city.name}", **armed) for city in CITIES]
    examples = to_examples(incidents(spark, *rows), task, CITIES, FEATURES)
    assert schema_faults(examples.schema, task.examples, exact=True) == []
    results = {row["example_id"]: row for row in examples.collect()}
    assert set(results) == {rows[0]["incident_id"], "2", *(f"in {city.name}" for city in CITIES)}
    assert None not in [row["label"] for row in results.values()]
    for city in CITIES:
        telling = {column for column, labels in city.reveals.items() if task.target in labels}
        hidden = {
            feature.name: bool(set(feature.uses) & telling) for feature in task.features if "weapon" in feature.uses
        }
        assert {name: results[f"in {city.name}"][name] is None for name in hidden} == hidden


@each_panel
def test_examples_of_a_panel_are_full_and_as_declared(spark, task):
    """Four days, three of them with something to count, in two places; without the city's delay and with it."""
    city = CITIES[0]
    first = datetime(2016, 3, 1, 5, 30)
    box = city.bounds
    place = {"city": city.name, "latitude": (box.south + box.north) / 2, "longitude": (box.west + box.east) / 2}
    other = {**place, "latitude": place["latitude"] + 0.02, "area": "other"}
    rows = [incident(incident_id=str(index), occurred_at=first + timedelta(days=index), **place) for index in (0, 1, 3)]
    rows += [incident(incident_id="9", occurred_at=first, **other)]
    silver = incidents(spark, *rows)
    examples = panel_examples(silver, task, city, days_of(silver)[city.name], FEATURES)
    assert schema_faults(examples.schema, task.examples, exact=True) == []
    periods = 4 * 24 // task.grain.hours
    places = 1 if task.grain.by == "city" else 2
    delays = sorted({0, city.delay_days})
    collected = examples.collect()
    assert Counter(row["delay"] for row in collected) == dict.fromkeys(delays, periods * places)
    assert len({tuple(row[name] for name in task.examples.key) for row in collected}) == len(collected)
    assert sum(row["label"] > 0 for row in collected if row["delay"] == 0) == (3 if places == 1 else 4)
    for row in collected:
        index = row["occurred_at"]
        assert row["example_id"] == f"{row['unit']}@{index:%Y-%m-%dT%H}"
        expected = {"weekday": str(index.weekday()), "hour": str(index.hour), "area": row["unit"]}
        assert {name: row[name] for name in expected if name in row} == {n: v for n, v in expected.items() if n in row}
    # All happened later than the city's delay before any of these periods.
    assert {row["count_all"] for row in collected if row["delay"] == city.delay_days} == {0.0}
    assert any(row["count_all"] > 0 for row in collected if row["delay"] == 0) == (
        task.grain.ahead * task.grain.hours < 72
    )


def planted(column: str) -> Feature:
    return Feature("planted", "category", f"CAST({column} AS STRING)", (column,), "planted")


@for_each_task
def test_every_leaking_column_is_refused_with_the_reason(task):
    assert {"arrest", "updated_at", "mo_codes"} <= set(leaks(task))
    for column, reason in leaks(task).items():
        with pytest.raises(ValueError, match=f"task {task.name} is refused: .*planted {reason}"):
            replace(task, features=(*task.features, planted(column)))


@for_each_task
def test_every_leaking_column_is_refused_among_the_demographic_ones_too(task):
    """There only what describes the victim, and is not the label, may stand."""
    refused = leaks(replace(task, allow_demographic=True))
    for column, reason in refused.items():
        with pytest.raises(ValueError, match=f"task {task.name} is refused: .*planted {reason}"):
            replace(task, demographic=(*task.demographic, planted(column)))
    for column in {"victim_age", "victim_sex", "victim_descent"} - {task.target}:
        assert column not in refused
        assert replace(task, demographic=(planted(column),)).demographic


@for_each_task
def test_every_leaking_column_is_refused_as_the_key_of_a_history(task, monkeypatch):
    for column, reason in leaks(task).items():
        monkeypatch.setitem(KEYS, "planted", planted(column))
        with pytest.raises(ValueError, match=f"task {task.name} is refused: .*planted {reason}"):
            replace(task, histories=(*task.histories, History("planted", ("hour", "planted"))))


@for_each_task_of_incidents
def test_a_column_that_does_not_leak_may_be_planted(task, monkeypatch):
    taken = planted("beat")
    assert replace(task, features=(*task.features, taken)).features[-1] == taken
    monkeypatch.setitem(KEYS, "planted", taken)
    assert replace(task, histories=(*task.histories, History("planted", ("planted",)))).histories


def test_what_leaks_into_the_seriousness_of_an_offense():
    """The reasons by hand, for the one task that everyone knows."""
    [task] = [task for task in TASKS if task.name == "serious_offense"]
    wanted = {
        "arrest": "is known only after the report",
        "offense_code": "determines serious",
        "updated_at": "is known only after the report",
        "victim_age": "is demographic",
    }
    assert {name: leaks(task)[name] for name in wanted} == wanted
    assert not {"premise", "occurred_at", "domestic", "beat"} & set(leaks(task))


@for_each_task
def test_a_task_says_what_it_asks(task):
    assert task.question.endswith("?")
    assert all(feature.comment for feature in task.inputs("full"))


@for_each_task
def test_what_describes_a_victim_is_hidden_without_leave(task):
    fair = {feature.name for feature in task.inputs("fair") if feature.column.demographic}
    assert fair == set()
    assert not task.allow_demographic or not task.publishable


def test_the_classes_of_descent_hold_every_published_code_but_the_unknown(spark):
    [task] = [task for task in TASKS if task.name == "victim_descent"]
    assert isinstance(task.kind, MultiClass)
    codes = "ABCDFGHIJKLOPSUVWZX"
    rows = incidents(spark, *(incident(incident_id=code, victim_descent=code) for code in codes))
    collected = to_examples(rows, task, CITIES, FEATURES).select("example_id", F.col("label").cast("int")).collect()
    by_class = {
        name: "".join(sorted(c for c, index in collected if index == i)) for i, name in enumerate(task.kind.classes)
    }
    assert by_class == {"B": "B", "H": "H", "W": "W", "A": "ACDFJKLVZ", "O": "GIOPSU"}
