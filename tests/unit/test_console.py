"""The command crime-spark: its help, wrong usage, and the Spark settings that it starts a job with."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import urlparse

import pytest

from crime_spark import console
from crime_spark.arguments import CONSOLE
from crime_spark.console import main, submit_arguments
from crime_spark.stages import JOBS

GOLDEN = Path(__file__).parents[1] / "golden" / "crime-spark.txt"
Started = list[tuple[object, ...]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The arguments of each job that would have been run; the environment is restored."""
    for name in ("PYSPARK_SUBMIT_ARGS", "PYSPARK_PYTHON", "SPARK_HOME"):
        monkeypatch.setenv(name, "before")
    jobs: Started = []

    def run_job(*arguments: object) -> int:
        jobs.append(arguments)
        return 3

    monkeypatch.setattr(console, "run_job", run_job)
    return jobs


def test_help_lists_every_job(monkeypatch, capsys):
    """With UPDATE_GOLDEN=1 in the environment the file is written instead."""
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    written = capsys.readouterr().out
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(written, encoding="utf-8")
    assert written == GOLDEN.read_text(encoding="utf-8")
    assert [name for name in JOBS if f"\n  {name} " not in written] == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "no job is given; crime-spark --help lists the jobs"),
        (["trian", "--lake", "x"], "unknown job 'trian'; did you mean 'train'?"),
        (["--lake", "x", "train"], "unrecognized arguments: --lake; crime-spark --help lists the jobs"),
        (["--spark", "driver.memory=1g", "train"], "--spark 'driver.memory=1g' must have the form spark.KEY=VALUE"),
        (["--spark", "spark.driver.memory", "train"], "must have the form spark.KEY=VALUE"),
        (["--spark"], "argument --spark: expected one argument; crime-spark --help"),
    ],
)
def test_wrong_usage_is_one_message_and_code_2(started, capsys, argv, words):
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert (out, started) == ("", [])
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1


def test_option_of_another_job_is_refused_as_in_its_script(capsys, monkeypatch):
    for name in ("PYSPARK_SUBMIT_ARGS", "PYSPARK_PYTHON"):
        monkeypatch.setenv(name, "before")
    assert main(["train", "--replay"]) == 2
    assert capsys.readouterr().err == (
        "error: --replay is an option of quarantine, not of train; crime-spark train --help lists the options\n"
    )


def test_job_gets_its_arguments_and_its_exit_code_is_returned(started):
    assert main(["--spark", "spark.driver.memory=1g", "report", "--lake", "a lake", "--verbose"]) == 3
    assert started == [(JOBS["report"], ["--lake", "a lake", "--verbose"], CONSOLE)]
    arguments = shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])
    assert arguments == submit_arguments(["spark.driver.memory=1g"])
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    assert "SPARK_HOME" not in os.environ


def test_settings_of_local_conf_are_valid_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    option, properties, conf, java_options, last = submit_arguments([])
    assert (option, conf, last) == ("--properties-file", "--conf", "pyspark-shell")
    assert "spark.driver.memory" in Path(properties).read_text(encoding="utf-8")
    key, _, value = java_options.partition("=")
    assert key == "spark.driver.extraJavaOptions"
    logging, *others = value.split()
    assert logging.startswith("-Dlog4j2.configurationFile=file:///")
    assert Path(urlparse(logging.partition("=")[2]).path).is_file()
    assert " ".join(others) in Path(properties).read_text(encoding="utf-8")


def test_settings_of_the_user_come_last():
    given = ["spark.driver.memory=1g", "spark.jars.packages="]
    assert submit_arguments(given)[-5:] == ["--conf", given[0], "--conf", given[1], "pyspark-shell"]
