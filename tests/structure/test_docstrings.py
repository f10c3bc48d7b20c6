"""Docstrings of the package are in form: a first sentence, Google sections, errors listed."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Iterator

import pytest

from crime_spark import errors
from tests.structure.sources import Source, rewritten

SECTIONS = {"Args", "Returns", "Raises", "Yields", "Attributes", "Example", "Examples"}
OTHER_SECTIONS = {"Arguments", "Parameters", "Return", "Raise", "Yield", "Note", "Notes", "See Also", "References"}
HEADING = re.compile(rf"(?:{'|'.join(SECTIONS | OTHER_SECTIONS)})(?::.*)?|[A-Z]\w+:")
ERRORS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
each_source = pytest.mark.parametrize("source", rewritten("crime_spark"), ids=lambda source: source.name)


def public(node: Documented, path: str = "") -> Iterator[tuple[str, Documented]]:
    """A module or class with its public classes, functions and methods, by name."""
    yield path or "module", node
    for child in [] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield from public(child, f"{path}.{child.name}".lstrip("."))


def faults_of_form(docstring: str) -> list[str]:
    """What is wrong with the first line and the sections of a docstring."""
    first, *rest = inspect.cleandoc(docstring).splitlines()
    faults = [] if first.endswith(".") else [f"the first line must end with a period: {first}"]
    for line, following in itertools.pairwise([*rest, ""]):
        if re.fullmatch("[-=]{3,}", line):
            faults.append("a heading must not be underlined")
        elif HEADING.fullmatch(line) and line not in {f"{section}:" for section in SECTIONS}:
            faults.append(f"{line!r} must be one of {sorted(SECTIONS)} with a colon, alone on its line")
        elif HEADING.fullmatch(line) and not following.startswith("    "):
            faults.append(f"{line} must be followed by indented text")
    return faults


def raised(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The errors of the package that the function raises directly, nested functions left out."""
    queue: list[ast.AST] = list(function.body)
    raised_names = set()
    while queue:
        node = queue.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        queue += ast.iter_child_nodes(node)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            raised_names.add(ast.unparse(node.exc.func).rpartition(".")[2])
    return raised_names & {*ERRORS}


def listed_errors(docstring: str) -> set[str]:
    """The errors that the Raises section lists, and those derived from them."""
    section = re.search(r"^Raises:\n((?:    .*\n?|\n)*)", inspect.cleandoc(docstring), re.MULTILINE)
    listed = set(re.findall(r"^    (\w+):", section[1], re.MULTILINE)) if section else set()
    return {name for name, kind in ERRORS.items() if any(parent.__name__ in listed for parent in kind.__mro__)}


@each_source
def test_everything_public_has_a_docstring(source: Source):
    assert [name for name, node in public(source.tree) if not ast.get_docstring(node)] == []


@each_source
def test_docstrings_are_in_form(source: Source):
    documented = ((name, ast.get_docstring(node)) for name, node in public(source.tree))
    assert {name: faults for name, text in documented if text and (faults := faults_of_form(text))} == {}


@each_source
def test_first_lines_fit_the_line_length(source: Source):
    lines = source.text.splitlines()
    first_lines = (lines[node.body[0].lineno - 1] for _, node in public(source.tree) if ast.get_docstring(node))
    assert [line for line in first_lines if len(line) > 120] == []


@each_source
def test_raised_errors_are_listed(source: Source):
    functions = [(name, node) for name, node in public(source.tree) if isinstance(node, ast.FunctionDef)]
    unlisted = {name: raised(node) - listed_errors(ast.get_docstring(node) or "") for name, node in functions}
    assert {name: kinds for name, kinds in unlisted.items() if kinds} == {}


@pytest.mark.parametrize(
    ("docstring", "count"),
    [
        ("Rows by day.\n\nArgs:\n    day: a day.\n\nReturns:\n    The rows.", 0),
        ("Rows by day.\n\nThe frame before and after:\n    | a |", 0),
        ("Rows by day", 1),
        ("Rows by day.\n\nReturns: the rows.", 1),
        ("Rows by day.\n\nParameters:\n    day: a day.", 1),
        ("Rows by day.\n\nBefore:\n    day: a day.", 1),
        ("Rows by day.\n\nArgs:\nday: a day.", 1),
        ("Rows by day.\n\nReturns\n-------\n    The rows.", 2),
    ],
)
def test_faults_of_form_are_recognized(docstring: str, count: int):
    assert len(faults_of_form(docstring)) == count


@pytest.mark.parametrize(
    ("section", "unlisted"),
    [
        ("Raises:\n    UsageError: a reason.", {"LakeError"}),
        ("Raises:\n    CrimeSparkError: a reason.", set()),
        ("Raises UsageError and LakeError.", {"UsageError", "LakeError"}),
    ],
)
def test_errors_that_are_not_listed_are_recognized(section: str, unlisted: set[str]):
    body = "if x: raise UsageError('a')\nfor y in x: raise errors.LakeError('b')\nraise ValueError('c')"
    function = ast.parse(f"def f(x):\n    {body.replace(chr(10), chr(10) + '    ')}").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert raised(function) - listed_errors(f"Do.\n\n{section}") == unlisted
