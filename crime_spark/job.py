"""The runner: arguments, settings, plan check, session, stages, exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Any, cast

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from crime_spark.arguments import parse_arguments
from crime_spark.checkpoints import checkpoint_folder
from crime_spark.config import load_settings
from crime_spark.errors import CrimeSparkError, reason_of
from crime_spark.lake import Lake
from crime_spark.outline import outline
from crime_spark.plan import Plan, check_plan
from crime_spark.progress import Progress, Stages
from crime_spark.quality.stage import stored_crossings
from crime_spark.reporting.summary import summary
from crime_spark.session import build_session
from crime_spark.stages import BESIDE, FETCH, STAGES, Concerns, Failures, Run, Stage
from crime_spark.training.model_store import FittedModels
from crime_spark.training.plan import unfit

# Seconds of each stage in a default run on the sample, where two models are fitted for each city and year. The estimate
# of the time left needs only their proportions.
SECONDS = {"ingest": 60.0, "describe": 10.0, "examples": 10.0, "train": 80.0, "evaluate": 40.0, "report": 8.0}
OF_MODELS = {"examples", "train", "evaluate"}


def main(*names: str, argv: Sequence[str] | None = None) -> None:
    """Run the stages of that name as a job and end the process with the job's exit code."""
    sys.exit(run_job(names, sys.argv[1:] if argv is None else argv))


def run_job(names: Sequence[str], argv: Sequence[str]) -> int:
    """Run a job; every foreseen fault is one message, no trace.

    Returns: 0 done, 1 failed, 2 wrong usage or configuration, 3 done but a file was refused or a limit was crossed.
    """
    verbose = "--verbose" in argv
    try:
        return _run(names, argv)
    except CrimeSparkError as error:
        _complain(str(error), verbose)
        return error.exit_code
    except (PySparkException, Py4JError) as error:
        _complain(f"Spark failed: {reason_of(error)} (--verbose shows everything)", verbose)
        return 1
    except KeyboardInterrupt:
        _complain("stopped by the user; run the same command again to go on", verbose)
        return 1


def _run(names: Sequence[str], argv: Sequence[str]) -> int:
    job, about, example = _described(names)
    parsed, options = parse_arguments(job, about, example, names, argv, list(BESIDE))
    plan = check_plan(load_settings(parsed.conf_file, options), parsed.stages)
    if parsed.dry_run:
        flow = [(_stage(name).name, _stage(name).reads, _stage(name).writes) for name in parsed.stages]
        sys.stdout.write(outline(plan, flow))
        return 0
    if parsed.stages == [FETCH.name]:
        with Progress() as progress, progress.waiting(FETCH.name):
            FETCH.run(Run(cast(Lake, None), plan, progress, cast(FittedModels, None)))
        return 0
    results: dict[str, Any] = {}
    with Progress() as progress:
        with progress.waiting("starting Spark"):
            spark = build_session(f"crime-spark {job.removesuffix('.py')}", parsed.verbose)
        try:
            lake = Lake(spark, plan.settings.lake)
            lake.check_writable()
            run = Run(lake, plan, progress, FittedModels(lake))
            for note in plan.left_out:
                progress.say(f"note: {note}")
            with checkpoint_folder(lake):
                concerns = _run_stages(run, results)
            with progress.waiting("summary"):
                ending = summary(lake, plan.cities, results.get("report")) if len(names) > 1 else results.get(names[0])
        finally:
            spark.stop()
            failures = [line for result in results.values() if isinstance(result, Failures) for line in result]
            for failure in failures:
                sys.stderr.write(f"error: {failure}\n")
    for concern in concerns:
        sys.stderr.write(f"limit: {concern}\n")
    if isinstance(ending, str):
        sys.stdout.write(f"{ending}\n")
        sys.stdout.flush()
    return 1 if failures else 3 if concerns else 0


def _run_stages(run: Run, results: dict[str, Any]) -> list[str]:
    """Run the stages and put what each gives into results; the concerns.

    With --strict nothing is made of data that a limit forbids.
    """
    concerns: list[str] = []
    plan = run.plan
    stages = Stages(run.progress, _expected(plan))
    for name in plan.stages:
        if plan.settings.strict and name in STAGES and name != "ingest":
            concerns = concerns or stored_crossings(run.lake, plan.city_names)
            if concerns:
                return [*concerns, f"{name} and what follows was not run: --strict"]
        with stages.running(name):
            results[name] = _stage(name).run(run)
        if isinstance(results[name], Concerns):
            concerns += results[name]
    return concerns


def _expected(plan: Plan) -> dict[str, float]:
    """Seconds by stage as on the sample; those of models grow with the number of pairs of task and fitted learner."""
    pairs = [1 for task in plan.tasks for learner in plan.learners if not (learner.baseline or unfit(task, learner))]
    return {name: SECONDS.get(name, 1.0) * (len(pairs) / 2 if name in OF_MODELS else 1) for name in plan.stages}


def _stage(name: str) -> Stage:
    return STAGES[name] if name in STAGES else BESIDE[name]


def _described(names: Sequence[str]) -> tuple[str, str, str]:
    if len(names) == 1:
        stage = _stage(names[0])
        return f"{stage.name}.py", f"{stage.name}: {stage.reads} -> {stage.writes}", stage.example
    flow = "\n".join(f"  {STAGES[n].name:9} {STAGES[n].reads} -> {STAGES[n].writes}" for n in names)
    return "pipeline.py", f"Every stage in one application:\n{flow}", STAGES["ingest"].example


def _complain(message: str, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()
