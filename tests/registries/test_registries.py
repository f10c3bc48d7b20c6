"""What holds for every registry: a declaration in its folder is in its tuple, under a name of its own."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from crime_spark import cities, learners, tasks
from crime_spark.cities.city import City
from crime_spark.kinds import Regression
from crime_spark.learners.learner import Learner
from crime_spark.tasks.task import Task

REGISTRIES = [(cities, City, cities.CITIES), (tasks, Task, tasks.TASKS), (learners, Learner, learners.LEARNERS)]
for_each_registry = pytest.mark.parametrize(
    ("package", "kind", "registry"), REGISTRIES, ids=["cities", "tasks", "learners"]
)


@for_each_registry
def test_every_declaration_is_registered_once(package, kind, registry):
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    declared = {
        id(for_each_registry)
        for module in modules
        for for_each_registry in vars(module).values()
        if isinstance(for_each_registry, kind)
    }
    assert declared == {id(item) for item in registry}
    assert len(registry) == len(declared)


@for_each_registry
def test_names_are_unique_and_can_stand_in_paths_and_commands(package, kind, registry):
    names = [item.name for item in registry]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
    assert not {"all", "default"} & set(names)


def test_one_baseline_of_numbers_is_the_unit_of_scaled_errors():
    [unit] = [learner for learner in learners.LEARNERS if learner.scales]
    assert unit.baseline
    assert Regression in unit.kinds


@pytest.mark.parametrize("city", cities.CITIES, ids=lambda city: city.name)
def test_every_citys_datasheet_says_who_publishes_it_and_what_to_know(city):
    assert city.source
    assert {"Default times.", "Rounded places."} <= {about for about, _ in city.notes}
