"""The documentation pages of the project, and the parts of Markdown that tests read from them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.structure.sources import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file of the checkout; name is its path from the root."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without fenced blocks and HTML comments."""
        return re.sub(r"<!--.*?-->", "", FENCE.sub("", self.text), flags=re.DOTALL)

    @property
    def anchors(self) -> set[str]:
        """The anchors that GitHub gives to the headings."""
        titles = HEADING.findall(self.prose)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.prose)

    @property
    def inline_code(self) -> list[str]:
        return INLINE_CODE.findall(self.prose)

    def blocks(self, language: str) -> list[str]:
        """The contents of the fenced blocks of this language."""
        return [body for name, body in FENCE.findall(self.text) if name == language]

    def target(self, link: str) -> tuple[Path, str]:
        """The file that a relative link leads to, and its anchor."""
        file, _, anchor = link.partition("#")
        return ((self.path.parent / file).resolve() if file else self.path), anchor

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the first table below the heading, without its head."""
        section = self.text.partition(f"\n{heading}\n")[2].split("\n## ")[0]
        lines = [line for line in section.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def pages() -> list[Page]:
    """Every page that users and contributors read; the changelog is history and not among them."""
    names = ["README.md", "CONTRIBUTING.md", "conf/schedule/README.md", "tests/golden/README.md"]
    return [*map(Page, names), *(Page(f"docs/{path.name}") for path in sorted((ROOT / "docs").glob("*.md")))]


def commands(block: str) -> list[list[str]]:
    """The words of each command of a bash block; continued lines are joined, comments removed."""
    lines = block.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]
