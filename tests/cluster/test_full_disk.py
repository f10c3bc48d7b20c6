"""A disk that is full in the middle of a run costs the run, and nothing else."""

from __future__ import annotations

import subprocess

import pytest
from chispa import assert_df_equality

from crime_spark.lake import Lake
from crime_spark.sample import write_sample
from crime_spark.schemas import INCIDENTS
from tests.submitting import spark_submit
from tests.unit.ingest.running import accounts


@pytest.fixture(params=["450k", "600k"])
def small_disk(tmp_path, request):
    """A file system in memory that is full in the midst of silver, or behind it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        output = done.stderr if done.returncode else ""
    except OSError as error:
        output = str(error)
    if output:
        pytest.skip(f"no file system can be mounted here: {output.strip()}")
    yield folder, request.param == "450k"
    subprocess.run(["umount", str(folder)], check=False)


@pytest.mark.long
def test_full_disk_loses_no_rows(spark, small_disk, tmp_path):
    disk, within_silver = small_disk
    write_sample(tmp_path / "landing", cities=["chicago"], years=3, rows_per_year=4000)
    files = sorted(str(file) for file in (tmp_path / "landing" / "chicago").iterdir())
    little = tmp_path / "little"
    write_sample(little, cities=["chicago"], first_year=2010, years=1, rows_per_year=100)

    def ingest(lake, *inputs):
        given = [part for path in inputs for part in ("--input", f"chicago={path}")]
        return spark_submit("ingest.py", "--lake", str(lake), *given)

    lake = Lake(spark, str(disk / "lake"))
    assert ingest(lake.root, little / "chicago").returncode in (0, 3)
    stored, ledger = lake.read(INCIDENTS).localCheckpoint(), accounts(lake).localCheckpoint()
    failed = ingest(lake.root, little / "chicago", *files)
    assert failed.returncode == 1
    assert (failed.stdout + failed.stderr).count("error: ") == 1
    if within_silver:
        assert_df_equality(lake.read(INCIDENTS), stored, ignore_row_order=True)
    # What was there before is there still; rows that no ledger knows are written again.
    before = lake.read(INCIDENTS).join(stored.select("source_file").distinct(), "source_file", "left_semi")
    assert_df_equality(before.select(*stored.columns), stored, ignore_row_order=True)
    assert_df_equality(accounts(lake), ledger, ignore_row_order=True)
    subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
    assert ingest(lake.root, little / "chicago", *files).returncode in (0, 3)
    whole = Lake(spark, str(tmp_path / "whole"))
    assert ingest(whole.root, little / "chicago", *files).returncode in (0, 3)
    assert_df_equality(lake.read(INCIDENTS), whole.read(INCIDENTS), ignore_row_order=True, ignore_nullable=True)
