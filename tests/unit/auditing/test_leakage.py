"""The leakage audit on tiny lakes."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F
from sklearn.metrics import roc_auc_score

from crime_spark.auditing.forbidden import Trial
from crime_spark.auditing.leakage import audit, split
from crime_spark.errors import UsageError
from crime_spark.examples.incidents import write_examples
from crime_spark.fitting.cells import Block, Cell
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEAKAGE, PREDICTIONS
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from tests.incidents import incident, incidents
from tests.unit.training.tiny import GBT, PRIOR, TASK, TREES, cities_named, copied, tiny_settings

CHICAGO = cities_named(["chicago"])
YEARS = [2015, 2016]
SEVERITY, HOTSPOT = (next(task for task in TASKS if task.name == name) for name in ("area_severity_1d", "hotspot_day"))


def run(lake: Lake, task: Task = TASK, **options: object) -> list[str]:
    """The audit of 2015 to 2016; what it said, without the time of day."""
    output = io.StringIO()
    settings = tiny_settings(years=YEARS, **options)
    audit(lake, CHICAGO, [task], [TREES, PRIOR], settings, Progress(output))
    return [line.split(" ", 1)[1] for line in output.getvalue().splitlines()]


def rows(lake: Lake) -> dict[tuple[str, str], dict[str, object]]:
    """Rows of gold/leakage by added and metric, each once."""
    results = {(row["added"], row["metric"]): row.asDict() for row in lake.read(LEAKAGE).collect()}
    assert len(results) == lake.read(LEAKAGE).count()
    return results


def files(lake: Lake) -> set[str]:
    """Every file of the lake that is not of gold/leakage."""
    root = Path(lake.root)
    return {str(path.relative_to(root)) for path in root.rglob("*") if "leakage" not in str(path) and path.is_file()}


@dataclass(frozen=True)
class Audited:
    """A lake that was audited, what the audit said, and the lake's other files before and after."""

    lake: Lake
    messages: list[str]
    before: set[str]
    after: set[str]


@pytest.fixture(scope="module")
def audited(trained, tmp_path_factory) -> Audited:
    """The trained lake with an arrest wherever it was serious, and offense codes that say nothing: leave as is."""
    lake = copied(trained, tmp_path_factory.mktemp("planted"))
    reported = {
        "arrest": F.col("serious"),
        "offense_code": F.expr("CAST(pmod(xxhash64(incident_id), 5) AS STRING)"),
        "victim_age": F.expr("CASE WHEN pmod(xxhash64(incident_id), 3) > 0 THEN 30 END"),
    }
    lake.replace(INCIDENTS, lake.read(INCIDENTS).withColumns(reported).localCheckpoint())
    before = files(lake)
    output = run(lake)
    return Audited(lake, output, before, files(lake))


def test_nothing_but_the_audit_is_kept(audited):
    assert audited.after == audited.before


def test_a_planted_leak_gains_and_noise_does_not(audited):
    result = rows(audited.lake)
    groups = ["arrest", "offense_code", "offense_group", "without_places", "random_split"]
    assert set(result) == {(name, "auc") for name in ("nothing", *groups)}
    left_out = ["demographics of chicago tiny is omitted without --allow-demographic"]
    left_out += [f"{name} is omitted: chicago has no values of it" for name in ("mo_codes", "weapon")]
    assert [line for line in audited.messages if "is omitted" in line] == [f"audit: {line}" for line in left_out]

    leak, noise, split_at_random = (result[name, "auc"] for name in ("arrest", "offense_code", "random_split"))
    assert leak["value"] == pytest.approx(1.0)
    assert 0 < leak["low"] < leak["gained"] < leak["high"]
    assert noise["low"] <= 0 <= noise["high"]
    assert result["without_places", "auc"]["gained"] < 0
    assert split_at_random["gained"] is not None
    assert (split_at_random["low"], split_at_random["high"]) == (None, None)


def test_the_honest_model_is_the_one_of_the_train_stage(audited):
    stored = audited.lake.read(PREDICTIONS).where("city = 'chicago' AND learner = 'gbt' AND train_to = 2015").collect()
    value = roc_auc_score([row["label"] for row in stored], [row["probability"] for row in stored])
    honest = rows(audited.lake)["nothing", "auc"]
    assert honest["value"] == pytest.approx(value, abs=1e-9)
    for row in rows(audited.lake).values():
        assert row["gained"] == pytest.approx(row["value"] - value, abs=1e-9)
        assert (row["train_from"], row["train_to"], row["test_year"], row["learner"]) == (2015, 2015, 2016, "gbt")


def test_with_leave_victims_are_tried_and_a_second_run_takes_the_place_of_the_first(audited, tmp_path):
    lake = copied(audited.lake, tmp_path)
    first = rows(lake)
    run(lake, allow_demographic=True, audit__rows=100)
    second = rows(lake)
    assert set(second) == {*first, ("demographics", "auc")}
    assert second["nothing", "auc"]["value"] != first["nothing", "auc"]["value"]


