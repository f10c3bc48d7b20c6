"""Imports run one way: a room imports its own level and those before it."""

from __future__ import annotations

import pytest

from tests.structure.sources import Source, names, sources

LEVELS = (
    ("errors", "schemas", "table"),
    ("settings", "config", "lake", "locking", "session", "progress", "checkpoints"),
    ("cities", "features", "tasks", "learners"),
    ("portals", "upkeep", "ingest", "quality", "statistics", "training", "tuning", "evaluation", "explaining"),
    ("reporting",),
    ("plan", "outline", "arguments", "stages", "job"),
)
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
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
    own = room_of(source.module)
    imported = rooms_imported(source)
    if own == "sample":
        assert imported <= {"cities"}
    elif own == "":
        assert imported == set()
    else:
        assert {room for room in imported if LEVEL.get(room, len(LEVELS)) > LEVEL[own]} == set()


def test_the_package_knows_nothing_of_what_uses_it():
    outer = ("jobs.", "bench.", "tests.")
    assert {s.name for s in sources("crime_spark") if any(name.startswith(outer) for name in s.imports)} == set()
