"""The runner: arguments, settings, plan check, session, stages, exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from crime_spark.arguments import parse_arguments
from crime_spark.cities import CITIES
from crime_spark.config import load_settings
from crime_spark.errors import CrimeSparkError
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.features.examples import write_examples
from crime_spark.ingest.stage import ingest
from crime_spark.lake import Lake
from crime_spark.plan import Plan, check_plan
from crime_spark.progress import Progress
from crime_spark.reporting.stage import report
from crime_spark.reporting.summary import summary
from crime_spark.session import build_session
from crime_spark.statistics.stage import describe
from crime_spark.training.stage import train


@dataclass(frozen=True)
class Stage:
    """A step of the flow: what it reads and writes, for people, and the call."""

    name: str
    reads: str
    writes: str
    run: Callable[[Lake, Plan, Progress], object]
    example: str


STAGES: Mapping[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "ingest",
            "landed files",
            "silver/incidents, quarantine, ledger",
            lambda lake, plan, progress: ingest(lake, plan.all_cities, plan.settings.inputs, progress),
            f"--lake lake --input {CITIES[0].name}=landing/{CITIES[0].name} "
            f"--input '{CITIES[-1].name}=landing/{CITIES[-1].name}/*.csv'",
        ),
        Stage(
            "describe",
            "silver/incidents",
            "gold/statistics",
            lambda lake, plan, progress: describe(lake, progress, plan.city_names, plan.settings.years),
            "--lake lake --years 2013-2016",
        ),
        Stage(
            "examples",
            "silver/incidents",
            "gold/examples_<task>",
            lambda lake, plan, progress: write_examples(
                lake, plan.tasks, plan.city_names, plan.settings.years, progress
            ),
            "--lake lake --tasks serious_offense",
        ),
        Stage(
            "train",
            "gold/examples_<task>",
            "models, gold/predictions, gold/cells",
            lambda lake, plan, progress: train(
                lake, plan.city_names, plan.settings.years, plan.tasks, plan.learners, plan.settings, progress
            ),
            "--lake lake --learners gbt,class_prior --protocol expanding",
        ),
        Stage(
            "evaluate",
            "gold/predictions, models",
            "gold/metrics",
            lambda lake, plan, progress: evaluate_stage(
                lake, plan.city_names, plan.tasks, plan.learners, plan.settings, progress
            ),
            "--lake lake --matrix none --set evaluation.resamples=200",
        ),
        Stage(
            "report",
            "ledger, gold/statistics, gold/metrics",
            "reports/index.html",
            lambda lake, plan, progress: report(lake, plan.cities, progress),
            "--lake lake",
        ),
    )
}


def main(*names: str, argv: Sequence[str] | None = None) -> None:
    """Run the stages of that name as a job and end the process with the job's exit code."""
    sys.exit(run_job(names, sys.argv[1:] if argv is None else argv))


def run_job(names: Sequence[str], argv: Sequence[str]) -> int:
    """Run a job; 0 done, 1 failed, 2 wrong usage or configuration. Every foreseen fault is one message, no trace."""
    verbose = "--verbose" in argv
    try:
        return _run(names, argv)
    except CrimeSparkError as error:
        _complain(str(error), verbose)
        return error.exit_code
    except (PySparkException, Py4JError) as error:
        _complain(f"Spark failed: {_innermost(error)} (--verbose shows everything)", verbose)
        return 1
    except KeyboardInterrupt:
        _complain("stopped by the user; run the same command again to go on", verbose)
        return 1


def _run(names: Sequence[str], argv: Sequence[str]) -> int:
    job, about, example = _described(names)
    parsed, options = parse_arguments(job, about, example, names, argv)
    plan = check_plan(load_settings(parsed.conf_file, options), parsed.stages)
    if parsed.dry_run:
        flow = [(STAGES[name].name, STAGES[name].reads, STAGES[name].writes) for name in parsed.stages]
        sys.stdout.write(plan.described(flow))
        return 0
    spark = build_session(f"crime-spark {job.removesuffix('.py')}", parsed.verbose)
    try:
        lake = Lake(spark, plan.settings.lake)
        lake.check_writable()
        results: dict[str, Any] = {}
        with Progress() as progress:
            for name in parsed.stages:
                results[name] = STAGES[name].run(lake, plan, progress)
        if len(names) > 1:
            sys.stdout.write(summary(lake, plan.cities, results.get("report")) + "\n")
        elif results.get("report"):
            sys.stdout.write(f"{results['report']}\n")
        sys.stdout.flush()
    finally:
        spark.stop()
    return 0


def _described(names: Sequence[str]) -> tuple[str, str, str]:
    if len(names) == 1:
        stage = STAGES[names[0]]
        return f"{stage.name}.py", f"{stage.name}: {stage.reads} -> {stage.writes}", stage.example
    flow = "\n".join(f"  {STAGES[n].name:9} {STAGES[n].reads} -> {STAGES[n].writes}" for n in names)
    return "pipeline.py", f"Every stage in one application:\n{flow}", STAGES["ingest"].example


def _complain(message: str, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()


def _innermost(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    text = str(java if java is not None else error).strip()
    return next((line for line in text.splitlines() if line.strip()), type(error).__name__)
