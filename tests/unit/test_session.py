"""The session: a Java that Spark runs on, Delta, and settings that results depend on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from crime_spark import session
from crime_spark.errors import CrimeSparkError
from crime_spark.session import DEFAULTS, REQUIRED, build_session, check_java, delta_package

CONF = Path(__file__).parents[2] / "conf" / "spark"


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A Java that says this of itself."""

    def install(says: str, mode: int = 0o755) -> Path:
        path = tmp_path / "bin" / "java"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{says}\nEND\n")
        path.chmod(mode)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        return path

    return install


@pytest.mark.parametrize(
    "says",
    [
        'openjdk version "17.0.12" 2024-07-16',
        'java version "21" 2023-09-19 LTS',
        'openjdk version "25.0.3" 2026-04-21 LTS',
        'openjdk version "25.0.3.0.1" 2026-04-28',
        'openjdk version "25.1" 2026-10-20',
        'Picked up JAVA_TOOL_OPTIONS: -Dname="a b"\nopenjdk version "17.0.12" 2024-07-16',
    ],
)
def test_supported_java_is_accepted(java, says):
    java(says)
    check_java()


@pytest.mark.parametrize(
    "says",
    [
        'openjdk version "11.0.2" 2019-01-15',
        'java version "1.8.0_402"',
        'openjdk version "26" 2026-03-17',
        "no idea",
        "",
    ],
)
def test_java_of_another_version_is_refused(java, says):
    path = java(says)
    with pytest.raises(CrimeSparkError) as refused:
        check_java()
    words = f"Spark does not run on {path} ({says or 'no version'}): install Java 17 and point JAVA_HOME at it"
    assert str(refused.value) == words


@pytest.mark.parametrize("release", ["25", "25.0.1", "25.0.2"])
def test_java_25_is_refused_before_25_0_3(java, release):
    path = java(f'openjdk version "{release}" 2025-09-16 LTS')
    with pytest.raises(CrimeSparkError) as refused:
        check_java()
    assert str(refused.value) == (
        f"{path} is Java {release}, which corrupts data under the G1 collector (SPARK-55852): "
        "install Java 25.0.3 or later, or Java 17, and point JAVA_HOME at it"
    )


def test_java_25_before_its_release_is_refused(java):
    java('openjdk version "25-ea" 2025-09-16')
    with pytest.raises(CrimeSparkError, match="SPARK-55852"):
        check_java()


def test_java_that_cannot_be_run_is_refused(java):
    path = java("", mode=0o644)
    with pytest.raises(CrimeSparkError, match=f"{path} cannot be run .*: install Java 17"):
        check_java()


def test_java_home_without_java_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CrimeSparkError, match=rf"no Java found \(JAVA_HOME is {tmp_path}\): install Java 17"):
        build_session("none")


def test_missing_java_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CrimeSparkError, match=r"no Java found \(none on PATH\): install Java 17"):
        check_java()


def test_delta_package_equals_that_of_the_properties_files():
    assert {delta_package()} == {
        line.split()[1]
        for file in CONF.glob("*.conf")
        for line in file.read_text().splitlines()
        if line.startswith("spark.jars.packages ")
    }


def test_session_has_the_required_settings(spark):
    assert {key: spark.conf.get(key) for key in (*REQUIRED, *DEFAULTS)} == {**REQUIRED, **DEFAULTS}
    assert os.environ["PYSPARK_PYTHON"] == sys.executable


def test_session_without_delta_is_refused():
    class NoJvm:
        @property
        def _jvm(self):
            raise RuntimeError("ClassNotFoundException")

    with pytest.raises(CrimeSparkError, match=r"Delta Lake's jars .* --properties-file conf/spark/local\.conf"):
        session._check_delta(NoJvm())  # type: ignore[arg-type]
