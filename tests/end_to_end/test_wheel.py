"""The wheel alone, installed and run from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crime_spark.sample import write_sample
from crime_spark.stages import JOBS
from tests.submitting import HANGS, environment


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed to, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel") / "site"
    pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel)]
    subprocess.run([sys.executable, *pip], check=True, capture_output=True, timeout=HANGS)
    return folder


def crime_spark(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`crime-spark ARGUMENTS` in the folder."""
    return subprocess.run(
        [str(installed / "bin" / "crime-spark"), *arguments],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )


def test_help_lists_the_jobs(installed, tmp_path):
    done = crime_spark(installed, tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in JOBS if f"\n  {name} " not in done.stdout] == []


def test_job_runs_in_an_empty_folder(installed, tmp_path):
    write_sample(tmp_path / "sample", years=1, rows_per_year=100)
    folder = tmp_path / "empty"
    folder.mkdir()
    spark = ("--spark", "spark.master=local[2]", "--spark", "spark.driver.memory=1g")
    done = crime_spark(
        installed, folder, *spark, "ingest", "--lake", "lake", f"--input=chicago={tmp_path}/sample/chicago"
    )
    assert done.returncode in (0, 3), done.stderr  # 3: so few rows may cross a quality limit
    assert os.listdir(folder) == ["lake"]
    assert {"gold", "ledger", "quarantine", "silver"} <= set(os.listdir(folder / "lake"))
    for noise in ("log level", " INFO ", " WARN "):
        assert noise not in done.stderr
