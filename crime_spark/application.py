"""Runs the stages of a job in one Spark application and prints the result."""

from __future__ import annotations

import sys
from typing import cast

from crime_spark.arguments import Arguments
from crime_spark.checkpoints import checkpoint_folder
from crime_spark.config import load_settings
from crime_spark.dry_run import outline
from crime_spark.fitting.cells import unfit
from crime_spark.fitting.model_store import FittedModels
from crime_spark.lake import Lake
from crime_spark.plan import Plan, check_plan
from crime_spark.progress import Progress, Stages
from crime_spark.quality.stage import stored_crossings
from crime_spark.reporting.summary import summary
from crime_spark.session import build_session
from crime_spark.stages import Job, Outcome, Run, Stage
from crime_spark.stages.options import STRICT


def run_application(job: Job, arguments: Arguments) -> int:
    """Check the plan, run the stages and print the result.

    Args:
        job: the job, whose name the Spark application gets.
        arguments: the parsed command line.

    Returns:
        The exit code of the job: 0, 1 if a part of a stage failed, 3 if a stage has concerns.

    Raises:
        CrimeSparkError: the plan has faults, Spark does not start, or a stage fails.
    """
    stages = arguments.stages
    plan = check_plan(load_settings(arguments.conf_file, arguments.settings), [stage.name for stage in stages])
    if arguments.dry_run:
        sys.stdout.write(outline(plan, [stage.flow for stage in stages]))
        return 0
    outcomes: dict[str, Outcome] = {}
    with Progress() as progress:
        if not any(stage.uses_spark for stage in stages):
            _run_stages(_run(plan, progress), stages, outcomes)
            return 0
        with progress.waiting("starting Spark"):
            spark = build_session(f"crime-spark {job.name}", arguments.verbose)
        try:
            lake = Lake(spark, plan.settings.lake)
            lake.check_writable()
            for note in plan.notes:
                progress.say(f"note: {note}")
            with checkpoint_folder(lake):
                concerns = _run_stages(_run(plan, progress, lake), stages, outcomes)
            with progress.waiting("summary"):
                result = _result(job, plan, lake, outcomes)
        finally:
            spark.stop()
            failures = [failure for outcome in outcomes.values() for failure in outcome.failures]
            for failure in failures:
                sys.stderr.write(f"error: {failure}\n")
    for concern in concerns:
        sys.stderr.write(f"limit: {concern}\n")
    if result is not None:
        sys.stdout.write(f"{result}\n")
        sys.stdout.flush()
    return 1 if failures else 3 if concerns else 0


def _run(plan: Plan, progress: Progress, lake: Lake | None = None) -> Run:
    """The argument of the stages. Without Spark it has no lake and no models."""
    models = cast(FittedModels, None) if lake is None else FittedModels(lake)
    return Run(cast(Lake, lake), plan.settings, plan.cities, plan.tasks, plan.learners, progress, models)


def _run_stages(run: Run, stages: tuple[Stage, ...], outcomes: dict[str, Outcome]) -> list[str]:
    """Run the stages, add their outcomes to `outcomes`, and return their concerns.

    With --strict, a crossed quality limit ends the job before the first stage that has this option.
    """
    concerns: list[str] = []
    progress = Stages(run.progress, _expected(run, stages))
    for stage in stages:
        if run.settings.strict and STRICT in stage.options:
            concerns = concerns or stored_crossings(run.lake, [city.name for city in run.cities])
            if concerns:
                return [*concerns, f"--strict: {stage.name} and later stages were not run"]
        with progress.running(stage.name):
            outcomes[stage.name] = stage.run(run)
        concerns += outcomes[stage.name].concerns
    return concerns


def _expected(run: Run, stages: tuple[Stage, ...]) -> dict[str, float]:
    """Expected seconds by stage: as on the sample, scaled by the number of models where the stage depends on it."""
    pairs = [1 for task in run.tasks for learner in run.learners if not (learner.baseline or unfit(task, learner))]
    return {stage.name: stage.seconds * (len(pairs) / 2 if stage.per_model else 1) for stage in stages}


def _result(job: Job, plan: Plan, lake: Lake, outcomes: dict[str, Outcome]) -> str | None:
    """The text that the job prints: the result of its only stage, or a summary of the lake."""
    if len(job.stages) > 1:
        report = outcomes.get("report", Outcome())
        return summary(lake, plan.cities, report.result)
    outcome = outcomes.get(job.name)
    return outcome.result if outcome else None
