"""A real standalone cluster, master and two worker processes, gives what local mode gives."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.lake import Lake
from crime_spark.schemas import CELL_KEY, INCIDENTS, LEDGER, METRICS, PREDICTIONS, QUARANTINE, STATISTICS
from crime_spark.table import Table
from crime_spark.tasks import TASKS
from tests.conftest import SampleRun
from tests.submitting import BIN, DRIVER, HANGS, QUICK_JAVA, environment, spark_submit


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a standalone master on loopback with two workers of one core each."""
    logs = tmp_path_factory.mktemp("cluster")
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, pattern: str, *arguments: str) -> str:
        """What the pattern finds in the log of the process, which runs on."""
        log = logs / f"{name}.log"
        command = [str(BIN / "spark-class"), *arguments]
        variables = {**environment(), "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA}
        process = subprocess.Popen(command, env=variables, stdout=log.open("wb"), stderr=subprocess.STDOUT)
        running.append(process)
        while not (result := re.search(pattern, log.read_text(errors="replace"))):
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            time.sleep(0.2)
        return result[1]

    local = ("--host", "127.0.0.1", "--webui-port", "0")
    try:
        master = ("org.apache.spark.deploy.master.Master", *local, "--port", "0")
        url = start("master", r"Starting Spark master at (spark://\S+)", *master)
        for name in ("one", "two"):
            worker = ("org.apache.spark.deploy.worker.Worker", *local, "--cores", "1", "--memory", "1g")
            folder = ("--work-dir", str(logs / name))
            start(name, r"Successfully registered with master (\S+)", *worker, *folder, url)
        yield url
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(HANGS)


@dataclass(frozen=True)
class CityLake(Lake):
    """A lake of which only some cities are looked at."""

    cities: tuple[str, ...]

    def read(self, table: Table) -> DataFrame:
        return super().read(table).where(F.col("city").isin(*self.cities))


@pytest.fixture(
    scope="module",
    params=[("los_angeles",), pytest.param(("chicago", "los_angeles"), marks=pytest.mark.long)],
    ids=" and ".join,
)
def both(request, sample_run: SampleRun, master: str, wheel: Path, spark, tmp_path_factory) -> tuple[Lake, Lake]:
    """The lake of the sample and one that the cluster made, of the same cities."""
    cities: tuple[str, ...] = request.param
    lake = str(tmp_path_factory.mktemp("cluster_lake") / "lake")
    options = ("--master", master, "--py-files", str(wheel), "--conf", "spark.executor.memory=900m")
    options += ("--conf", f"spark.executor.extraJavaOptions={QUICK_JAVA}")
    # Compiling the plans of little data takes longer than running them: 58 s instead of 76 s.
    options += ("--conf", "spark.sql.codegen.wholeStage=false", "--conf", "spark.sql.codegen.factoryMode=NO_CODEGEN")
    others = tuple(f"--input={city}=" for city in sample_run.truth.cities if city not in cities)
    arguments = [lake if argument == sample_run.lake else argument for argument in sample_run.arguments]
    arguments = [argument for argument in arguments if not argument.startswith(others)]
    # The report is made by the driver alone, of tables that are compared here.
    arguments += [f"--cities={','.join(cities)}", "--stages=ingest,describe,examples,train,evaluate"]
    done = spark_submit("pipeline.py", *arguments, spark=(*options, *DRIVER))
    assert done.returncode == 0, done.stderr
    return CityLake(spark, sample_run.lake, cities), CityLake(spark, lake, cities)


def _rows(lake: Lake, table: Table, *without: str) -> Counter[str]:
    return Counter(map(repr, lake.read(table).drop(*without).collect()))


@pytest.mark.parametrize("table", [INCIDENTS, QUARANTINE, TASKS[0].examples], ids=lambda table: table.name)
def test_cluster_rows_equal_local_rows(both: tuple[Lake, Lake], table: Table):
    local, cluster = both
    assert _rows(local, table) == _rows(cluster, table)


def test_cluster_ledger_equals_the_local_one_except_for_times(both: tuple[Lake, Lake]):
    local, cluster = both
    assert _rows(local, LEDGER, "started_at", "finished_at") == _rows(cluster, LEDGER, "started_at", "finished_at")


def test_cluster_counts_are_equal_and_means_agree_to_nine_digits(both: tuple[Lake, Lake]):
    local, cluster = both
    key = list(STATISTICS.key)
    left, right = (lake.read(STATISTICS).withColumn("_key", F.to_json(F.struct(*key))) for lake in both)
    joined = left.alias("l").join(right.alias("r"), "_key", "full").select("_key", "l.measure", "l.value", "r.value")
    rows = joined.toDF("key", "measure", "one", "other").collect()
    assert len(rows) == local.read(STATISTICS).count() == cluster.read(STATISTICS).count() > 0
    for row in rows:
        if row["measure"] in ("rows", "count"):
            assert row["one"] == row["other"], row
        else:
            assert row["one"] == pytest.approx(row["other"], rel=1e-9, abs=1e-9), row


def test_cluster_predicts_the_same_incidents(both: tuple[Lake, Lake]):
    local, cluster = both
    assert _rows(local, PREDICTIONS, "probability") == _rows(cluster, PREDICTIONS, "probability")


def test_cluster_aucs_agree_to_0_005(both: tuple[Lake, Lake]):
    key = [*CELL_KEY, "test_year", "history"]
    first, other = (
        {tuple(row[k] for k in key): row["value"] for row in lake.read(METRICS).where("metric = 'auc'").collect()}
        for lake in both
    )
    assert first.keys() == other.keys()
    assert first == pytest.approx(other, abs=0.005)
