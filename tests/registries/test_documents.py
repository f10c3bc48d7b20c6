"""What the README and docs/tasks.md list is what is declared."""

from __future__ import annotations

import re

import pytest

from crime_spark.learners import LEARNERS
from crime_spark.tasks import TASKS
from tests.structure.sources import ROOT


@pytest.mark.parametrize("document", ["README.md", "docs/tasks.md"])
def test_every_task_and_learner_is_described(document: str) -> None:
    words = set(re.findall(r"\w+", (ROOT / document).read_text(encoding="utf-8")))
    assert {each.name for each in (*TASKS, *LEARNERS)} - words == set()


@pytest.mark.parametrize(
    ("heading", "declared"),
    [("## The tasks", [task.name for task in TASKS]), ("## Learners", [learner.name for learner in LEARNERS])],
)
def test_tables_name_what_is_declared_in_its_order(heading: str, declared: list[str]) -> None:
    text = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    section = text[text.index(heading) :].split("\n## ")[0].split("\n\n")[1]
    assert re.findall(r"^\| (\w+) \|", section, re.MULTILINE)[1:] == declared
