"""pyproject.toml, requirements.txt and requirements-dev.txt agree: what running needs, what tests and checks add."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.structure.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNNING, CHECKING = "requirements.txt", "requirements-dev.txt"
DECLARED = {RUNNING: PROJECT["dependencies"], CHECKING: PROJECT["optional-dependencies"]["dev"]}


def lines(file: str) -> list[str]:
    return [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if line]


def pins(file: str) -> dict[str, str]:
    """Package -> version, of the file alone."""
    pinned = [line.split("==") for line in lines(file) if not line.startswith("--")]
    return {canonicalize_name(name): version for name, version in pinned}


def needed(declared: Iterable[str]) -> set[str]:
    """The packages declared and everything that they need in turn, as the installed packages say."""
    names: set[str] = set()
    queue = [Requirement(text) for text in declared]
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name not in names and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            names.add(name)
            queue += [Requirement(text) for text in distribution(name).requires or []]
    return names


@pytest.mark.parametrize("file", DECLARED)
def test_every_declared_package_is_pinned_within_its_bounds(file: str) -> None:
    pinned = pins(file)
    for requirement in map(Requirement, DECLARED[file]):
        name = canonicalize_name(requirement.name)
        assert name in pinned
        assert requirement.specifier.contains(pinned[name]), f"{requirement}: {pinned[name]} is pinned"


def test_runtime_packages_are_pinned_completely() -> None:
    assert set(pins(RUNNING)) == needed(DECLARED[RUNNING])


def test_development_requirements_add_only_packages_of_checks() -> None:
    assert lines(CHECKING)[0] == f"--requirement {RUNNING}"
    assert set(pins(CHECKING)) == needed(DECLARED[CHECKING]) - needed(DECLARED[RUNNING])
