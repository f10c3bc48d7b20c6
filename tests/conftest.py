"""What all tests of a process share: one Spark session, started when it is asked for, and a lake of each test's own."""

from __future__ import annotations

import fcntl
import os
import pickle
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from pyspark.sql import SparkSession

from crime_spark.lake import Lake
from crime_spark.sample import Truth, write_sample
from crime_spark.session import build_session
from tests.submitting import DRIVER, JAVA_OPTIONS, spark_submit

ROOT = Path(__file__).parent.parent
REAL_DATA = ROOT.parent / "shared" / "data"
T = TypeVar("T")
# Processes take whole files in this order, then all others: a long file that starts last keeps one process waiting.
# Files that share something built once are apart, so that no process waits while another builds it.
LONGEST_FIRST = (
    "tests/cluster/test_standalone.py",
    "tests/unit/evaluation/test_stage.py",
    "tests/registries/test_learners.py",
    "tests/unit/tuning/test_stage.py",
    "tests/real/test_chicago_real.py",
    "tests/unit/ingest/test_stage.py",
    "tests/unit/training/test_stage.py",
    "tests/end_to_end/test_sample_run.py",
    "tests/unit/explaining/test_explain_stage.py",
    "tests/unit/explaining/test_native.py",
    "tests/unit/auditing/test_leakage.py",
    "tests/registries/test_tasks.py",
    "tests/unit/evaluation/test_evaluators.py",
    "tests/registries/test_in_task.py",
    "tests/unit/training/test_block_task.py",
    "tests/unit/explaining/test_importance.py",
    "tests/unit/fitting/test_model_store.py",
    "tests/unit/learners/test_classic.py",
    "tests/unit/ingest/test_conformance.py",
)

SPARK_OPTIONS = {
    "spark.master": "local[2]",
    # Tests are many small queries: partitions and the web page would cost more than the work.
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    # Plans are interpreted: rows are so few that compiling a plan takes longer than running it. The jobs that tests
    # submit compile theirs, as users' jobs do.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Compiled plans of earlier tests are kept, but not without end.
    "spark.sql.codegen.cache.maxEntries": "200",
    # A warning in a test's output is the test's, not Spark's.
    "spark.log.level": "ERROR",
}


def pytest_configure(config: pytest.Config) -> None:
    """Before there are processes that share the work: Delta's jars, which all of them would fetch at once."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        spark_submit("pipeline.py", "--help")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order within a file stays."""
    rank = {ROOT / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session of session.py, small; Delta's jars come from the settings that users have."""
    options = {**SPARK_OPTIONS, "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse"))}
    submit = ["--properties-file", f"{ROOT}/conf/spark/local.conf"]
    submit += [part for key, value in options.items() for part in ("--conf", f"{key}={value}")]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*submit, "pyspark-shell"])
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


def shared(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], T]) -> T:
    """What `build` returns for an empty folder, built once for all processes that share the tests.

    The first process that needs it builds it; the others wait.

    Args:
        factory: pytest's factory of temporary folders.
        name: the name of what is shared, unique among all tests.
        build: builds it in the folder that it is given; what it returns can be pickled.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    result = folder / "result.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            result.write_bytes(pickle.dumps(build(Path(tempfile.mkdtemp(dir=folder)))))
        built: T = pickle.loads(result.read_bytes())
        return built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the package's wheel."""
    return shared(tmp_path_factory, "wheel", _build_wheel)


def _build_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """The pipeline on the small sample, in local mode, run once for all tests that look at its results."""
    return shared(tmp_path_factory, "sample_run", _run_sample)


def _run_sample(folder: Path) -> SampleRun:
    truth, arguments = small_sample(folder / "landing")
    lake = str(folder / "lake")
    done = spark_submit("pipeline.py", "--lake", lake, *arguments, spark=("--master", "local[2]", *DRIVER))
    assert done.returncode == 0, done.stderr
    return SampleRun(truth, lake, ("--lake", lake, *arguments), done.stdout)
