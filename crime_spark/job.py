"""The runner: arguments, settings, plan check, session, stages, exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from crime_spark.arguments import parse_arguments
from crime_spark.cities import CITIES
from crime_spark.config import load_settings
from crime_spark.errors import CrimeSparkError
from crime_spark.evaluation.leakage import audit
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.explaining.stage import explain
from crime_spark.features.examples import write_examples
from crime_spark.ingest.replaying import refusals, replay
from crime_spark.ingest.stage import ingest
from crime_spark.lake import Lake
from crime_spark.outline import outline
from crime_spark.plan import Plan, check_plan
from crime_spark.portals.fetching import fetch
from crime_spark.progress import Progress, Stages
from crime_spark.quality.stage import check_quality, stored_crossings
from crime_spark.reporting.stage import report, write_cards
from crime_spark.reporting.summary import summary
from crime_spark.schemas import INCIDENTS, STORED
from crime_spark.session import build_session
from crime_spark.statistics.stage import describe
from crime_spark.tasks import TASKS
from crime_spark.training.plan import unfit
from crime_spark.training.stage import train
from crime_spark.tuning.stage import tune
from crime_spark.upkeep import maintain


@dataclass(frozen=True)
class Stage:
    """A step of the flow, or a job beside it: what it reads and writes, for people, and the call.

    What it says is printed if it is run alone; concerns are what ends with exit code 3.
    """

    name: str
    reads: str
    writes: str
    run: Callable[[Lake, Plan, Progress], object]
    example: str


class Concerns(list[str]):
    """What a person should know although the stage is done: files refused, limits crossed."""


def _ingest(lake: Lake, plan: Plan, progress: Progress) -> Concerns:
    settings = plan.settings
    refused = ingest(lake, plan.cities, settings.inputs, progress, settings.full)
    given = [city for city in plan.cities if city.name in settings.inputs]
    bounds = {name: limits for name, limits in settings.quality.items() if name in settings.inputs}
    crossings = check_quality(lake, given, progress, bounds) if lake.exists(INCIDENTS) else []
    return Concerns([*refused, *map(str, crossings)])


def _quarantine(lake: Lake, plan: Plan, progress: Progress) -> str:
    if plan.settings.replay:
        return f"{replay(lake, plan.cities, progress):,} rows taken in"
    return refusals(lake, plan.city_names)


def _maintain(lake: Lake, plan: Plan, progress: Progress) -> str:
    return "\n".join(
        map(str, maintain(lake, [*STORED, *(task.examples for task in TASKS)], plan.settings.upkeep, progress))
    )


def _explain(lake: Lake, plan: Plan, progress: Progress) -> str:
    explain(lake, plan.cities, plan.tasks, plan.learners, plan.settings, progress)
    return "\n".join(write_cards(lake, plan.cities, progress))


# Before it there is no lake, and it needs no Spark.
FETCH = Stage(
    "fetch",
    "city portals",
    "landing/<city>/*.csv.gz, each with its manifest",
    lambda _, plan, progress: fetch(plan.settings.landing, plan.cities, plan.settings.portals, progress),
    f"--lake lake --cities {CITIES[0].name}",
)
STAGES: Mapping[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "ingest",
            "landed files",
            "silver/incidents, quarantine, ledger, gold/quality",
            _ingest,
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
            lambda lake, plan, progress: write_examples(lake, plan.tasks, plan.cities, plan.settings, progress),
            "--lake lake --tasks serious_offense",
        ),
        Stage(
            "train",
            "gold/examples_<task>, gold/trials",
            "models, gold/predictions, gold/cells",
            lambda lake, plan, progress: train(lake, plan.cities, plan.tasks, plan.learners, plan.settings, progress),
            "--lake lake --learners gbt,class_prior --protocol expanding",
        ),
        Stage(
            "evaluate",
            "gold/predictions, models",
            "gold/metrics, gold/comparisons, gold/curves, gold/confusion",
            lambda lake, plan, progress: evaluate_stage(
                lake, plan.cities, plan.tasks, plan.learners, plan.settings, progress
            ),
            "--lake lake --matrix none --set evaluation.resamples=200",
        ),
        Stage(
            "report",
            "ledger, gold/statistics, gold/metrics",
            "reports/index.html, reports/cards",
            lambda lake, plan, progress: report(lake, plan.cities, progress),
            "--lake lake",
        ),
    )
}

# Seconds of each stage in a default run on the sample, where two models are fitted for each city and year. The estimate
# of the time left needs only their proportions.
SECONDS = {"ingest": 60.0, "describe": 10.0, "examples": 10.0, "train": 80.0, "evaluate": 40.0, "report": 8.0}
OF_MODELS = {"examples", "train", "evaluate"}

BESIDE: Mapping[str, Stage] = {
    FETCH.name: FETCH,
    "quarantine": Stage(
        "quarantine",
        "quarantine",
        "the reasons by file; with --replay silver/incidents, quarantine, ledger",
        _quarantine,
        "--lake lake --replay",
    ),
    "audit": Stage(
        "audit",
        "silver/incidents, gold/examples_<task>",
        "gold/leakage",
        lambda lake, plan, progress: audit(lake, plan.cities, plan.tasks, plan.learners, plan.settings, progress),
        "--lake lake --tasks serious_offense --years 2015-2016",
    ),
    "tune": Stage(
        "tune",
        "gold/examples_<task>",
        "gold/trials",
        lambda lake, plan, progress: tune(lake, plan.cities, plan.tasks, plan.learners, plan.settings, progress),
        "--lake lake --tasks serious_offense --learners gbt --years 2015-2016 --strategy tpe --trials 20",
    ),
    "explain": Stage(
        "explain",
        "models, gold/predictions, gold/metrics, gold/examples_<task>, silver/incidents",
        "gold/importance, gold/fairness, gold/drift, reports/cards",
        _explain,
        "--lake lake --tasks serious_offense --years 2016",
    ),
    "maintain": Stage("maintain", "every table", "the same in fewer files", _maintain, "--lake lake"),
}


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
        _complain(f"Spark failed: {_innermost(error)} (--verbose shows everything)", verbose)
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
            FETCH.run(cast(Lake, None), plan, progress)
        return 0
    with Progress() as progress:
        with progress.waiting("starting Spark"):
            spark = build_session(f"crime-spark {job.removesuffix('.py')}", parsed.verbose)
        try:
            lake = Lake(spark, plan.settings.lake)
            lake.check_writable()
            for note in plan.left_out:
                progress.say(f"note: {note}")
            results, concerns = _run_stages(lake, plan, progress)
            with progress.waiting("summary"):
                ending = summary(lake, plan.cities, results.get("report")) if len(names) > 1 else results.get(names[0])
        finally:
            spark.stop()
    for concern in concerns:
        sys.stderr.write(f"limit: {concern}\n")
    if isinstance(ending, str):
        sys.stdout.write(f"{ending}\n")
        sys.stdout.flush()
    return 3 if concerns else 0


def _run_stages(lake: Lake, plan: Plan, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """What each stage gave, and what concerns there are; with --strict nothing is made of data that a limit forbids."""
    results: dict[str, Any] = {}
    concerns: list[str] = []
    stages = Stages(progress, _expected(plan))
    for name in plan.stages:
        if plan.settings.strict and name in STAGES and name != "ingest":
            concerns = concerns or stored_crossings(lake, plan.city_names)
            if concerns:
                return results, [*concerns, f"{name} and what follows was not run: --strict"]
        with stages.running(name):
            results[name] = _stage(name).run(lake, plan, progress)
        if isinstance(results[name], Concerns):
            concerns += results[name]
    return results, concerns


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


def _innermost(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    text = str(java if java is not None else error).strip()
    return next((line for line in text.splitlines() if line.strip()), type(error).__name__)
