"""The plan of a job: resolves all names and finds all faults before Spark does any work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from crime_spark.auditing.leakage import audited
from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.config import HasName, unknown
from crime_spark.errors import UsageError
from crime_spark.fitting import fitted_cells
from crime_spark.fitting.cells import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.fitting.fitted_cells import choice, not_fitted, of_choice
from crime_spark.ingest.landing import check_patterns, is_local
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Learner
from crime_spark.local_lake import fitted_keys, has_table, stored_years
from crime_spark.portals.source import check_portals
from crime_spark.quality.stage import limits_of
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import DEFAULT, NOT_NAMED, Settings
from crime_spark.stages import EXAMPLES, STAGE_BY_NAME, STAGES
from crime_spark.tasks import TASKS
from crime_spark.tasks.task import Task
from crime_spark.tuning.search import tuning_faults, untunable


class _Optional(HasName, Protocol):
    @property
    def default(self) -> bool: ...


_N = TypeVar("_N", bound=HasName)
_D = TypeVar("_D", bound=_Optional)


@dataclass(frozen=True)
class Plan:
    """What a job works on.

    Attributes:
        settings: the settings; `inputs` has only files to read.
        stages: names of the stages to run.
        cities: the chosen cities.
        tasks: the chosen tasks.
        learners: the chosen learners.
        notes: messages about skipped tasks, learners and files.
    """

    settings: Settings
    stages: tuple[str, ...]
    cities: tuple[City, ...]
    tasks: tuple[Task, ...]
    learners: tuple[Learner, ...]
    notes: tuple[str, ...] = ()

    @property
    def city_names(self) -> list[str]:
        """The names of the chosen cities."""
        return [city.name for city in self.cities]

    def blocks(self, learners: Sequence[Learner], delayed: bool = True) -> list[Block]:
        """The blocks of cells that these learners would fit, as far as they can be determined without Spark.

        Args:
            learners: the learners.
            delayed: whether to add cells with history that ends earlier by the city's publication lag.
        """
        able = [learner for learner in learners if any(unfit(task, learner) is None for task in self.tasks)]
        tasks = [task for task in self.tasks if any(unfit(task, learner) is None for learner in able)]
        years = {city: _local_years(self.settings, self.stages, city) for city in self.city_names}
        delays = {city.name: city.delay_days for city in self.cities} if delayed else {}
        return plan_blocks(years, tasks, able, self.settings.protocol, self.settings.policy, delays)

    @property
    def fitted_cells(self) -> list[Cell]:
        """The chosen cells that have a model in a local lake; for the explain stage, only those of the test years."""
        tasks = {task.name: task for task in self.tasks}
        learners = {learner.name: learner for learner in self.learners}
        keys = of_choice(fitted_keys(self.settings.lake), choice(self.cities, self.tasks, self.learners, self.settings))
        cells = [Cell(**{**key, "task": tasks[key["task"]], "learner": learners[key["learner"]]}) for key in keys]
        years = self.settings.years if "explain" in self.stages else ()
        return [cell for cell in cells if not years or cell.test_year in years]


def check_plan(settings: Settings, stages: Sequence[str]) -> Plan:
    """Check the settings for the stages and return the plan.

    Args:
        settings: the settings.
        stages: names of the stages to run.

    Raises:
        UsageError: the plan has faults. One message lists all of them: unknown names, learners that cannot fit a
            task, inputs that match no file, missing tables, years without rows, years without a following year to
            score, nothing to tune or to audit, tasks and learners without a fitted model in a local lake.
    """
    faults: list[str] = []
    cities = _chosen("city", settings.cities, CITIES, faults)
    tasks = _chosen_or_default("task", settings.tasks, TASKS, faults)
    demographic = [task.name for task in tasks if task.allow_demographic and not settings.allow_demographic]
    if demographic and settings.tasks not in NOT_NAMED:
        faults.append(f"task {', '.join(demographic)} uses demographic columns: add --allow-demographic")
    tasks = [task for task in tasks if task.name not in demographic]
    if settings.policy == "full" and not settings.allow_demographic:
        faults.append("policy full uses demographic columns: add --allow-demographic")
    learners = _chosen_or_default("learner", settings.learners, LEARNERS, faults)
    if settings.learners in NOT_NAMED:
        learners = [learner for learner in learners if any(unfit(task, learner) is None for task in tasks)]
    lacking = [learner for learner in learners if learner.missing]
    if settings.learners in NOT_NAMED:
        learners = [learner for learner in learners if learner not in lacking]
    else:
        faults += [f"learner {learner.name} needs missing packages: {_to_install(learner)}" for learner in lacking]
    if settings.tasks in NOT_NAMED:
        # If no task is left, keep them all, so that the message has a reason for each.
        tasks = [task for task in tasks if any(unfit(task, learner) is None for learner in learners)] or tasks
    faults += illegal_pairs(tasks, learners)
    faults += _faults_of_settings(settings)
    faults += _input_faults(settings, stages, cities)
    if "fetch" in stages:
        faults += check_portals(settings.landing, settings.portals, cities)
    unfitted = _learners_not_to_fit(settings, stages, learners)
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
    notes = [f"task {name} is skipped: it needs --allow-demographic" for name in demographic]
    if settings.learners in NOT_NAMED:
        notes += [f"learner {learner.name} is skipped: {_to_install(learner)}" for learner in lacking]
    else:
        notes += unfitted
    if "ingest" in stages:
        unread = _unread(settings, cities)
        notes += [f"files of {name} are skipped: --cities excludes it" for name in unread]
        settings = replace(settings, inputs={k: v for k, v in settings.inputs.items() if k not in unread})
    return Plan(settings, tuple(stages), tuple(cities), tuple(tasks), tuple(learners), tuple(notes))


def _faults_of_settings(settings: Settings) -> list[str]:
    """The faults that do not depend on the stages."""
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
    by_name = {declaration.name: declaration for declaration in registry}
    wanted = list(dict.fromkeys(names)) or list(by_name)
    faults += [unknown(what, name, list(by_name)) for name in wanted if name not in by_name]
    return [by_name[name] for name in wanted if name in by_name]


def _chosen_or_default(what: str, names: tuple[str, ...], registry: Sequence[_D], faults: list[str]) -> list[_D]:
    if names == DEFAULT:
        return [declaration for declaration in registry if declaration.default]
    return _chosen(what, names, registry, faults)


def _input_faults(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    faults: list[str] = []
    _chosen("city", tuple(settings.inputs) or (CITIES[0].name,), CITIES, faults)
    if "ingest" in stages:
        unread = _unread(settings, cities)
        if unread and len(unread) == len(settings.inputs):
            faults.append(f"--cities excludes every city with input files: add {' or '.join(unread)} to it")
        if not settings.inputs:
            city = CITIES[0].name
            faults.append(f"no input files are given: add, for example, --input {city}=landing/{city}")
        faults += check_patterns({name: files for name, files in settings.inputs.items() if name not in unread})
    return faults


def _unread(settings: Settings, cities: Sequence[City]) -> list[str]:
    """The names of the cities that have input files but are not chosen."""
    return [city.name for city in CITIES if city.name in settings.inputs and city not in cities]


def _missing_tables(settings: Settings, stages: Sequence[str], tasks: Sequence[Task]) -> list[str]:
    """Tables that a local lake lacks. In other lakes the stage itself reports a missing table."""
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
                if writer not in stages and not has_table(settings.lake, table)
            ]
    return faults


def _any_needs(stages: Sequence[str], *tables: str) -> bool:
    """Whether any stage needs one of the tables."""
    return any(table in STAGE_BY_NAME[stage].needs for stage in stages for table in tables)


def _learners_not_to_fit(settings: Settings, stages: Sequence[str], learners: Sequence[Learner]) -> list[str]:
    """For each learner that tune or audit does not fit, the reason."""
    if "tune" in stages:
        reasons = (untunable(learner, settings.tuning.strategy) for learner in learners)
        return [reason for reason in reasons if reason]
    if "audit" in stages:
        fitted = audited(learners, settings)
        return [
            f"learner {learner.name} is not audited: it is a baseline or not in audit.learners"
            for learner in learners
            if learner not in fitted
        ]
    return []


def _nothing_to_fit(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    years = _years_to_fit(settings, stages, cities)
    listed = sorted({year for city_years in years for year in city_years})
    consecutive = any(year + 1 in city_years for city_years in years for year in city_years)
    if not _any_needs(stages, EXAMPLES) or not listed or consecutive:
        return []
    return [
        f"no city has rows of two consecutive years among {', '.join(map(str, listed))}: a model is fitted on one year "
        "and scored on the next, so --years and the lake must contain both"
    ]


def _nothing_fitted(settings: Settings, stages: Sequence[str], wanted: dict[str, list[str]]) -> list[str]:
    """The wanted tasks and learners without a model, if a local lake has any model."""
    needs = {STAGE_BY_NAME[stage].needs_models for stage in stages}
    if None in needs or not (fitted := fitted_keys(settings.lake)):
        return []
    required = fitted_cells.requested_keys(settings)
    if needs == {"any"}:
        wanted, required = {key: wanted[key] for key in required}, []
    message = not_fitted(fitted, wanted, required, settings.years if "explain" in stages else ())
    return [message] if message else []


def _years_without_rows(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[str]:
    """The chosen years that no chosen city has in a local lake, unless the job ingests new files."""
    reads_years = _any_needs(stages, INCIDENTS.name, EXAMPLES)
    if not reads_years or "ingest" in stages or not has_table(settings.lake, INCIDENTS.name):
        return []
    stored = sorted({year for city in cities for year in stored_years(settings.lake, city.name)})
    if not (absent := [year for year in settings.years if year not in stored]):
        return []
    names = ", ".join(city.name for city in cities)
    return [
        f"no rows of {', '.join(map(str, absent))} for {names}: {settings.lake} has "
        f"{', '.join(map(str, stored)) or 'no rows of any year'}; choose other --years or ingest them first"
    ]


def _local_years(settings: Settings, stages: Sequence[str], city: str) -> list[int]:
    """The chosen years that a local lake has; the chosen years if the lake is not local or may get new rows."""
    stored = stored_years(settings.lake, city)
    if "ingest" not in stages and has_table(settings.lake, INCIDENTS.name):
        return [year for year in stored if not settings.years or year in settings.years]
    return list(settings.years) or stored


def _years_to_fit(settings: Settings, stages: Sequence[str], cities: Sequence[City]) -> list[Sequence[int]]:
    """The years to work on, one sequence per city. If the job ingests, only the chosen years count."""
    return [settings.years if "ingest" in stages else _local_years(settings, stages, city.name) for city in cities]
