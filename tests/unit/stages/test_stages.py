"""The declarations of the stages, and what the stages return to the runner."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crime_spark.config import load_settings
from crime_spark.schemas import STORED
from crime_spark.settings import MATRICES, POLICIES, PROTOCOLS, STRATEGIES
from crime_spark.stages import EXAMPLES, JOBS, OTHER_STAGES, STAGE_BY_NAME, STAGES, Outcome, Run, options

ROOT = Path(__file__).parents[3]


def names(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")}


def test_every_job_has_a_script_and_every_stage_a_module_with_its_name():
    assert names("jobs") == {*JOBS} == {*STAGE_BY_NAME, "pipeline"}
    assert names("crime_spark/stages") == {*STAGE_BY_NAME, "__init__", "stage", "options"}
    for name, stage in STAGE_BY_NAME.items():
        assert importlib.import_module(f"crime_spark.stages.{name}").STAGE is stage


def test_stages_write_every_stored_table_and_no_other():
    exceptions = {"fetch", "quarantine", "maintain"}
    written = {table for name, stage in STAGE_BY_NAME.items() if name not in exceptions for table in stage.writes}
    assert written == {table.name for table in STORED} | {EXAMPLES, "models", "reports/index.html", "reports/cards"}


def test_pipeline_writes_every_table_that_a_stage_needs():
    written = {table for stage in STAGES for table in stage.writes}
    assert {table for stage in (*STAGES, *OTHER_STAGES) for table in stage.needs} <= written


@pytest.mark.parametrize("job", JOBS)
def test_every_option_sets_an_existing_setting(job: str):
    settings: Any = load_settings(None, {}, {})
    for option in JOBS[job].options:
        if option.key:
            result = settings
            for part in option.key.split("."):
                result = getattr(result, part)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        (options.PROTOCOL, PROTOCOLS),
        (options.POLICY, POLICIES),
        (options.MATRIX, MATRICES),
        (options.STRATEGY, STRATEGIES),
    ],
)
def test_help_of_an_option_lists_every_value(option: options.Option, values: tuple[str, ...]):
    assert [value for value in values if value not in option.help] == []


def run_of(**attributes: Any) -> Run:
    """What a stage is given, as far as a test needs it."""
    empty = dict.fromkeys(("lake", "settings", "cities", "tasks", "learners", "progress", "models"))
    return cast(Run, SimpleNamespace(**{**empty, **attributes}))


@pytest.mark.parametrize(
    ("stage", "function", "returned", "outcome"),
    [
        ("train", "crime_spark.training.stage.train", ["cell a: no"], Outcome(failures=("cell a: no",))),
        ("evaluate", "crime_spark.evaluation.stage.evaluate_stage", None, Outcome()),
        ("report", "crime_spark.reporting.stage.report", "reports/index.html", Outcome("reports/index.html")),
        ("audit", "crime_spark.auditing.leakage.audit", "a table", Outcome("a table")),
        ("tune", "crime_spark.tuning.stage.tune", "the best", Outcome("the best")),
    ],
)
def test_outcome_has_the_return_value_of_the_room(monkeypatch, stage, function, returned, outcome):
    monkeypatch.setattr(function, lambda *_: returned)
    assert STAGE_BY_NAME[stage].run(run_of()) == outcome


@pytest.mark.parametrize("exists", [True, False])
def test_refused_files_and_crossed_limits_are_concerns_of_ingest(monkeypatch, exists):
    checked: list[Any] = []

    def check(_lake: object, cities: list[Any], _progress: object, bounds: object) -> list[str]:
        checked.append(([city.name for city in cities], bounds))
        return ["a: too few rows"]

    monkeypatch.setattr("crime_spark.ingest.stage.ingest", lambda *_: ["a.csv was refused: empty"])
    monkeypatch.setattr("crime_spark.quality.stage.check_quality", check)
    run = run_of(
        lake=SimpleNamespace(exists=lambda _: exists),
        settings=SimpleNamespace(inputs={"a": ("a.csv",)}, full=False, quality={"a": {"rows": 1}, "b": {"rows": 2}}),
        cities=(SimpleNamespace(name="a"), SimpleNamespace(name="b")),
    )
    refused = ("a.csv was refused: empty",)
    assert STAGE_BY_NAME["ingest"].run(run) == Outcome(concerns=(*refused, "a: too few rows") if exists else refused)
    assert checked == ([(["a"], {"a": {"rows": 1}})] if exists else [])
