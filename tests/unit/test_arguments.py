"""The command line: options to settings, and the --help of every job."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from crime_spark.arguments import CONSOLE, parse_arguments
from crime_spark.config import load_settings
from crime_spark.errors import UsageError
from crime_spark.stages import JOBS, PIPELINE
from crime_spark.stages.options import COMMON

ROOT = Path(__file__).parents[2]
HELP = ROOT / "tests" / "golden" / "help"
SCRIPTS = sorted((ROOT / "jobs").glob("*.py"))
STAGES = ["ingest", "describe", "examples", "train", "evaluate", "report"]


def options(*argv: str, job: str = "pipeline") -> dict[str, Any]:
    return parse_arguments(JOBS[job], argv).settings


def stages(*argv: str) -> list[str]:
    return [stage.name for stage in parse_arguments(PIPELINE, argv).stages]


@pytest.mark.parametrize("job", SCRIPTS, ids=[job.stem for job in SCRIPTS])
def test_help_equals_the_golden_file(job: Path, monkeypatch, capsys):
    """With UPDATE_GOLDEN=1 in the environment the file is written instead."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "argv", [str(job), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(job), run_name="__main__")
    assert ended.value.code == 0
    written = capsys.readouterr().out
    golden = HELP / f"{job.stem}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


def test_every_job_has_a_golden_help_with_an_example():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in HELP.iterdir()}
    assert sorted(texts) == sorted(JOBS) == [script.stem for script in SCRIPTS]
    for name, text in texts.items():
        assert f"  spark-submit --properties-file conf/spark/local.conf \\\n    jobs/{name}.py --" in text


@pytest.mark.parametrize("name", JOBS)
def test_help_lists_only_the_options_of_the_job(name: str):
    text = (HELP / f"{name}.txt").read_text(encoding="utf-8").partition("\n\nexample:")[0]
    listed = re.findall(r"^  (?:-h, )?(--[a-z-]+)", text, re.MULTILINE)
    assert listed == ["--help", *(option.flag for option in JOBS[name].options)]


def test_pipeline_has_the_options_of_its_stages():
    custom = {option.flag for stage in STAGES for option in JOBS[stage].options}
    assert {option.flag for option in PIPELINE.options} == custom | {"--stages"}
    assert {option.flag for option in COMMON} <= custom


@pytest.mark.parametrize("name", JOBS)
def test_example_of_every_job_can_be_parsed(name: str):
    assert parse_arguments(JOBS[name], shlex.split(JOBS[name].example)).settings


def test_console_help_differs_only_in_the_program_name(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        parse_arguments(JOBS["report"], ["--help"], CONSOLE)
    console = capsys.readouterr().out
    with pytest.raises(SystemExit):
        parse_arguments(JOBS["report"], ["--help"])
    submitted = capsys.readouterr().out
    submitted = submitted.replace(
        "spark-submit --properties-file conf/spark/local.conf \\\n    jobs/report.py", "report.py"
    )
    assert console == submitted.replace("report.py", "crime-spark report")


@pytest.mark.parametrize(
    ("job", "argv", "words"),
    [
        ("train", ["--replay"], "--replay is an option of quarantine, not of train; train.py --help lists the options"),
        ("train", ["--matrix", "none"], "--matrix is an option of evaluate and pipeline, not of train; "),
        ("ingest", ["--years=2015"], "--years is an option of describe, examples, train, pipeline, tune, audit and"),
        ("pipeline", ["--trials", "3", "--minutes=2"], "not of pipeline; --minutes is an option of tune, not of pipel"),
        ("ingest", ["--stages", "ingest"], "--stages is an option of pipeline, not of ingest; "),
        ("fetch", ["--lake", "lake"], "--lake is an option of ingest, describe, "),
        ("maintain", ["--cites=a"], "unrecognized arguments: --cites=a; maintain.py --help lists the options"),
    ],
)
def test_option_of_another_job_is_refused_with_the_names_of_its_jobs(job, argv, words):
    with pytest.raises(UsageError) as refused:
        options(*argv, job=job)
    assert words in str(refused.value)
    assert refused.value.exit_code == 2


def test_no_options_change_no_settings():
    assert options() == {}
    assert stages() == STAGES


def test_options_become_settings():
    given = options(
        *("--lake", "s3a://b/lake", "--cities", "chicago, los_angeles", "--years", "2013-2014", "--tasks", "all"),
        *("--learners", "gbt", "--protocol", "expanding", "--matrix", "none", "--allow-demographic"),
        *("--set", "evaluation.resamples=200", "--set", "learner_settings.gbt.note=a=b"),
    )
    assert given == {
        "lake": "s3a://b/lake",
        "cities": ["chicago", "los_angeles"],
        "years": [2013, 2014],
        "tasks": "all",
        "learners": ["gbt"],
        "protocol": "expanding",
        "matrix": "none",
        "allow_demographic": True,
        "evaluation.resamples": "200",
        "learner_settings.gbt.note": "a=b",
    }
    settings = load_settings(None, given, {})
    assert (settings.years, settings.tasks, settings.evaluation.resamples) == ((2013, 2014), (), 200)


def test_options_of_tune_become_settings():
    given = options("--strategy", "grid", "--trials", "7", "--minutes", "2.5", job="tune")
    assert given == {"tuning.strategy": "grid", "tuning.trials": "7", "tuning.minutes": "2.5"}
    tuning = load_settings(None, given, {}).tuning
    assert (tuning.strategy, tuning.trials, tuning.minutes) == ("grid", 7, 2.5)


def test_input_can_be_repeated_for_the_same_city():
    given = options("--input", "a=x.csv", "--input", "b=y", "--input", "a = z/{1,2}=3.csv")
    assert given == {"inputs": {"a": ["x.csv", "z/{1,2}=3.csv"], "b": ["y"]}}


def test_option_overrides_set():
    assert options("--set", "lake=a", "--lake", "b")["lake"] == "b"


def test_chosen_stages_keep_the_order_of_the_job():
    assert stages("--stages", "report, ingest") == ["ingest", "report"]


def test_stage_outside_the_pipeline_is_refused_with_the_name_of_its_job():
    with pytest.raises(
        UsageError, match=r"^tune is not a stage of pipeline: run it as a separate job with jobs/tune\.py$"
    ):
        parse_arguments(PIPELINE, ["--stages", "train,tune"])
    with pytest.raises(UsageError, match=r"as a separate job with crime-spark tune$"):
        parse_arguments(PIPELINE, ["--stages", "train,tune"], CONSOLE)


def test_empty_value_is_passed_on():
    assert options("--lake", "") == {"lake": ""}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--stages", "tran"], "unknown stage 'tran'; did you mean 'train'?"),
        (["--years", "last"], "years 'last' cannot be parsed; write 2015"),
        (["--input", "landing/a.csv"], "--input 'landing/a.csv' must have the form city=PATTERN"),
        (["--input", "a="], "must have the form city=PATTERN"),
        (["--set", "seed"], "--set 'seed' must have the form key=value"),
        (["--set", "=1"], "must have the form key=value"),
        (["--cities", " , "], "contains no name"),
        (["--lake"], "expected one argument; pipeline.py --help lists the options"),
        (["--dry"], "unrecognized arguments: --dry; pipeline.py --help lists the options"),
        (["2015"], "unrecognized arguments: 2015"),
    ],
)
def test_wrong_arguments_are_refused_with_a_hint(argv, words):
    with pytest.raises(UsageError) as refused:
        options(*argv)
    assert words in str(refused.value)
