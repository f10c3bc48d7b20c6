"""A file has 300 lines at most, a function 60, a job 40."""

from __future__ import annotations

import ast

from tests.structure.sources import sources

EVERYWHERE = ("crime_spark", "jobs", "bench", "tests")
FILE, FUNCTION, JOB = 300, 60, 40


def test_no_file_is_too_long():
    long = {source.name: len(source.text.splitlines()) for source in sources(*EVERYWHERE)}
    assert {name: lines for name, lines in long.items() if lines > FILE} == {}


def test_no_function_is_too_long():
    long = {}
    for source in sources(*EVERYWHERE):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                lines = (node.end_lineno or first) - first + 1
                if lines > FUNCTION:
                    long[f"{source.name}:{first} {node.name}"] = lines
    assert long == {}


def test_jobs_are_short_and_have_no_logic():
    for job in sources("jobs"):
        assert len(job.text.splitlines()) <= JOB, job.name
        assert {name.rpartition(".")[0] for name in job.imports} == {"crime_spark.runner"}, job.name
        defined = [n for n in ast.walk(job.tree) if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.For | ast.While)]
        assert defined == [], job.name
