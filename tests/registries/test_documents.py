"""What docs/tasks.md and the pages about learners list is what is declared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.tasks import TASKS
from tests.structure.sources import ROOT


@pytest.mark.parametrize(
    ("page", "heading", "declared"),
    [
        ("tasks.md", "## The tasks", [task.name for task in TASKS]),
        ("learners.md", "## Which learners exist", [learner.name for learner in LEARNERS]),
    ],
)
def test_tables_name_what_is_declared_in_its_order(page: str, heading: str, declared: list[str]) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = text[text.index(heading) :].split("\n## ")[0].split("\n\n")[1]
    assert re.findall(r"^\| (\w+) \|", section, re.MULTILINE)[1:] == declared


FITTED = [learner for learner in LEARNERS if not learner.baseline and not learner.treatment]
# `**C** .1` or `maxIter 10`: bold if it may be tuned.
SETTING = re.compile(r"(\*\*)?(\w+?)(?:\*\*)? (\S+)")


def described() -> dict[str, str]:
    """Learner -> what the tables of settings say of it."""
    result: dict[str, str] = {}
    for page in ("learners.md", "python_learners.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        section = text[text.index("## Settings") :].split("\n## ")[0]
        result |= dict(re.findall(r"^\| (\w+) \| ([^|]*) \|", section, re.MULTILINE))
    return result


@pytest.mark.parametrize("learner", FITTED, ids=[learner.name for learner in FITTED])
def test_settings_are_described_with_their_defaults_and_what_may_be_tuned(learner: Learner) -> None:
    entries = [SETTING.fullmatch(entry) for entry in described()[learner.name].split(", ")]
    reported: dict[str, Any] = {}
    for entry in entries:
        assert entry is not None
        kind = type(learner.settings[entry[2]])
        reported[entry[2]] = entry[3] == "true" if kind is bool else kind(entry[3])
    assert reported == dict(learner.settings)
    assert {entry[2] for entry in entries if entry is not None and entry[1]} == set(learner.space)
