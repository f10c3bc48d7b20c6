"""What has been fitted: as the folders of models tell it without Spark, and what was asked for that is not among it."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pyspark.sql import Row

from crime_spark.cities.city import City
from crime_spark.errors import LakeError
from crime_spark.lake import sql_condition
from crime_spark.learners.learner import Learner
from crime_spark.schemas import BLOCK_KEY, CELL_KEY
from crime_spark.settings import NOT_NAMED, Settings
from crime_spark.tasks.task import Task

Keys = Mapping[str, Any] | Row  # that has CELL_KEY
K = TypeVar("K", bound=Keys)
_NUMBERS = ("delay", "train_from", "train_to")


def fitted_below(folder: str) -> list[dict[str, Any]]:
    """The keys of every cell whose model lies below this local folder, the root of a lake; see `Cell.model`."""
    models = os.path.join(glob.escape(folder), "models", *(f"{key}=*" for key in CELL_KEY))
    found = []
    for path in sorted(glob.glob(models)):
        keys: dict[str, Any] = dict(part.split("=", 1) for part in path.split(os.sep)[-len(CELL_KEY) :])
        found.append({**keys, **{name: int(keys[name]) for name in _NUMBERS}})
    return found


def block_key(cell: Keys) -> tuple[Any, ...]:
    """The values of BLOCK_KEY, which cells share that differ only in their learner."""
    return tuple(cell[name] for name in BLOCK_KEY)


def blocks_of(cells: Iterable[K]) -> list[list[K]]:
    """Cells that differ only in their learner together, in the order of the first of them."""
    blocks: dict[tuple[Any, ...], list[K]] = {}
    for cell in cells:
        blocks.setdefault(block_key(cell), []).append(cell)
    return list(blocks.values())


def choice(
    cities: Iterable[City], tasks: Iterable[Task], learners: Iterable[Learner], settings: Settings
) -> dict[str, list[str]]:
    """The values of their keys that cells of these have, of the protocol and the policy that are set."""
    return {
        "city": [city.name for city in cities],
        "task": [task.name for task in tasks],
        "learner": [learner.name for learner in learners],
        "protocol": [settings.protocol],
        "policy": [settings.policy],
    }


def named(settings: Settings) -> list[str]:
    """The keys of which the user has named values, so that each of these is asked for."""
    chosen = {"task": settings.tasks, "learner": settings.learners}
    return [key for key, names in chosen.items() if names not in NOT_NAMED]


def of_choice(held: Iterable[Keys], wanted: Mapping[str, Collection[str]]) -> list[Keys]:
    """The cells held that have one of the values wanted of each key; a key that is not there is not asked for."""
    return [cell for cell in held if all(cell[key] in values for key, values in wanted.items())]


def of_cells(cells: Iterable[Keys], *learners: str) -> str:
    """SQL over CELL_KEY: the rows of any of the cells, and of the same cells fitted by these learners instead."""
    spans: dict[tuple[Any, ...], set[str]] = {}
    for cell in cells:
        spans.setdefault(block_key(cell), set(learners)).add(cell["learner"])
    blocks = ({**dict(zip(BLOCK_KEY, span, strict=True)), "learner": sorted(names)} for span, names in spans.items())
    return " OR ".join(f"({sql_condition(block)})" for block in blocks)


def not_fitted(
    held: Sequence[Keys],
    wanted: Mapping[str, Collection[str]],
    each: Collection[str] = (),
    years: Collection[int] = (),
) -> str:
    """What was asked for that no cell held has, and what they have instead; empty if nothing is missing.

    There must be a cell of the choice that has each value of the keys named in `each`; of other keys one will do. Years
    are test years: of these one will do, if a cell is fitted on the others.

    Raises:
        LakeError: no cell is held.
    """
    if not held:
        raise LakeError("there are no models: gold/cells is empty; run stage train first")
    chosen = of_choice(held, wanted)
    near = chosen or held
    lacking = {
        key: [value for value in values if not any(cell[key] == value for cell in near)]
        for key, values in wanted.items()
    }
    absent: dict[str, Collection[str]] = {
        key: values for key, values in lacking.items() if key in each or len(values) == len(wanted[key])
    }
    if not chosen and not any(absent.values()):  # each is there, but not together
        absent = dict(wanted)
    tested = {cell["train_to"] + 1 for cell in near}
    known = tested | {year for cell in near for year in range(cell["train_from"], cell["train_to"] + 1)}
    absent["year"] = [str(year) for year in years if year not in known or not tested & set(years)]
    if not (said := _told(absent)):
        return ""
    there = {key: sorted({cell[key] for cell in held}) for key in ("city", "task", "learner", "protocol", "policy")}
    there["scored on"] = sorted({str(cell["train_to"] + 1) for cell in held})
    return f"nothing was fitted for {said}; there are models of {_told(there)}: choose among these, or train first"


def _told(values: Mapping[str, Collection[str]]) -> str:
    return ", ".join(f"{key} {' and '.join(names)}" for key, names in values.items() if names)
