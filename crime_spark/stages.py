"""The steps of the flow and the jobs beside it: what each reads, writes and calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crime_spark.cities import CITIES
from crime_spark.evaluation.leakage import audit
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.explaining.stage import explain
from crime_spark.features.examples import write_examples
from crime_spark.ingest.replaying import refusals, replay
from crime_spark.ingest.stage import ingest
from crime_spark.lake import Lake
from crime_spark.plan import Plan
from crime_spark.portals.fetching import fetch
from crime_spark.progress import Progress
from crime_spark.quality.stage import check_quality
from crime_spark.reporting.stage import report, write_cards
from crime_spark.schemas import INCIDENTS, STORED
from crime_spark.statistics.stage import describe
from crime_spark.tasks import TASKS
from crime_spark.training.model_store import FittedModels
from crime_spark.training.stage import train
from crime_spark.tuning.stage import tune
from crime_spark.upkeep import maintain


@dataclass(frozen=True)
class Run:
    """What a stage works with: the lake, what is asked for, the console, and models fitted in this application."""

    lake: Lake
    plan: Plan
    progress: Progress
    models: FittedModels


@dataclass(frozen=True)
class Stage:
    """A step of the flow, or a job beside it: what it reads and writes, for people, and the call.

    What it says is printed if it is run alone; concerns are what ends with exit code 3.
    """

    name: str
    reads: str
    writes: str
    run: Callable[[Run], object]
    example: str


class Concerns(list[str]):
    """What a person should know although the stage is done: files refused, limits crossed."""


class Failures(list[str]):
    """Parts of a stage that failed while the rest of it was done; the job goes on and ends with exit code 1."""


def _ingest(run: Run) -> Concerns:
    settings = run.plan.settings
    refused = ingest(run.lake, run.plan.cities, settings.inputs, run.progress, settings.full)
    given = [city for city in run.plan.cities if city.name in settings.inputs]
    bounds = {name: limits for name, limits in settings.quality.items() if name in settings.inputs}
    crossings = check_quality(run.lake, given, run.progress, bounds) if run.lake.exists(INCIDENTS) else []
    return Concerns([*refused, *map(str, crossings)])


def _quarantine(run: Run) -> str:
    if run.plan.settings.replay:
        return f"{replay(run.lake, run.plan.cities, run.progress):,} rows taken in"
    return refusals(run.lake, run.plan.city_names)


def _maintain(run: Run) -> str:
    return "\n".join(
        map(
            str,
            maintain(run.lake, [*STORED, *(task.examples for task in TASKS)], run.plan.settings.upkeep, run.progress),
        )
    )


def _explain(run: Run) -> str:
    explain(run.lake, run.plan.cities, run.plan.tasks, run.plan.learners, run.plan.settings, run.progress)
    return "\n".join(write_cards(run.lake, run.plan.cities, run.progress))


# Before it there is no lake, and it needs no Spark.
FETCH = Stage(
    "fetch",
    "city portals",
    "landing/<city>/*.csv.gz, each with its manifest",
    lambda run: fetch(run.plan.settings.landing, run.plan.cities, run.plan.settings.portals, run.progress),
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
            lambda run: describe(run.lake, run.progress, run.plan.city_names, run.plan.settings.years),
            "--lake lake --years 2013-2016",
        ),
        Stage(
            "examples",
            "silver/incidents",
            "gold/examples_<task>",
            lambda run: write_examples(run.lake, run.plan.tasks, run.plan.cities, run.plan.settings, run.progress),
            "--lake lake --tasks serious_offense",
        ),
        Stage(
            "train",
            "gold/examples_<task>, gold/trials",
            "models, gold/predictions, gold/cells",
            lambda run: Failures(
                train(
                    run.lake,
                    run.plan.cities,
                    run.plan.tasks,
                    run.plan.learners,
                    run.plan.settings,
                    run.progress,
                    run.models,
                )
            ),
            "--lake lake --learners gbt,class_prior --protocol expanding",
        ),
        Stage(
            "evaluate",
            "gold/predictions, models",
            "gold/metrics, gold/comparisons, gold/curves, gold/confusion",
            lambda run: evaluate_stage(
                run.lake,
                run.plan.cities,
                run.plan.tasks,
                run.plan.learners,
                run.plan.settings,
                run.progress,
                run.models,
            ),
            "--lake lake --matrix none --set evaluation.resamples=200",
        ),
        Stage(
            "report",
            "ledger, gold/statistics, gold/metrics",
            "reports/index.html, reports/cards",
            lambda run: report(run.lake, run.plan.cities, run.progress),
            "--lake lake",
        ),
    )
}


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
        lambda run: audit(
            run.lake, run.plan.cities, run.plan.tasks, run.plan.learners, run.plan.settings, run.progress
        ),
        "--lake lake --tasks serious_offense --years 2015-2016",
    ),
    "tune": Stage(
        "tune",
        "gold/examples_<task>",
        "gold/trials",
        lambda run: tune(run.lake, run.plan.cities, run.plan.tasks, run.plan.learners, run.plan.settings, run.progress),
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
