"""What the audit tries for which task and city, and that no task is declared with it."""

from __future__ import annotations

import pytest

from crime_spark.auditing.forbidden import GROUPS, NOTHING, Trial, trials
from crime_spark.cities import CITIES
from crime_spark.features.severity import VARIANTS
from crime_spark.tasks import TASKS

for_each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
for_each_city = pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)

PANEL = ["random_split", "all_groups"]
SEVERITY = ["without_places", *PANEL, "severity_base", "severity_full"]
# By hand: task -> what is tried beside the honest model; + stands for what only one of the cities has.
TRIED = {
    "serious_offense": ["arrest", "mo_codes", "offense_code", "offense_group", "+weapon", "demographics"],
    "offense_type": ["arrest", "mo_codes", "offense_code", "+weapon", "demographics"],
    "arrest": ["mo_codes", "demographics", "without_places", *PANEL],
    "victim_descent": ["arrest", "mo_codes", "demographics"],
    "area_severity_1d": SEVERITY,
    "area_severity_7d": SEVERITY,
    "hourly_volume": PANEL,
    "hourly_volume_known_times": PANEL,
    "hotspot_day": PANEL,
    "hotspot_shift": PANEL,
}
for _task in ("serious_offense", "offense_type", "victim_descent"):
    TRIED[_task] += ["without_places", "random_split"]


def tried(task_name: str, city_name: str, policy: str = "fair") -> dict[str, Trial]:
    [task] = [task for task in TASKS if task.name == task_name]
    [city] = [city for city in CITIES if city.name == city_name]
    return {trial.name: trial for trial in trials(task, city, policy)}


@for_each_task
def test_what_is_tried_is_what_the_task_may_not_do(task):
    chicago, los_angeles = (
        [NOTHING, *(name.strip("+") for name in TRIED[task.name] if whole or not name.startswith("+"))]
        for whole in (True, False)
    )
    assert list(tried(task.name, "chicago")) == chicago
    assert list(tried(task.name, "los_angeles")) == los_angeles


def test_the_columns_of_each_group():
    result = tried("serious_offense", "chicago")
    assert {name: [feature.name for feature in result[name].added] for name in GROUPS} == {
        "arrest": ["added_arrest"],
        "mo_codes": ["added_mo_codes"],
        "offense_code": ["added_offense_code"],
        "offense_group": ["added_offense_group"],
        "weapon": ["added_weapon", "added_weapon_group"],
        "demographics": ["added_victim_age", "added_victim_sex", "added_victim_descent"],
    }


def test_the_label_itself_and_what_the_policy_allows_are_not_tried():
    assert [feature.name for feature in tried("victim_descent", "los_angeles")["demographics"].added] == [
        "added_victim_age",
        "added_victim_sex",
    ]
    assert "demographics" not in tried("victim_descent", "los_angeles", "full")
    assert "offense_group" not in tried("offense_type", "los_angeles")


@for_each_task
@for_each_city
def test_what_describes_victims_is_marked(task, city):
    marked = {trial.name for trial in trials(task, city, "fair") if trial.demographic}
    assert marked == {"demographics", "severity_full"} & {trial.name for trial in trials(task, city, "fair")}


@for_each_task
@for_each_city
def test_no_task_is_declared_with_what_is_added(task, city):
    for trial in trials(task, city, "fair"):
        stored = {feature.name for feature in trial.task.inputs("full")}
        assert {feature.name for feature in trial.added} & stored == set()
        assert trial.task.examples == task.examples


def test_without_places_neither_they_nor_the_past_by_them_are_left():
    kept = {feature.name for feature in tried("serious_offense", "chicago")["without_places"].features}
    assert kept == {
        *("hour", "minute", "weekday", "month_of_year", "premise", "domestic", "weapon", "weapon_group"),
        *("premise_hour_minute_odds", "premise_hour_minute_count"),
    }
    severity = tried("area_severity_1d", "chicago")
    gone = {feature.name for feature in severity[NOTHING].features} - {
        feature.name for feature in severity["without_places"].features
    }
    assert gone == {"area"}


def test_arrest_only_groups_are_counted_where_the_task_leaves_them_out():
    assert tried("hotspot_day", "chicago")["all_groups"].task.where == "true"
    assert tried("arrest", "chicago")["all_groups"].task.where == "true"
    assert tried("hourly_volume_known_times", "chicago")["all_groups"].task.where == "true AND NOT time_is_default"


def test_only_numbers_of_one_meaning_are_compared():
    severity = tried("area_severity_1d", "chicago")
    assert {name: trial.gains for name, trial in severity.items()} == {
        **dict.fromkeys((NOTHING, "without_places", "random_split"), ("mae", "r2")),
        "all_groups": ("r2",),
        **{f"severity_{variant}": () for variant in VARIANTS if variant != "weapon"},
    }
    paired = {name for name, trial in severity.items() if trial.paired and trial.gains}
    assert paired == {"without_places", "all_groups"}
    # Of incidents, more are scored.
    assert not tried("arrest", "chicago")["all_groups"].paired
