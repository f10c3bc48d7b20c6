"""What `make setup` prepares so that Spark starts faster: used where it fits, without harm where it does not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pyspark
import pytest

from tests.submitting import ROOT, environment

SPARK = Path(pyspark.__file__).parent
CLASS = "org.apache.spark.deploy.SparkSubmit source:"
FROM_ARCHIVE = f"{CLASS} shared objects file (top)"


class Start:
    """A virtual environment's folders with links to the real Spark, and its console when Spark's Java starts."""

    def __init__(self, venv: Path) -> None:
        self.home = venv / "lib" / "python3.11" / "site-packages" / "pyspark"
        (self.home / "conf").mkdir(parents=True)
        for name in ("bin", "jars"):
            (self.home / name).symlink_to(SPARK / name)
        shutil.copy(ROOT / "conf" / "spark" / "spark-env.sh", self.home / "conf")
        self.archive = venv / "classes.jsa"
        self.loaded = venv / "loaded.log"

    def run(self, *java: str) -> subprocess.CompletedProcess[str]:
        log = f"-Xlog:class+load:file={self.loaded}"
        variables = {"SPARK_HOME": str(self.home), "SPARK_SUBMIT_OPTS": " ".join([*java, log])}
        command = [str(self.home / "bin" / "spark-submit"), "--version"]
        done = subprocess.run(
            command, env={**environment(), **variables}, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done

    def source(self) -> str:
        """The line that says where the main class of the last start came from."""
        lines = [line for line in self.loaded.read_text().splitlines() if CLASS in line]
        assert len(lines) == 1
        return lines[0]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """With an archive of what this start loads."""
    start = Start(tmp_path_factory.mktemp("venv"))
    new = start.archive.with_suffix(".new")
    start.run(f'-XX:ArchiveClassesAtExit="{new}"', "-Xlog:cds*=off")
    new.rename(start.archive)
    return start


def test_classes_are_loaded_from_the_archive_without_messages(start: Start) -> None:
    done = start.run()
    assert FROM_ARCHIVE in start.source()
    assert "incubator" not in done.stderr
    assert "cds" not in done.stdout + done.stderr


def test_missing_archive_is_ignored(start: Start) -> None:
    with_archive = start.run()
    kept = start.archive.rename(start.archive.with_suffix(".kept"))
    try:
        without = start.run()
    finally:
        kept.rename(start.archive)
    assert f"{CLASS} file:" in start.source() or f"{CLASS} jar:" in start.source()
    assert (without.stdout, without.stderr) == (with_archive.stdout, with_archive.stderr)


@pytest.mark.parametrize("stale", ["another class path", "no archive at all"])
def test_archive_of_another_version_is_ignored(start: Start, stale: str, tmp_path: Path) -> None:
    with_archive = start.run()
    kept = shutil.copy(start.archive, tmp_path / "kept")
    try:
        if stale == "another class path":
            (start.home / "jars").unlink()
            (start.home / "jars").mkdir()
            for jar in sorted((SPARK / "jars").iterdir(), reverse=True)[:-1]:
                (start.home / "jars" / f"other-{jar.name}").symlink_to(jar)
        else:
            start.archive.unlink()
            start.archive.write_text("no archive")
        without = start.run()
        assert FROM_ARCHIVE not in start.source()
    finally:
        if (start.home / "jars").is_dir() and not (start.home / "jars").is_symlink():
            shutil.rmtree(start.home / "jars")
            (start.home / "jars").symlink_to(SPARK / "jars")
        start.archive.unlink()
        shutil.copy(kept, start.archive)
    assert (without.stdout, without.stderr) == (with_archive.stdout, with_archive.stderr)


def test_errors_are_printed_on_the_console(start: Start) -> None:
    command = [str(start.home / "bin" / "spark-submit"), "--no-such-option"]
    variables = {**environment(), "SPARK_HOME": str(start.home)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert "--no-such-option" in done.stderr


def test_only_harmless_warnings_are_hidden_from_the_console() -> None:
    lines = (
        "WARNING: Using incubator modules: jdk.incubator.vector",
        "WARNING: package sun.security.action not in java.base",
        "WARNING: Using incubator modules: jdk.incubator.other",
        "error: no lake",
    )
    script = f". conf/spark/spark-env.sh; printf '%s\\n' {' '.join(map(repr, lines))} >&2"
    variables = {"SPARK_HOME": "/venv/lib/python3.11/site-packages/pyspark", "SPARK_CONF_DIR": "/none"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment() | variables, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr.splitlines()) == ("", list(lines[2:]))


# MLlib asks for a native library like this when it is first needed.
ASK = """
from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import launch_gateway

netlib = launch_gateway().jvm.dev.ludovic.netlib
for get in (netlib.blas.NativeBLAS, netlib.lapack.NativeLAPACK, netlib.arpack.NativeARPACK):
    try:
        get.getInstance()
    except Py4JJavaError:
        print("no native library")
"""


def test_linear_algebra_runs_in_java_without_messages(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(ASK)
    command = [str(start.home / "bin" / "spark-submit"), "--properties-file", "conf/spark/local.conf"]
    command += ["--conf", "spark.jars.packages=", str(script)]
    variables = {**environment(), "SPARK_HOME": str(start.home)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, 3 * "no native library\n", "")


class Setup:
    """A virtual environment without packages, a Java that only tells its version, a job that only makes an archive."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.venv = folder, folder / "venv"
        self.conf = folder / "pyspark" / "conf"
        (self.venv / "bin").mkdir(parents=True)
        self.script(self.venv / "bin" / "python", f'if [ "$1" = -c ]; then echo {self.conf}; fi')
        self.submits(f'set -- $SPARK_SUBMIT_OPTS; echo run >>{folder}/runs; echo classes >"${{2#*=}}"')
        self.java("17.0.15")
        for stamp in (".ready", ".jars"):
            (self.venv / stamp).touch()

    def script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/usr/bin/env bash\n{text}\n")
        path.chmod(0o755)

    def submits(self, text: str) -> None:
        self.script(self.folder / "submit", text)

    def java(self, version: str) -> None:
        self.script(self.folder / "java" / "bin" / "java", f"echo version {version} >&2")

    def make(self) -> str:
        """The console of `make setup`."""
        command = ["make", f"VENV={self.venv}", f"SUBMIT={self.folder / 'submit'}", "setup"]
        variables = {**os.environ, "JAVA_HOME": str(self.folder / "java")}
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def runs(self) -> int:
        log = self.folder / "runs"
        return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_setup_creates_the_archive_once(setup: Setup) -> None:
    assert "archive" in setup.make()
    setup.make()
    assert setup.runs == 1
    assert (setup.venv / "classes.jsa").read_text() == "classes\n"
    assert (setup.conf / "spark-env.sh").read_text() == (ROOT / "conf" / "spark" / "spark-env.sh").read_text()


def test_setup_renews_the_archive_for_another_java_and_for_other_jars(setup: Setup) -> None:
    setup.make()
    setup.java("21.0.9")
    setup.make()
    assert setup.runs == 2
    later = (setup.venv / ".classes").stat().st_mtime + 5
    os.utime(setup.venv / ".jars", (later, later))
    setup.make()
    assert setup.runs == 3


def test_setup_succeeds_without_an_archive(setup: Setup) -> None:
    setup.make()
    setup.java("21.0.9")
    setup.submits("echo broken; exit 1")
    assert "no archive was made" in setup.make()
    assert not (setup.venv / "classes.jsa").exists()
    assert "broken" in (setup.venv / "classes.log").read_text()
