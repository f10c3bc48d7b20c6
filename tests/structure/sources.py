"""Every Python file of the project with its syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Folders whose names and texts are not rewritten yet: test_banned_names, test_docstrings and test_wording skip them.
PENDING = ("tests/",)


@dataclass(frozen=True)
class Source:
    name: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """crime_spark/lake.py is crime_spark.lake, crime_spark/cities/__init__.py is crime_spark.cities."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def imports(self) -> list[str]:
        """Dotted names of what is imported: `from crime_spark import lake` imports crime_spark.lake."""
        result = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                result += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name}:{node.lineno} imports relative to itself"
                result += [f"{node.module}.{alias.name}" for alias in node.names]
        return result


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """The files below these folders of the checkout."""
    result = []
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        result.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    assert result, f"no Python files in {folders} below {ROOT}"
    return tuple(result)


def names(*folders: str) -> list[str]:
    """Their paths, for the names of parametrised tests."""
    return [source.name for source in sources(*folders)]


def rewritten(*folders: str) -> list[Source]:
    """The files below these folders whose names and texts follow the style guide."""
    return [source for source in sources(*folders) if not source.name.startswith(PENDING)]
