"""Jobs whose stages do something else in a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crime_spark.stages import JOBS, Job, Outcome, Run


def with_runs(job: Job, **runs: Callable[[Run], Outcome]) -> Job:
    """The job with these functions in place of those of its stages, by the name of the stage."""
    stages = tuple(replace(stage, run=runs.get(stage.name, stage.run)) for stage in job.stages)
    return replace(job, stages=stages)


def report_that(run: Callable[[Run], Outcome]) -> Job:
    return with_runs(JOBS["report"], report=run)


def raising(error: BaseException) -> Callable[[Run], Outcome]:
    def run(_: Run) -> Outcome:
        raise error

    return run


def returning(**outcome: object) -> Callable[[Run], Outcome]:
    return lambda _: Outcome(**outcome)  # type: ignore[arg-type]
