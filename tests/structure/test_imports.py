"""Imports run one way: a room imports only rooms that stand before it in ROOMS."""

from __future__ import annotations

import ast

import pytest

from tests.structure.sources import Source, names, sources

ROOMS = (
    "errors",
    "hashes",
    "table",
    "schemas",
    "settings",
    "config",
    "session",
    "lake",
    "locking",
    "checkpoints",
    "progress",
    "sampling",
    "cities",
    "kinds",
    "features",
    "tasks",
    "examples",
    "vectors",
    "learners",
    "portals",
    "ingest",
    "upkeep",
    "library",
    "quality",
    "statistics",
    "fitting",
    "evaluation",
    "tuning",
    "training",
    "explaining",
    "auditing",
    "reporting",
    "stages",
    "local_lake",
    "plan",
    "dry_run",
    "arguments",
    "application",
    "runner",
    "console",
)
LEVEL = {room: level for level, room in enumerate(ROOMS)}
FREE = ("", "sample")  # the package itself, and the sample, which has a rule of its own


def room_of(module: str) -> str:
    """crime_spark.cities.chicago is in cities; crime_spark itself in none."""
    return [*module.split("."), ""][1]


def rooms_imported(source: Source) -> set[str]:
    return {room_of(name) for name in source.imports if name.split(".")[0] == "crime_spark"} - {room_of(source.module)}


def test_every_room_has_a_level():
    assert {room_of(source.module) for source in sources("crime_spark")} == {*LEVEL, *FREE}


@pytest.mark.parametrize("source", sources("crime_spark"), ids=names("crime_spark"))
def test_imports_run_one_way(source: Source):
    custom = room_of(source.module)
    imported = rooms_imported(source)
    if custom == "sample":
        assert imported <= {"cities"}
    elif custom == "":
        assert rooms_imported(at_import(source)) == set()
    else:
        assert {room for room in imported if LEVEL.get(room, len(ROOMS)) > LEVEL[custom]} == set()


@pytest.mark.parametrize("source", sources("crime_spark/stages"), ids=names("crime_spark/stages"))
def test_stage_imports_other_rooms_only_when_it_runs(source: Source):
    """So that --help and wrong options take no second for imports."""
    light = {"stages", "cities", "config", "errors", "settings"}
    assert rooms_imported(at_import(source)) <= light


def at_import(source: Source) -> Source:
    """The part of a module that runs when it is imported."""
    return Source(source.name, source.text, ast.Module([n for n in source.tree.body if not _deferred(n)], []))


def _deferred(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")


def test_package_does_not_import_its_users():
    outer = ("jobs.", "bench.", "tests.")
    assert {s.name for s in sources("crime_spark") if any(name.startswith(outer) for name in s.imports)} == set()
