"""The plan of a job: every name resolved and every fault found before Spark does any work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.config import nearest
from crime_spark.errors import UsageError
from crime_spark.ingest.landing import check_patterns, is_local
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.portals.source import check_portals
from crime_spark.quality.stage import limits_of
from crime_spark.schemas import INCIDENTS, LEDGER, PREDICTIONS
from crime_spark.settings import Settings
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Policy, Task
from crime_spark.training.plan import Block, illegal_pairs, plan_blocks, unfit
from crime_spark.tuning.searching import missing_package

# The table that a stage cannot start without, unless an earlier stage of the same job writes it.
_NEEDS = {
    "describe": ("ingest", INCIDENTS.name),
    "examples": ("ingest", INCIDENTS.name),
    "evaluate": ("train", PREDICTIONS.name),
    "explain": ("train", PREDICTIONS.name),
    "quarantine": ("ingest", LEDGER.name),
    "maintain": ("ingest", LEDGER.name),
}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Optional(_Named, Protocol):
    @property
    def default(self) -> bool: ...


_N = TypeVar("_N", bound=_Named)
_D = TypeVar("_D", bound=_Optional)
DEFAULT = ("default",)  # in the place of names
_NOT_NAMED: tuple[tuple[str, ...], ...] = ((), DEFAULT)


@dataclass(frozen=True)
class Plan:
    """What a job will work on."""

    settings: Settings
    stages: tuple[str, ...]
    cities: tuple[City, ...]
    tasks: tuple[Task, ...]
    learners: tuple[Learner, ...]
    left_out: tuple[str, ...] = ()

    @property
    def all_cities(self) -> tuple[City, ...]:
        """Every known city: files are ingested for the city they are given for, whatever --cities says."""
        return CITIES

    @property
    def city_names(self) -> list[str]:
        """Names of the chosen cities."""
        return [city.name for city in self.cities]

    def described(self, flow: Sequence[tuple[str, str, str]]) -> str:
        """The plan for a person: stages with what they read and write, inputs, cells, lake."""
        lines = [f"lake      {self.settings.lake}"]
        lines += [f"stage     {name}: {reads} -> {writes}" for name, reads, writes in flow]
        lines += [f"input     {city}={p}" for city, patterns in self.settings.inputs.items() for p in patterns]
        lines += [f"note      {text}" for text in self.left_out]
        if "train" in self.stages:
            cells = [str(cell) for block in self._blocks() for cell in block.cells]
            lines += [f"cell      {cell}" for cell in cells] or [
                "cell      not known before ingest: one for each city, task, learner and pair of consecutive years "
                f"({', '.join(self.city_names)}; {', '.join(t.name for t in self.tasks)}; "
                f"{', '.join(learner.name for learner in self.learners)}; protocol {self.settings.protocol})"
            ]
        return "\n".join(lines) + "\n"

    def _blocks(self) -> list[Block]:
        years = {city: self.settings.years or _years_in_lake(self.settings.lake, city) for city in self.city_names}
        delays = {city.name: city.delay_days for city in self.cities}
        policy = cast(Policy, self.settings.policy)
        return plan_blocks(years, self.tasks, self.learners, self.settings.protocol, policy, delays)


def check_plan(settings: Settings, stages: Sequence[str]) -> Plan:
    """The plan for these settings.

    Raises:
        UsageError: everything that is wrong with it, in one message: unknown names, a learner that cannot fit a task,
            inputs that match nothing, tables that no stage has written, years without rows.
    """
    faults: list[str] = []
    cities = _chosen("city", settings.cities, CITIES, faults)
    tasks = _chosen_or_default("task", settings.tasks, TASKS, faults)
    left_out = [task.name for task in tasks if task.allow_demographic and not settings.allow_demographic]
    if left_out and settings.tasks not in _NOT_NAMED:
        faults.append(f"task {', '.join(left_out)} uses demographic columns: add --allow-demographic")
    tasks = [task for task in tasks if task.name not in left_out]
    if settings.policy == "full" and not settings.allow_demographic:
        faults.append("policy full uses demographic columns: add --allow-demographic")
    learners = _chosen_or_default("learner", settings.learners, LEARNERS, faults)
    if settings.learners in _NOT_NAMED:
        learners = [learner for learner in learners if any(unfit(task, learner) is None for task in tasks)]
    lacking = [learner for learner in learners if learner.missing]
    if settings.learners in _NOT_NAMED:
        learners = [learner for learner in learners if learner not in lacking]
    else:
        faults += [f"learner {each.name} needs what is not installed: {_to_install(each)}" for each in lacking]
    if settings.tasks in _NOT_NAMED:
        # Where no task is left, each of them says why.
        tasks = [task for task in tasks if any(unfit(task, learner) is None for learner in learners)] or tasks
    faults += illegal_pairs(tasks, learners)
    for name, changes in settings.learner_settings.items():
        for learner in _chosen("learner", (name,), LEARNERS, faults):
            try:
                learner.with_settings(changes)
            except UsageError as error:
                faults.append(str(error))
    _chosen("learner", settings.audit.learners, LEARNERS, faults)
    faults += _input_faults(settings, stages)
    if "fetch" in stages:
        faults += check_portals(settings.landing, settings.portals, cities)
    if "tune" in stages and (package := missing_package(settings.tuning.strategy)):
        faults.append(package)
    try:
        limits_of(CITIES, settings.quality)
    except UsageError as error:
        faults.append(str(error))
    faults += _missing_tables(settings, stages, tasks)
    faults += _years_without_rows(settings, stages, cities)
    if faults:
        raise UsageError("; ".join(dict.fromkeys(faults)))
    notes = [f"task {name} is left out without --allow-demographic" for name in left_out]
    if settings.learners in _NOT_NAMED:
        notes += [f"learner {each.name} is left out: {_to_install(each)}" for each in lacking]
    return Plan(settings, tuple(stages), tuple(cities), tuple(tasks), tuple(learners), tuple(notes))


def _to_install(learner: Learner) -> str:
    return f"pip install {' '.join(learner.missing)}"


def _chosen(what: str, names: Iterable[str], registry: Sequence[_N], faults: list[str]) -> list[_N]:
    known = {each.name: each for each in registry}
    wanted = list(dict.fromkeys(names)) or list(known)
    faults += [f"unknown {what} {name!r}; {nearest(name, list(known))}" for name in wanted if name not in known]
    return [known[name] for name in wanted if name in known]


def _chosen_or_default(what: str, names: tuple[str, ...], registry: Sequence[_D], faults: list[str]) -> list[_D]:
    if names == DEFAULT:
        return [each for each in registry if each.default]
    return _chosen(what, names, registry, faults)


def _input_faults(settings: Settings, stages: Sequence[str]) -> list[str]:
    faults: list[str] = []
    _chosen("city", tuple(settings.inputs) or (CITIES[0].name,), CITIES, faults)
    if "ingest" in stages:
        if not settings.inputs:
            city = CITIES[0].name
            faults.append(f"no input: say where the files are, such as --input {city}=landing/{city}")
        faults += check_patterns(settings.inputs)
    return faults


def _missing_tables(settings: Settings, stages: Sequence[str], tasks: Sequence[Task]) -> list[str]:
    """Local lakes only: elsewhere the stage itself says that its table is missing."""
    if not is_local(settings.lake):
        return []
    needs = [(stage, *_NEEDS[stage]) for stage in stages if stage in _NEEDS]
    needs += [(s, "examples", task.examples.name) for task in tasks for s in ("train", "audit", "tune") if s in stages]
    return [
        f"stage {stage} needs {table}, which {settings.lake} does not have: run stage {writer} first"
        for stage, writer, table in needs
        if writer not in stages and not os.path.isdir(os.path.join(_folder(settings.lake), table))
    ]


def _years_without_rows(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    """Years asked for that none of the cities has; not of a lake that is elsewhere, or that ingest may add to."""
    reading = {"describe", "examples", "train", "audit", "tune"} & set(stages)
    folder = os.path.join(_folder(settings.lake), INCIDENTS.name)
    if not reading or "ingest" in stages or not os.path.isdir(folder):
        return []
    held = sorted({year for city in cities for year in _years_in_lake(settings.lake, city.name)})
    if not (absent := [year for year in settings.years if year not in held]):
        return []
    names = ", ".join(city.name for city in cities)
    return [
        f"no rows of {', '.join(map(str, absent))} for {names}: {settings.lake} has "
        f"{', '.join(map(str, held)) or 'none of any year'}; choose other --years or ingest them first"
    ]


def _years_in_lake(lake: str, city: str) -> list[int]:
    folder = os.path.join(_folder(lake), INCIDENTS.name, f"city={city}")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name[5:]) for name in names if re.fullmatch(r"year=\d{4}", name))


def _folder(lake: str) -> str:
    return re.sub("^file:/*", "/", lake)
