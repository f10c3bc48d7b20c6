"""Executors that lack a learner's packages are found out before anything is fitted."""

from __future__ import annotations

import socket
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from crime_spark.errors import UsageError
from crime_spark.fitting import worker_packages
from crime_spark.fitting.worker_packages import check_workers, lacking
from crime_spark.learners.class_prior import CLASS_PRIOR
from crime_spark.learners.gbt import GBT

NEEDY = replace(GBT, packages={"json": "json", "no_such_module": "no-such-package"})


def test_what_is_not_there_is_said_once_for_each_host(spark):
    assert lacking(spark, NEEDY.packages) == [f"{socket.gethostname()} lacks no-such-package"]
    assert lacking(spark, {"json": "json"}) == []


def on(master: str) -> Any:
    return SimpleNamespace(sparkContext=SimpleNamespace(master=master))


def test_only_executors_elsewhere_are_asked_and_only_for_learners_that_need_something(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(worker_packages, "lacking", lambda _, needed: asked.extend(needed) or ["one lacks it"])
    for master in ("local", "local[*]", "local[2]"):
        check_workers(on(master), [NEEDY])
    check_workers(on("spark://one:7077"), [GBT])
    assert asked == []
    with pytest.raises(UsageError, match="one lacks it"):
        check_workers(on("spark://one:7077"), [GBT, NEEDY])
    assert asked == ["json", "no_such_module", "crime_spark"]
    with pytest.raises(UsageError, match="one lacks it"):
        check_workers(on("spark://one:7077"), [CLASS_PRIOR])
    assert asked[3:] == ["crime_spark"]
