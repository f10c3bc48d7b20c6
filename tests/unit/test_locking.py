"""Two jobs that write silver do not run at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crime_spark.errors import LakeError
from crime_spark.lake import Lake
from crime_spark.locking import LOCK, _locked_there, locked

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write("ingest, process 7 on elsewhere")
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


def test_second_job_is_refused_with_the_name_of_the_first(lake):
    with (
        locked(lake, "ingest"),
        pytest.raises(LakeError, match=r"another job is writing to this lake \(ingest, process \d+"),
        locked(lake, "maintain"),
    ):
        pass
    with locked(lake, "maintain"):
        pass


def test_killed_job_does_not_keep_the_lock(lake):
    lake.check_writable()
    command = [sys.executable, "-c", HOLD, f"{lake.root}/{LOCK}"]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(LakeError, match="process 7 on elsewhere"), locked(lake, "ingest"):
        pass
    other.kill()
    other.wait()
    with locked(lake, "ingest"):
        pass


def test_message_names_the_lock_file_outside_local_file_systems(lake: Lake):
    lake.check_writable()
    path = lake.spark._jvm.org.apache.hadoop.fs.Path(lake.path("_there"))
    files = path.getFileSystem(lake.spark._jsc.hadoopConfiguration())
    with (
        _locked_there(files, path, "one"),
        pytest.raises(LakeError, match=r"or remove .*_there if it was killed"),
        _locked_there(files, path, "two"),
    ):
        pass
    assert not files.exists(path)
