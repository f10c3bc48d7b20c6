"""A task is refused when it is declared if a feature leaks; and what the registered tasks say of themselves holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.features.history import History
from crime_spark.kinds import MultiClass
from crime_spark.schemas import INCIDENTS
from crime_spark.tasks import TASKS
from crime_spark.tasks.grain import Incident
from tests.unit.training.tiny import AREA, HOUR, TASK, tiny_settings

AGE = Feature("victim_age", "number", "victim_age", ("victim_age",), "demographic")
ARREST = Feature("arrest", "category", "arrest", ("arrest",), "known only afterwards")
CODE = Feature("code", "category", "offense_code", ("offense_code",), "gives away whether it is serious")


def test_a_task_whose_features_are_known_at_the_report_is_taken():
    task = replace(TASK, features=(HOUR, AREA))
    assert task.features == (HOUR, AREA)
    assert task.examples.name == "gold/examples_tiny"
    assert task.examples.names == [
        *("city", "example_id", "unit", "delay", "occurred_at", "year", "month", "label"),
        *("hour", "area"),
    ]


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ((HOUR, ARREST), "arrest is known only after the report"),
        ((replace(HOUR, uses=("occurred_at", "updated_at")),), "hour is known only after the report"),
        ((CODE,), "code determines serious"),
        ((replace(CODE, uses=("offense_group",)),), "code determines serious"),
        ((replace(AREA, uses=("area", "serious")),), "area determines serious"),
        ((replace(AREA, uses=("area", "mo_codes")),), "area is known only after the report; area determines serious"),
        ((AGE,), "victim_age is demographic"),
        ((replace(AREA, uses=("area", "victim_descent")),), "area is demographic"),
        ((HOUR, AREA, replace(HOUR, sql="0")), "hour is declared twice"),
        ((), "it has no features"),
        ((ARREST, HOUR, HOUR), "arrest is known only after the report; hour is declared twice"),
    ],
)
def test_a_leaking_task_is_refused_with_every_reason(features, reason):
    with pytest.raises(ValueError, match=f"^task tiny is refused: {reason}$"):
        replace(TASK, features=features)


def test_what_gives_one_label_away_may_predict_another():
    for target in ("victim_descent", "arrest"):
        assert replace(TASK, target=target, features=(CODE,)).features == (CODE,)


def test_a_feature_that_reads_the_target_itself_is_refused():
    domestic = Feature("at_home", "category", "domestic", ("premise", "domestic"), "reads the target")
    assert replace(TASK, features=(domestic,)).features == (domestic,)
    with pytest.raises(ValueError, match="at_home determines domestic"):
        replace(TASK, target="domestic", features=(domestic,))


def test_demographic_features_need_leave_and_then_leak_no_more_than_others():
    assert replace(TASK, features=(AGE,), allow_demographic=True).features == (AGE,)
    descent = replace(AGE, name="descent", uses=("victim_descent",))
    with pytest.raises(ValueError, match="descent determines victim_descent"):
        replace(TASK, target="victim_descent", features=(descent,), allow_demographic=True)


def test_a_target_is_a_column_of_incidents():
    with pytest.raises(KeyError, match="severity"):
        replace(TASK, target="severity")


@pytest.mark.parametrize(("uses", "error"), [((), ValueError), (("hour",), KeyError)])
def test_a_feature_says_which_columns_of_incidents_it_uses(uses, error):
    with pytest.raises(error):
        replace(HOUR, uses=uses)


def reads_only(spark: SparkSession, sql: str, columns: tuple[str, ...]) -> bool:
    """Whether SQL over incidents, or over a panel's units, can be computed from these columns alone."""
    incidents = spark.createDataFrame([], INCIDENTS.struct).select(*columns)
    try:
        (incidents.withColumn("unit", F.col("area")) if "area" in columns else incidents).select(F.expr(sql))
    except AnalysisException:
        return False
    return True


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_features_use_what_they_say_and_no_other_column(spark, task):
    """The guard judges a feature by the columns it says it uses: here it cannot have left one out."""
    assert [feature.name for feature in task.features if not reads_only(spark, feature.sql, feature.uses)] == []
    if isinstance(task.grain, Incident):  # a panel's label is of a period that its features do not see
        assert reads_only(spark, task.label_sql(tiny_settings().features), (task.target,))


def test_a_feature_that_uses_more_than_it_says_is_found(spark):
    assert not reads_only(spark, "hour(occurred_at) + int(arrest)", ("occurred_at",))


def test_log_odds_are_told_with_the_count_that_they_are_of():
    history = History("block", ("block",))
    assert replace(TASK, histories=(history,)).odds == {"block_odds": "block_count"}
    several = replace(TASK, kind=MultiClass(("a", "b", "c")), histories=(history,), history_of=("a", "b"))
    assert several.odds == {"block_odds_a": "block_count", "block_odds_b": "block_count"}
    assert TASK.odds == {}