def test_baselines_alone_are_nothing_to_audit(lake):
    with pytest.raises(UsageError, match="all chosen learners are baselines"):
        audit(lake, CHICAGO, [TASK], [PRIOR], tiny_settings(), Progress(io.StringIO()))


@pytest.fixture(scope="module")
def winter(spark, tmp_path_factory) -> Lake:
    """Three months of thefts in three cells of two areas; narcotics are found in one of them, five a day."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("winter")))
    rng = random.Random(1)
    built = []
    for day in range(92):
        for index, longitude in enumerate((-87.9, -87.8, -87.7)):
            kinds = ["theft"] * rng.randrange(3) + ["narcotics"] * (5 if index == 0 else 0)
            built += [
                incident(
                    incident_id=f"{day}-{index}-{number}",
                    occurred_at=datetime(2015, 11, 15, 12) + timedelta(days=day),
                    offense_group=kind,
                    area=f"{min(index, 1):03}",
                    longitude=longitude,
                    weapon_group=rng.choice([None, "firearm_handgun"]),
                    victim_age=rng.choice([None, 30, 70]),
                )
                for number, kind in enumerate(kinds)
            ]
    lake.append(INCIDENTS, incidents(spark, *built))
    write_examples(lake, [SEVERITY, HOTSPOT], CHICAGO, tiny_settings(), Progress(io.StringIO()))
    return lake


def test_scales_are_shown_but_never_compared(winter):
    run(winter, SEVERITY, allow_demographic=True)
    results = {key: row for key, row in rows(winter).items() if row["task"] == SEVERITY.name}
    reported = {key: (row["gained"] is not None, row["low"] is not None) for key, row in results.items()}
    expected = {
        "nothing": (True, False),
        "without_places": (True, True),
        "random_split": (True, False),
        "severity_base": (False, False),
        "severity_full": (False, False),
    }
    assert reported == {
        **{(name, metric): how for name, how in expected.items() for metric in ("mae", "r2")},
        ("all_groups", "mae"): (False, False),
        ("all_groups", "r2"): (True, True),
    }
    values = [results[name, "mae"]["value"] for name in ("nothing", "severity_base", "severity_full")]
    assert len(set(values)) == 3


def test_to_count_what_police_find_looks_better_and_is_shown_as_gained(winter):
    run(winter, HOTSPOT)
    results = {key[0]: row for key, row in rows(winter).items() if row["task"] == HOTSPOT.name}
    assert set(results) == {"nothing", "random_split", "all_groups"}
    assert {row["metric"] for row in results.values()} == {"pai_5"}
    assert results["all_groups"]["low"] > 0
    assert results["random_split"]["low"] is None


def drawn(spark, task: Task, most: int = 0, at_random: bool = True):
    """Training and test rows of split, of 3,000 examples of 2015 in 100 periods and 1,000 of 2016."""
    index = F.expr("make_dt_interval(CAST(id % 100 AS INT), 0, 0, 0)")
    year = F.when(F.col("id") < 3000, 2015).otherwise(2016).cast("int").alias("year")
    examples = spark.range(4000).select(
        F.col("id").cast("string").alias("example_id"),
        (F.expr("TIMESTAMP_NTZ'2015-01-01'") + index).alias("occurred_at"),
        year,
    )
    block = Block((Cell("chicago", task, GBT, "per_year", "fair", 0, 2015, 2015),))
    trial = Trial("random_split", task, task.features, at_random=at_random)
    return examples, *split(block, trial, examples, {2015: 3000, 2016: 1000}, most)


def test_rows_are_split_by_time_or_at_random_in_the_same_proportion(spark):
    examples, training, test = drawn(spark, TASK, at_random=False)
    assert_df_equality(training, examples.where("year = 2015"), ignore_row_order=True)
    assert_df_equality(test, examples.where("year = 2016"), ignore_row_order=True)
    examples, training, test = drawn(spark, TASK)
    assert_df_equality(training.unionByName(test), examples, ignore_row_order=True)
    assert training.count() == pytest.approx(3000, rel=0.05)
    assert {row["year"] for row in test.select("year").distinct().collect()} == {2015, 2016}


def test_of_a_ranking_whole_periods_are_drawn(spark):
    _, training, test = drawn(spark, HOTSPOT)
    periods = [{row[0] for row in rows.select("occurred_at").distinct().collect()} for rows in (training, test)]
    assert periods[0] & periods[1] == set()
    assert len(periods[0] | periods[1]) == 100


def test_of_training_rows_about_as_many_are_kept_as_are_said_whatever_is_drawn_for_the_test(spark):
    for at_random in (False, True):
        _, training, test = drawn(spark, TASK, most=600, at_random=at_random)
        assert training.count() == pytest.approx(600, rel=0.15)
        assert test.count() == pytest.approx(1000, rel=0.15)
