"""The declarations of stages and jobs, and the argument and the result of a stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from crime_spark.stages.options import COMMON, Option, stages_option

# --help must be fast, so declarations import other rooms only for type checking.
if TYPE_CHECKING:
    from crime_spark.cities.city import City
    from crime_spark.fitting.model_store import FittedModels
    from crime_spark.lake import Lake
    from crime_spark.learners.learner import Learner
    from crime_spark.progress import Progress
    from crime_spark.settings import Settings
    from crime_spark.tasks.task import Task

# In a table name, <task> stands for each chosen task.
EXAMPLES = "gold/examples_<task>"


@dataclass(frozen=True)
class Run:
    """The argument of a stage.

    Attributes:
        lake: the lake.
        settings: the settings of the plan.
        cities: the chosen cities.
        tasks: the chosen tasks.
        learners: the chosen learners.
        progress: the console.
        models: the models that earlier stages fitted in the same Spark application.
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
    """The result of a stage.

    Attributes:
        result: text that a job with only this stage prints; None to print nothing.
        concerns: messages about refused files and crossed limits. The job continues and ends with exit code 3.
        failures: messages about failed parts of the stage. The job continues and ends with exit code 1.
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
        options: its options in addition to those of every job.
        example: options of the example in `--help`.
        run: the function that runs it.
        needs: tables without which it cannot start.
        needs_models: set if the stage only uses models that were fitted before. With "every", each named task and
            learner must have a model; with "any", one named task and one named learner are enough.
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
    needs_models: Literal["every", "any"] | None = None
    seconds: float = 1.0
    per_model: bool = False
    uses_spark: bool = True

    @property
    def flow(self) -> tuple[str, str, str]:
        """Its name, the tables it reads and the tables it writes, as text."""
        return self.name, ", ".join(self.reads), ", ".join(self.writes)


@dataclass(frozen=True)
class Job:
    """A command: one stage, or several stages in one Spark application.

    Attributes:
        name: name of the job and of its script.
        summary: what it does, in one line.
        stages: its stages in the order in which they run.
        example: options of the example in `--help`.
    """

    name: str
    summary: str
    stages: tuple[Stage, ...]
    example: str

    @property
    def options(self) -> tuple[Option, ...]:
        """The options of its stages without duplicates: those with a value, the switches, then those of every job."""
        by_flag = {option.flag: option for stage in self.stages for option in stage.options}
        values_first = sorted(by_flag.values(), key=lambda option: option.metavar is None)
        choice = [stages_option([stage.name for stage in self.stages])] if len(self.stages) > 1 else []
        return (*values_first, *choice, *COMMON)
