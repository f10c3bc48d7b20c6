"""The plan of a job: every name resolved and every fault found before Spark does any work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from crime_spark.auditing.leakage import audited
from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.config import unknown
from crime_spark.errors import UsageError
from crime_spark.fitting.cells import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.fitting.fitted_cells import choice, fitted_below, named, not_fitted, of_choice
from crime_spark.ingest.landing import check_patterns, is_local
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.portals.source import check_portals
from crime_spark.quality.stage import limits_of
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import DEFAULT, NOT_NAMED, Settings
from crime_spark.stages import EXAMPLES, STAGE_BY_NAME, STAGES
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from crime_spark.tuning.search import tuning_faults, untunable

# Stages that make nothing which is not there: of what was not fitted they would do nothing.
_OF_FITTED = {"evaluate", "explain", "report"}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Optional(_Named, Protocol):
    @property
    def default(self) -> bool: ...


_N = TypeVar("_N", bound=_Named)
_D = TypeVar("_D", bound=_Optional)


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
    def city_names(self) -> list[str]:
        """Names of the chosen cities."""
        return [city.name for city in self.cities]

    def blocks(self, learners: Sequence[Learner], delayed: bool = True) -> list[Block]:
        """What would be fitted by these learners, as far as is known without Spark; delayed: also with a late past."""
        able = [each for each in learners if any(unfit(task, each) is None for task in self.tasks)]
        tasks = [task for task in self.tasks if any(unfit(task, each) is None for each in able)]
        years = {city: _years_known(self.settings, self.stages, city) for city in self.city_names}
        delays = {city.name: city.delay_days for city in self.cities} if delayed else {}
        return plan_blocks(years, tasks, able, self.settings.protocol, self.settings.policy, delays)

    @property
    def fitted(self) -> list[Cell]:
        """The cells of this choice whose models a local lake has; explain: only of the years chosen, as test years."""
        tasks = {task.name: task for task in self.tasks}
        learners = {learner.name: learner for learner in self.learners}
        held = of_choice(_fitted(self.settings), choice(self.cities, self.tasks, self.learners, self.settings))
        cells = [Cell(**{**c, "task": tasks[c["task"]], "learner": learners[c["learner"]]}) for c in held]
        years = self.settings.years if "explain" in self.stages else ()
        return [cell for cell in cells if not years or cell.test_year in years]


def check_plan(settings: Settings, stages: Sequence[str]) -> Plan:
    """The plan for these settings.

    Raises:
        UsageError: everything that is wrong with it, in one message: unknown names, a learner that cannot fit a task,
            inputs that match nothing, tables that no stage has written, years without rows or of which none can be
            scored, nothing that can be tuned or audited, what was asked for of which a local lake has no models.
    """
    faults: list[str] = []
    cities = _chosen("city", settings.cities, CITIES, faults)
    tasks = _chosen_or_default("task", settings.tasks, TASKS, faults)
    left_out = [task.name for task in tasks if task.allow_demographic and not settings.allow_demographic]
    if left_out and settings.tasks not in NOT_NAMED:
        faults.append(f"task {', '.join(left_out)} uses demographic columns: add --allow-demographic")
    tasks = [task for task in tasks if task.name not in left_out]
    if settings.policy == "full" and not settings.allow_demographic:
        faults.append("policy full uses demographic columns: add --allow-demographic")
    learners = _chosen_or_default("learner", settings.learners, LEARNERS, faults)
    if settings.learners in NOT_NAMED:
        learners = [learner for learner in learners if any(unfit(task, learner) is None for task in tasks)]
    lacking = [learner for learner in learners if learner.missing]
    if settings.learners in NOT_NAMED:
        learners = [learner for learner in learners if learner not in lacking]
    else:
        faults += [f"learner {each.name} needs what is not installed: {_to_install(each)}" for each in lacking]
    if settings.tasks in NOT_NAMED:
        # Where no task is left, each of them says why.
        tasks = [task for task in tasks if any(unfit(task, learner) is None for learner in learners)] or tasks
    faults += illegal_pairs(tasks, learners)
    faults += _faults_of_settings(settings)
    faults += _input_faults(settings, stages, cities)
    if "fetch" in stages:
        faults += check_portals(settings.landing, settings.portals, cities)
    unfitted = _not_to_fit(settings, stages, learners)
    if unfitted and len(unfitted) == len(learners):
        faults.append(f"{'; '.join(unfitted)}: choose other --learners")
    if "tune" in stages:
        faults += tuning_faults(settings, _years_to_fit(settings, stages, cities))
    faults += _missing_tables(settings, stages, tasks)
    faults += _years_without_rows(settings, stages, cities)
    if not faults:
        faults += _nothing_to_fit(settings, stages, cities)
        faults += _nothing_fitted(settings, stages, choice(cities, tasks, learners, settings))
    if faults:
        raise UsageError("; ".join(dict.fromkeys(faults)))
    notes = [f"task {name} is left out without --allow-demographic" for name in left_out]
    if settings.learners in NOT_NAMED:
        notes += [f"learner {each.name} is left out: {_to_install(each)}" for each in lacking]
    else:
        notes += unfitted
    if "ingest" in stages:
        unread = _unread(settings, cities)
        notes += [f"files of {name} are left out by --cities" for name in unread]
        settings = replace(settings, inputs={k: v for k, v in settings.inputs.items() if k not in unread})
    return Plan(settings, tuple(stages), tuple(cities), tuple(tasks), tuple(learners), tuple(notes))


def _faults_of_settings(settings: Settings) -> list[str]:
    """What is wrong with them whatever the stages are."""
    faults: list[str] = []
    for name, changes in settings.learner_settings.items():
        for learner in _chosen("learner", (name,), LEARNERS, faults):
            try:
                learner.with_settings(changes)
            except UsageError as error:
                faults.append(str(error))
    _chosen("learner", settings.audit.learners, LEARNERS, faults)
    try:
        limits_of(CITIES, settings.quality)
    except UsageError as error:
        faults.append(str(error))
    return faults


def _to_install(learner: Learner) -> str:
    return f"pip install {' '.join(learner.missing)}"


def _chosen(what: str, names: Iterable[str], registry: Sequence[_N], faults: list[str]) -> list[_N]:
    known = {each.name: each for each in registry}
    wanted = list(dict.fromkeys(names)) or list(known)
    faults += [unknown(what, name, list(known)) for name in wanted if name not in known]
    return [known[name] for name in wanted if name in known]


def _chosen_or_default(what: str, names: tuple[str, ...], registry: Sequence[_D], faults: list[str]) -> list[_D]:
    if names == DEFAULT:
        return [each for each in registry if each.default]
    return _chosen(what, names, registry, faults)


def _input_faults(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    faults: list[str] = []
    _chosen("city", tuple(settings.inputs) or (CITIES[0].name,), CITIES, faults)
    if "ingest" in stages:
        unread = _unread(settings, cities)
        if unread and len(unread) == len(settings.inputs):
            faults.append(
                f"--cities leaves out {', '.join(unread)}, and there are files of no other city: name it there"
            )
        if not settings.inputs:
            city = CITIES[0].name
            faults.append(f"no input: say where the files are, such as --input {city}=landing/{city}")
        faults += check_patterns({name: held for name, held in settings.inputs.items() if name not in unread})
    return faults


def _unread(settings: Settings, cities: Sequence[City]) -> list[str]:
    """The cities that have files, but are not chosen."""
    return [city.name for city in CITIES if city.name in settings.inputs and city not in cities]


def _missing_tables(settings: Settings, stages: Sequence[str], tasks: Sequence[Task]) -> list[str]:
    """Local lakes only: elsewhere the stage itself says that its table is missing."""
    if not is_local(settings.lake):
        return []
    faults = []
    for stage in stages:
        for need in STAGE_BY_NAME[stage].needs:
            writer = next(other.name for other in STAGES if need in other.writes)
            tables = [task.examples.name for task in tasks] if need == EXAMPLES else [need]
            faults += [
                f"stage {stage} needs {table}, which {settings.lake} does not have: run stage {writer} first"
                for table in tables
                if writer not in stages and not os.path.isdir(os.path.join(_folder(settings.lake), table))
            ]
    return faults


def _any_needs(stages: Sequence[str], *tables: str) -> bool:
    """Whether any of the stages cannot start without one of the tables."""
    return any(table in STAGE_BY_NAME[stage].needs for stage in stages for table in tables)


def _not_to_fit(settings: Settings, stages: Sequence[str], learners: Sequence[Learner]) -> list[str]:
    """Why tune or audit fits nothing of a learner, for each of which that is so."""
    if "tune" in stages:
        reasons = (untunable(each, settings.tuning.strategy) for each in learners)
        return [reason for reason in reasons if reason]
    if "audit" in stages:
        fitted = audited(learners, settings)
        return [
            f"learner {each.name} is a baseline or not in audit.learners, and so not audited"
            for each in learners
            if each not in fitted
        ]
    return []


def _nothing_to_fit(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    years = _years_to_fit(settings, stages, cities)
    known = sorted({year for held in years for year in held})
    if not _any_needs(stages, EXAMPLES) or not known or any(year + 1 in held for held in years for year in held):
        return []
    return [
        f"of the years {', '.join(map(str, known))} no city has two that follow each other: a model is fitted on one "
        "and scored on the next, so --years must hold both, and the lake"
    ]


def _nothing_fitted(settings: Settings, stages: Sequence[str], wanted: dict[str, list[str]]) -> list[str]:
    """What is wanted of which a local lake has no models, though it has some."""
    if not set(stages) <= _OF_FITTED or not (held := _fitted(settings)):
        return []
    each = named(settings)
    if tuple(stages) == ("report",):  # it shows whatever there is
        wanted, each = {key: wanted[key] for key in each}, []
    said = not_fitted(held, wanted, each, settings.years if "explain" in stages else ())
    return [said] if said else []


def _years_without_rows(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    """Years asked for that none of the cities has; not of a lake that is elsewhere, or that ingest may add to."""
    folder = os.path.join(_folder(settings.lake), INCIDENTS.name)
    reads_years = _any_needs(stages, INCIDENTS.name, EXAMPLES)
    if not reads_years or "ingest" in stages or not os.path.isdir(folder):
        return []
    held = sorted({year for city in cities for year in _years_in_lake(settings.lake, city.name)})
    if not (absent := [year for year in settings.years if year not in held]):
        return []
    names = ", ".join(city.name for city in cities)
    return [
        f"no rows of {', '.join(map(str, absent))} for {names}: {settings.lake} has "
        f"{', '.join(map(str, held)) or 'none of any year'}; choose other --years or ingest them first"
    ]


def _years_known(settings: Settings, stages: Sequence[str], city: str) -> list[int]:
    """The years to work on: chosen and in the lake, or, where that is not known, chosen."""
    held = _years_in_lake(settings.lake, city)
    if "ingest" not in stages and os.path.isdir(os.path.join(_folder(settings.lake), INCIDENTS.name)):
        return [year for year in held if not settings.years or year in settings.years]
    return list(settings.years) or held


def _years_to_fit(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[Sequence[int]]:
    """By city the years to work on; before ingest the lake does not tell."""
    return [settings.years if "ingest" in stages else _years_known(settings, stages, city.name) for city in cities]


def _fitted(settings: Settings) -> list[dict[str, Any]]:
    return fitted_below(_folder(settings.lake)) if is_local(settings.lake) else []


def _years_in_lake(lake: str, city: str) -> list[int]:
    folder = os.path.join(_folder(lake), INCIDENTS.name, f"city={city}")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name[5:]) for name in names if re.fullmatch(r"year=\d{4}", name))


def _folder(lake: str) -> str:
    return re.sub("^file:/*", "/", lake)
