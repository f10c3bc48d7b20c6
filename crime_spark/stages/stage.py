"""What a stage declares, what the runner gives to it, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crime_spark.stages.options import COMMON, Option, stages_option

# Declarations must load fast, for --help: the rooms are imported when a stage runs.
if TYPE_CHECKING:
    from crime_spark.cities.city import City
    from crime_spark.fitting.model_store import FittedModels
    from crime_spark.lake import Lake
    from crime_spark.learners.learner import Learner
    from crime_spark.progress import Progress
    from crime_spark.settings import Settings
    from crime_spark.tasks.task import Task

# In the names of tables, <task> stands for each chosen task.
EXAMPLES = "gold/examples_<task>"


@dataclass(frozen=True)
class Run:
    """What the runner gives to a stage: the lake, the choices of the plan, the console.

    models has the models that earlier stages fitted in the same Spark application.
    """

    lake: Lake
    settings: Settings
    cities: tuple[City, ...]
    tasks: tuple[Task, ...]
    learners: tuple[Learner, ...]
    progress: Progress
    models: FittedModels


@dataclass(frozen=True)
class Outcome:
    """What a stage returns to the runner.

    Attributes:
        result: text or path that a job of this stage alone prints; None for nothing.
        concerns: refused files and crossed limits; the job goes on and ends with exit code 3.
        failures: parts of the stage that failed; the job goes on and ends with exit code 1.
    """

    result: str | None = None
    concerns: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage: its declaration, and the function that runs it.

    Attributes:
        name: name of the stage, of its module and of its job.
        summary: what it does, in one line.
        reads: tables and files that it reads.
        writes: tables and files that it writes.
        needs: tables without which it cannot start.
        options: its options besides the ones of every job.
        example: options of the example in `--help`.
        run: the function that runs it.
        seconds: its duration on the embedded sample with two models per city and year. The estimate of the remaining
            time needs only the proportions.
        per_model: whether its duration grows with the number of models.
        uses_spark: whether it needs a Spark session. Without one, the run has no lake and no models.
    """

    name: str
    summary: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    options: tuple[Option, ...]
    example: str
    run: Callable[[Run], Outcome]
    needs: tuple[str, ...] = ()
    seconds: float = 1.0
    per_model: bool = False
    uses_spark: bool = True

    @property
    def flow(self) -> tuple[str, str, str]:
        """Its name, what it reads and what it writes, as text."""
        return self.name, ", ".join(self.reads), ", ".join(self.writes)


@dataclass(frozen=True)
class Job:
    """What one command runs: a stage, or several stages in one Spark application."""

    name: str
    summary: str
    stages: tuple[Stage, ...]
    example: str

    @property
    def options(self) -> tuple[Option, ...]:
        """The options of its stages, each once: the ones with a value, then the switches, then those of every job."""
        by_flag = {option.flag: option for stage in self.stages for option in stage.options}
        values_first = sorted(by_flag.values(), key=lambda option: option.metavar is None)
        choice = [stages_option([stage.name for stage in self.stages])] if len(self.stages) > 1 else []
        return (*values_first, *choice, *COMMON)
