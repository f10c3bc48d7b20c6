"""The only place that makes a SparkSession."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from crime_spark.errors import CrimeSparkError, reason_of

# Settings that results depend on, so they are not left to a properties file. FACTS behind them: timestamps are local
# wall clock (so no zone may move them); Delta's default of 50 snapshot partitions costs seconds per commit.
REQUIRED = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.parquet.compression.codec": "zstd",
    # The portals publish plain Latin letters, for which ICU gives what Java gives, several times slower.
    "spark.sql.icu.caseMappings.enabled": "false",
}
# Only where the launcher has not been told otherwise (spark-submit --properties-file, --conf).
DEFAULTS = {
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    # HotSpot never compiles a method of more bytes than this (DontCompileHugeMethods); Spark's own limit is eight times
    # higher, and a long projection fused into one such method is then interpreted row by row.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Seeking the best compression of each cached column takes longer than reading it; what does not fit goes to disk.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Rows need not be sorted by partition before they are written while they go to no more files than this at a time.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    # Below its maximum, Spark measures the batch again at every row with a list that it sends to Python. The number of
    # rows (spark.sql.execution.arrow.maxRecordsPerBatch) still limits a batch.
    "spark.sql.execution.arrow.maxBytesPerBatch": "2147483647",
}
# Major version -> the first release of it that Spark may run on. Up to 25.0.2, G1 corrupts data (SPARK-55852).
JAVA_VERSIONS = {17: (17,), 21: (21,), 25: (25, 0, 3)}


def build_session(app_name: str, verbose: bool = False) -> SparkSession:
    """A session on whatever master the launcher chose (local[*] without one), with Delta and our settings.

    Raises:
        CrimeSparkError: no Java or the wrong one, or Spark does not start.
    """
    check_java()
    # Python workers would start whatever python3 comes first on PATH, without our packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(app_name)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # not started by spark-submit, which would take ours for a shell
        builder = builder.config("spark.jars.packages", delta_package()).config("spark.ui.showConsoleProgress", "false")
    for key, value in REQUIRED.items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, RuntimeError, OSError) as error:
        raise CrimeSparkError(f"Spark does not start: {reason_of(error)}") from error
    for key, value in DEFAULTS.items():
        if spark.conf.get(key, None) is None:
            spark.conf.set(key, value)
    spark.sparkContext.setLogLevel("INFO" if verbose else "ERROR")
    _check_delta(spark)
    return spark


def is_local(spark: SparkSession) -> bool:
    """Whether driver and executors are one process."""
    master = spark.sparkContext.master or ""
    return master == "local" or master.startswith("local[")


@contextmanager
def configured(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """While it lasts, the session has these settings as well; afterwards what it had before."""
    before = {key: spark.conf.get(key, None) for key in settings}
    for key, value in settings.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, old in before.items():
            if old is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, old)


def delta_package() -> str:
    """Maven coordinates of the Delta that belongs to the installed pyspark and delta-spark."""
    spark_line = ".".join(version("pyspark").split(".")[:2])
    return f"io.delta:delta-spark_{spark_line}_2.13:{version('delta-spark')}"


def check_java() -> None:
    """Java is there and of a version that Spark runs on.

    Raises:
        CrimeSparkError: it is not; the message says what to install.
    """
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    wanted = "install Java 17 and point JAVA_HOME at it"
    if java is None or not os.path.exists(java):
        raise CrimeSparkError(f"no Java found ({'JAVA_HOME is ' + home if home else 'none on PATH'}): {wanted}")
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise CrimeSparkError(f"{java} cannot be run ({error.strerror}): {wanted}") from error
    text = (done.stderr or done.stdout).strip()
    quoted = re.search(r'version "(\d+(?:\.\d+)*)', text)
    release = tuple(map(int, quoted[1].split("."))) if quoted else (0,)
    if release[0] not in JAVA_VERSIONS:
        says = (text.splitlines() or ["no version"])[0]
        raise CrimeSparkError(f"{java} is no Java that Spark runs on ({says}): {wanted}")
    if release < (first := JAVA_VERSIONS[release[0]]):
        raise CrimeSparkError(
            f"{java} is Java {'.'.join(map(str, release))}, which corrupts data under the G1 collector (SPARK-55852): "
            f"install Java {'.'.join(map(str, first))} or later, or Java 17, and point JAVA_HOME at it"
        )


def _check_delta(spark: SparkSession) -> None:
    try:
        spark._jvm.java.lang.Class.forName(  # type: ignore[union-attr]
            "io.delta.sql.DeltaSparkSessionExtension",
            True,
            spark._jvm.java.lang.Thread.currentThread().getContextClassLoader(),  # type: ignore[union-attr]
        )
    except Exception as error:
        raise CrimeSparkError(
            "Delta Lake's jars are not on Spark's class path: submit with --properties-file conf/spark/local.conf "
            f"(or --packages {delta_package()})"
        ) from error
