"""Creates the Spark session. No other module does."""

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

# The results depend on these settings, so a properties file cannot change them. Timestamps are local wall clock time,
# which a time zone must not shift. Delta's default of 50 snapshot partitions costs seconds per commit.
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
    # For the Latin letters that the portals publish, ICU gives the same results as Java, but several times slower.
    "spark.sql.icu.caseMappings.enabled": "false",
}
# The user can change these settings with spark-submit --properties-file or --conf.
DEFAULTS = {
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    # HotSpot does not compile methods of more bytes than this (DontCompileHugeMethods). Spark's limit is eight times
    # higher, so a long projection could become one method that is interpreted row by row.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Finding the best compression of a cached column takes longer than reading it. Rows that do not fit go to disk.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Up to this number of open files, Spark writes rows without sorting them by partition first.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    # With a lower limit, Spark measures the batch again after every row that contains a list. The number of rows
    # (spark.sql.execution.arrow.maxRecordsPerBatch) still limits a batch.
    "spark.sql.execution.arrow.maxBytesPerBatch": "2147483647",
}
# The first release that Spark may run on, by major version. Up to 25.0.2, G1 corrupts data (SPARK-55852).
JAVA_VERSIONS = {17: (17,), 21: (21,), 25: (25, 0, 3)}


def build_session(app_name: str, verbose: bool = False) -> SparkSession:
    """Start a Spark session with Delta Lake and the settings of this module.

    The master is the one that the launcher chose, or local[*].

    Args:
        app_name: name of the Spark application.
        verbose: whether Spark logs at level INFO instead of ERROR.

    Raises:
        CrimeSparkError: Java or Delta Lake is missing or has the wrong version, or Spark does not start.
    """
    check_java()
    # Otherwise the workers would run the first python3 on PATH, which may lack our packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(app_name)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit did not start this process
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
    """Whether the driver and the executors are one process."""
    master = spark.sparkContext.master or ""
    return master == "local" or master.startswith("local[")


@contextmanager
def configured(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """Set Spark settings while the block runs, and restore the previous values afterwards."""
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
    """The Maven coordinates of Delta Lake for the installed versions of pyspark and delta-spark."""
    spark_line = ".".join(version("pyspark").split(".")[:2])
    return f"io.delta:delta-spark_{spark_line}_2.13:{version('delta-spark')}"


def check_java() -> None:
    """Check that Java is installed in a version that Spark runs on.

    Raises:
        CrimeSparkError: Java is missing or has the wrong version; the message tells the user what to install.
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
        version_line = (text.splitlines() or ["no version"])[0]
        raise CrimeSparkError(f"Spark does not run on {java} ({version_line}): {wanted}")
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
