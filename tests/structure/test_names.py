"""No room for leftovers, no city outside its room, no printing, one place that makes a session."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from crime_spark.cities import CITIES
from tests.structure.sources import Source, names, sources

LEFTOVERS = {"utils", "util", "helpers", "helper", "common", "misc"}
NOT_ABOUT_CITIES = [s for s in sources("crime_spark") if not re.match(r"crime_spark/(cities|sample)/", s.name)]
SPELLINGS = {word for city in CITIES for word in (city.name, city.title)}
CITY = re.compile("|".join(re.sub(r"[\W_]+", r"[\\W_]*", word) for word in sorted(SPELLINGS)), re.IGNORECASE)


def test_no_module_is_for_leftovers():
    everywhere = sources("crime_spark", "jobs", "bench", "tests")
    assert {s.name for s in everywhere if LEFTOVERS & set(re.split(r"[./_]", s.module))} == set()


def test_no_job_shadows_the_standard_library():
    # A script's folder comes first on the module path.
    assert {job.module.removeprefix("jobs.") for job in sources("jobs")} & sys.stdlib_module_names == set()


@pytest.mark.parametrize("spelling", ["chicago", "Chicago", "los_angeles", "Los Angeles", "LOS-ANGELES", "LosAngeles"])
def test_city_pattern_matches_every_spelling(spelling: str):
    assert CITY.search(f"of {spelling}'s")


@pytest.mark.parametrize("source", NOT_ABOUT_CITIES, ids=[source.name for source in NOT_ABOUT_CITIES])
def test_no_city_is_named_outside_its_room(source: Source):
    """Neither in code nor in comments and docstrings."""
    all_names = [
        f"{index}: {line.strip()}" for index, line in enumerate(source.text.splitlines(), start=1) if CITY.search(line)
    ]
    assert all_names == []


@pytest.mark.parametrize("source", sources("crime_spark"), ids=names("crime_spark"))
def test_nothing_is_printed(source: Source):
    """Results go through sys.stdout, progress through Progress; a command of its own (__main__) may print."""
    printed = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printed == [] or source.name.endswith("__main__.py")


def test_only_the_session_module_creates_a_session():
    def attributes(source: Source) -> set[str]:
        return {ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}

    makers = {s.name for s in sources("crime_spark", "jobs") if "SparkSession.builder" in attributes(s)}
    assert makers == {"crime_spark/session.py"}
