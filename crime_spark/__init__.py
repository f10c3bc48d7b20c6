"""crime-spark: open crime reports of cities as Delta tables, statistics and models per year.

The names in `__all__` are imported on first use, so `import crime_spark` and the import of a submodule stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crime_spark.cities import CITIES
    from crime_spark.cities.city import City
    from crime_spark.config import load_settings
    from crime_spark.errors import CrimeSparkError, InputError, UsageError
    from crime_spark.lake import Lake
    from crime_spark.learners import LEARNERS
    from crime_spark.learners.learner import Learner
    from crime_spark.library import ConformedReports, to_examples, to_incidents
    from crime_spark.schemas import INCIDENTS, STORED
    from crime_spark.session import build_session
    from crime_spark.settings import Settings
    from crime_spark.table import Table
    from crime_spark.tasks import TASKS
    from crime_spark.tasks.task import Task

__all__ = [
    "CITIES",
    "INCIDENTS",
    "LEARNERS",
    "STORED",
    "TASKS",
    "City",
    "ConformedReports",
    "CrimeSparkError",
    "InputError",
    "Lake",
    "Learner",
    "Settings",
    "Table",
    "Task",
    "UsageError",
    "build_session",
    "load_settings",
    "to_examples",
    "to_incidents",
]

_MODULES = {
    "CITIES": "cities",
    "INCIDENTS": "schemas",
    "LEARNERS": "learners",
    "STORED": "schemas",
    "TASKS": "tasks",
    "City": "cities.city",
    "ConformedReports": "library",
    "CrimeSparkError": "errors",
    "InputError": "errors",
    "Lake": "lake",
    "Learner": "learners.learner",
    "Settings": "settings",
    "Table": "table",
    "Task": "tasks.task",
    "UsageError": "errors",
    "build_session": "session",
    "load_settings": "config",
    "to_examples": "library",
    "to_incidents": "library",
}

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
