"""No variable, argument, function, class, attribute or alias has a name that says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.structure.sources import Source, rewritten

BANNED = {*("held", "found", "told", "said", "made", "one", "own", "each", "at", "of", "known", "named")}
EVERYWHERE = ("crime_spark", "jobs", "bench", "tests")


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and name of everything that a module binds or stores."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.alias(name=name, asname=alias):
                yield node.lineno, alias or name.split(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.MatchMapping(rest=str(name)):
                yield node.lineno, name


@pytest.mark.parametrize("source", rewritten(*EVERYWHERE), ids=lambda source: source.name)
def test_names_say_what_things_are(source: Source):
    assert [(line, name) for line, name in bindings(source.tree) if name.strip("_").lower() in BANNED] == []


@pytest.mark.parametrize(
    "text",
    [
        "name = 1",
        "name: int",
        "x.name = 1",
        "del name",
        "def f(name): pass",
        "lambda *name: 0",
        "def name(): pass",
        "class name: pass",
        "import a as name",
        "import name.b",
        "from a import name",
        "[1 for name in ()]",
        "(name := 1)",
        "for a, (b, *name) in (): pass",
        "try: pass\nexcept E as name: pass",
        "with a as name: pass",
        "match x:\n case [1, *name]: pass",
        "match x:\n case {1: 2, **name}: pass",
        "match x:\n case str() as name: pass",
    ],
)
def test_every_kind_of_binding_is_recognized(text: str):
    assert "name" in {name for _, name in bindings(ast.parse(text))}
