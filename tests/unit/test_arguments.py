"""The command line: options to settings, and the --help of every job."""

from __future__ import annotations

import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from crime_spark.arguments import parse_arguments
from crime_spark.config import load_settings
from crime_spark.errors import UsageError

ROOT = Path(__file__).parents[2]
HELP = ROOT / "tests" / "golden" / "help"
JOBS = sorted((ROOT / "jobs").glob("*.py"))
STAGES = ("ingest", "train", "report")


def options(*argv: str) -> dict[str, Any]:
    return parse_arguments("pipeline.py", "about", "example", STAGES, argv)[1]


def stages(*argv: str) -> list[str]:
    return parse_arguments("pipeline.py", "about", "example", STAGES, argv)[0].stages


@pytest.mark.parametrize("job", JOBS, ids=[job.stem for job in JOBS])
def test_help_is_as_pinned(job: Path, monkeypatch, capsys):
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


def test_every_help_is_of_a_job_and_has_an_example():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in HELP.iterdir()}
    assert sorted(texts) == [job.stem for job in JOBS]
    for name, text in texts.items():
        assert f"  spark-submit --properties-file conf/spark/local.conf \\\n    jobs/{name}.py --lake" in text


def test_every_job_has_the_same_options():
    held = {job.stem: set(re.findall(r"--[a-z-]+", (HELP / f"{job.stem}.txt").read_text())) for job in JOBS}
    assert {name for name, found in held.items() if "--stages" in found} == {"pipeline"}
    assert {frozenset(found - {"--stages"}) for found in held.values()} == {frozenset(held["ingest"])}


def test_without_options_no_setting_is_changed():
    assert options() == {}
    assert stages() == list(STAGES)


def test_options_become_settings():
    given = options(
        *("--lake", "s3a://b/lake", "--cities", "chicago, los_angeles", "--years", "2013-2014", "--tasks", "all"),
        *("--learners", "gbt", "--protocol", "expanding", "--matrix", "none", "--allow-demographic"),
        *("--strategy", "grid", "--trials", "7", "--minutes", "2.5"),
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
        "tuning.strategy": "grid",
        "tuning.trials": "7",
        "tuning.minutes": "2.5",
        "evaluation.resamples": "200",
        "learner_settings.gbt.note": "a=b",
    }
    settings = load_settings(None, given, {})
    assert (settings.years, settings.tasks, settings.evaluation.resamples) == ((2013, 2014), (), 200)
    assert (settings.tuning.strategy, settings.tuning.trials, settings.tuning.minutes) == ("grid", 7, 2.5)


def test_input_may_be_given_again_for_the_same_city():
    given = options("--input", "a=x.csv", "--input", "b=y", "--input", "a = z/{1,2}=3.csv")
    assert given == {"inputs": {"a": ["x.csv", "z/{1,2}=3.csv"], "b": ["y"]}}


def test_an_option_of_its_own_wins_over_set():
    assert options("--set", "lake=a", "--lake", "b")["lake"] == "b"


def test_chosen_stages_keep_their_order():
    assert stages("--stages", "report, ingest") == ["ingest", "report"]


def test_a_job_beside_the_flow_is_pointed_to():
    with pytest.raises(UsageError, match=r"^tune is no stage of the flow but a job of its own: run jobs/tune\.py$"):
        parse_arguments("pipeline.py", "about", "example", STAGES, ["--stages", "train,tune"], ["fetch", "tune"])


def test_a_job_of_one_stage_has_none_to_choose():
    with pytest.raises(UsageError, match="--stages"):
        parse_arguments("ingest.py", "about", "example", ("ingest",), ["--stages", "ingest"])


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--stages", "tran"], "unknown stage 'tran'; did you mean 'train'?"),
        (["--years", "last"], "years 'last' are not understood; write 2015"),
        (["--input", "landing/a.csv"], "--input 'landing/a.csv' must have the form city=PATTERN"),
        (["--input", "a="], "must have the form city=PATTERN"),
        (["--set", "seed"], "--set 'seed' must have the form key=value"),
        (["--set", "=1"], "must have the form key=value"),
        (["--cities", " , "], "holds no name"),
        (["--lake"], "expected one argument; pipeline.py --help lists the options"),
        (["--dry"], "unrecognized arguments: --dry; pipeline.py --help lists the options"),
        (["2015"], "unrecognized arguments: 2015"),
    ],
)
def test_what_is_wrong_is_refused_with_a_way_out(argv, words):
    with pytest.raises(UsageError) as refused:
        options(*argv)
    assert words in str(refused.value)
