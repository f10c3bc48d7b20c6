"""What all tests of a process share: one Spark session, started when it is asked for, and a lake of each test's own."""

from __future__ import annotations

import fcntl
import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crime_spark.lake import Lake
from crime_spark.sample import Truth, write_sample
from crime_spark.session import build_session
from tests.submitting import spark_submit

ROOT = Path(__file__).parent.parent
REAL_DATA = ROOT.parent / "shared" / "data"

SPARK_OPTIONS = {
    "spark.master": "local[2]",
    # Tests are many small queries: partitions and the web page would cost more than the work.
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    # Compiled plans of earlier tests are kept, but not without end.
    "spark.sql.codegen.cache.maxEntries": "200",
    # A warning in a test's output is the test's, not Spark's.
    "spark.log.level": "ERROR",
}


def pytest_configure(config: pytest.Config) -> None:
    """Before there are processes that share the work: Delta's jars, which all of them would fetch at once."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        spark_submit("pipeline.py", "--help")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session of session.py, small; Delta's jars come from the settings that users have."""
    options = {**SPARK_OPTIONS, "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse"))}
    submit = " ".join(f"--conf {key}={value}" for key, value in options.items())
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {ROOT}/conf/spark/local.conf {submit} pyspark-shell"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = build_session("crime-spark tests")
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake in a folder of the test's own."""
    return Lake(spark, str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data beside the checkout; the test skips, saying so, where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real data at {REAL_DATA}")
    return REAL_DATA


@dataclass(frozen=True)
class SampleRun:
    """A finished run of the pipeline on a small sample: its lake, arguments and output, and what was in the files."""

    truth: Truth
    lake: str
    arguments: tuple[str, ...]
    output: str


def small_sample(folder: Path) -> tuple[Truth, tuple[str, ...]]:
    """A sample of three years of both cities, and the pipeline's arguments for it without --lake."""
    truth = write_sample(folder, years=3, rows_per_year=1500)
    inputs = tuple(f"--input={city}={folder / city}" for city in truth.cities)
    return truth, (*inputs, "--set=evaluation.resamples=50", "--set=learner_settings.gbt.maxIter=5")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """The pipeline on the small sample, in local mode, run once for all tests that look at its results.

    The processes that share the tests share it too: the first to need it makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample_run"
    folder.mkdir(exist_ok=True)
    made = folder / "made.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            shared: SampleRun = pickle.loads(made.read_bytes())
            return shared
        truth, arguments = small_sample(folder / "landing")
        lake = str(folder / "lake")
        done = spark_submit("pipeline.py", "--lake", lake, *arguments, spark=("--master", "local[2]"))
        assert done.returncode == 0, done.stderr
        run = SampleRun(truth, lake, ("--lake", lake, *arguments), done.stdout)
        made.write_bytes(pickle.dumps(run))
        return run
