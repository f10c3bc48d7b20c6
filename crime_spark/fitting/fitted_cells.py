"""Fitted cells: their keys, from tables or from folders of models, and what is missing among them."""

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
    """The keys of all cells with a model in a local lake, read from the folders of `Cell.model` without Spark."""
    models = os.path.join(glob.escape(folder), "models", *(f"{key}=*" for key in CELL_KEY))
    cells = []
    for path in sorted(glob.glob(models)):
        keys: dict[str, Any] = dict(part.split("=", 1) for part in path.split(os.sep)[-len(CELL_KEY) :])
        cells.append({**keys, **{name: int(keys[name]) for name in _NUMBERS}})
    return cells


def block_key(cell: Keys) -> tuple[Any, ...]:
    """The values of BLOCK_KEY, which are equal for cells that differ only in their learner."""
    return tuple(cell[name] for name in BLOCK_KEY)


def blocks_of(cells: Iterable[K]) -> list[list[K]]:
    """Group cells that differ only in their learner, in the order of the first of each group."""
    blocks: dict[tuple[Any, ...], list[K]] = {}
    for cell in cells:
        blocks.setdefault(block_key(cell), []).append(cell)
    return list(blocks.values())


def choice(
    cities: Iterable[City], tasks: Iterable[Task], learners: Iterable[Learner], settings: Settings
) -> dict[str, list[str]]:
    """The allowed values of the keys of cells, for these cities, tasks and learners and the settings."""
    return {
        "city": [city.name for city in cities],
        "task": [task.name for task in tasks],
        "learner": [learner.name for learner in learners],
        "protocol": [settings.protocol],
        "policy": [settings.policy],
    }


def requested_keys(settings: Settings) -> list[str]:
    """The keys whose values the user has named."""
    chosen = {"task": settings.tasks, "learner": settings.learners}
    return [key for key, names in chosen.items() if names not in NOT_NAMED]


def of_choice(cells: Iterable[Keys], wanted: Mapping[str, Collection[str]]) -> list[Keys]:
    """The cells that have one of the wanted values of each key."""
    return [cell for cell in cells if all(cell[key] in values for key, values in wanted.items())]


def of_cells(cells: Iterable[Keys], *learners: str) -> str:
    """SQL over CELL_KEY for the rows of the cells, and of the same cells with other learners."""
    spans: dict[tuple[Any, ...], set[str]] = {}
    for cell in cells:
        spans.setdefault(block_key(cell), set(learners)).add(cell["learner"])
    blocks = ({**dict(zip(BLOCK_KEY, span, strict=True)), "learner": sorted(names)} for span, names in spans.items())
    return " OR ".join(f"({sql_condition(block)})" for block in blocks)


def not_fitted(
    cells: Sequence[Keys],
    wanted: Mapping[str, Collection[str]],
    required: Collection[str] = (),
    years: Collection[int] = (),
) -> str:
    """Describe which wanted values have no fitted cell, and which exist; empty if nothing is missing.

    Args:
        cells: the fitted cells.
        wanted: wanted values by key. One value of a key is enough, unless the key is required.
        required: keys whose values must all have a cell.
        years: wanted test years. One is enough if the others are training years of a cell.

    Raises:
        LakeError: there are no cells.
    """
    if not cells:
        raise LakeError("there are no models: gold/cells is empty; run stage train first")
    chosen = of_choice(cells, wanted)
    considered = chosen or cells
    lacking = {
        key: [value for value in values if not any(cell[key] == value for cell in considered)]
        for key, values in wanted.items()
    }
    absent: dict[str, Collection[str]] = {
        key: values for key, values in lacking.items() if key in required or len(values) == len(wanted[key])
    }
    if not chosen and not any(absent.values()):  # each value exists, but no cell has all of them
        absent = dict(wanted)
    tested = {cell["train_to"] + 1 for cell in considered}
    covered = tested | {year for cell in considered for year in range(cell["train_from"], cell["train_to"] + 1)}
    absent["year"] = [str(year) for year in years if year not in covered or not tested & set(years)]
    if not (missing := _text(absent)):
        return ""
    existing = {key: sorted({cell[key] for cell in cells}) for key in ("city", "task", "learner", "protocol", "policy")}
    existing["scored on"] = sorted({str(cell["train_to"] + 1) for cell in cells})
    there_are = f"there are models of {_text(existing)}; choose among these, or run stage train"
    return f"no model was fitted for {missing}; {there_are}"


def _text(values: Mapping[str, Collection[str]]) -> str:
    return ", ".join(f"{key} {' and '.join(names)}" for key, names in values.items() if names)
