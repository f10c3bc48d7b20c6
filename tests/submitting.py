"""Running jobs as users do: spark-submit in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
# Seconds after which a process hangs for certain; on a busy machine a job may take many times as long as usual.
HANGS = 3600
# A test's JVM lives for a minute or two on little data: compiling with C2 costs more than its code saves.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m"
_OPTIONS = re.search(
    r"^spark\.driver\.extraJavaOptions +(.*)", (ROOT / "conf/spark/local.conf").read_text(), re.MULTILINE
)
assert _OPTIONS is not None
# The options that users have, but for those of the compiler and the collector.
JAVA_OPTIONS = " ".join([*(option for option in _OPTIONS[1].split() if not option.startswith("-XX:")), QUICK_JAVA])
# For spark_submit: a driver of such a JVM.
DRIVER = ("--conf", f"spark.driver.extraJavaOptions={JAVA_OPTIONS}")


def environment() -> dict[str, str]:
    """This process's environment, with the virtual environment first and nothing of a running session."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYSPARK_", "SPARK_", "CRIME_SPARK_"))}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def spark_submit(
    job: str, *arguments: str, spark: Sequence[str] = (), seconds: int = HANGS
) -> subprocess.CompletedProcess[str]:
    """`spark-submit --properties-file conf/spark/local.conf SPARK jobs/JOB ARGUMENTS` from the checkout."""
    command = [str(BIN / "spark-submit"), "--properties-file", "conf/spark/local.conf", *spark]
    command += [f"jobs/{job}", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=seconds
    )


def plain(job: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python jobs/JOB ARGUMENTS`: for what ends before Spark starts."""
    return subprocess.run(
        [sys.executable, f"jobs/{job}", *arguments],
        cwd=ROOT,
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )
