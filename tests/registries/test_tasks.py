"""Every task: its examples come out as declared, and what leaks is refused where it is declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crime_spark.features.examples import to_examples
from crime_spark.features.feature import Feature
from crime_spark.lake import schema_faults
from crime_spark.schemas import INCIDENTS
from crime_spark.tasks import TASKS
from tests.incidents import incident, incidents

KEPT = {"city", "incident_id", "occurred_at", "year"}
each = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


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


@each
def test_examples_are_as_declared(spark, task):
    """Of a usual incident, and of one of which nothing but the key, the time and the label is known."""
    unknown = dict.fromkeys(set(INCIDENTS.names) - KEPT - {task.target})
    rows = incidents(spark, incident(), incident(incident_id="2", **unknown))
    examples = to_examples(rows, task)
    assert schema_faults(examples.schema, task.examples, exact=True) == []
    labelled = rows.where(f"{task.target} IS NOT NULL").count()
    found = examples.collect()
    assert len(found) == labelled
    assert all(row["label"] is not None for row in found)


@each
def test_every_leaking_column_is_refused_with_the_reason(task):
    assert {"arrest", "updated_at", "mo_codes"} <= set(leaks(task))
    for column, reason in leaks(task).items():
        planted = Feature("planted", "category", f"CAST({column} AS STRING)", (column,), "planted")
        with pytest.raises(ValueError, match=f"task {task.name} is refused: .*planted {reason}"):
            replace(task, features=(*task.features, planted))


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


@each
def test_a_task_says_what_it_asks(task):
    assert task.question.endswith("?")
    assert all(feature.comment for feature in task.features)
