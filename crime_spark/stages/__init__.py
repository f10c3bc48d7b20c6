"""The stages and the jobs that run them. Each stage is a module with the name of its job; `STAGES` is the pipeline."""

from collections.abc import Mapping

from crime_spark.stages import (
    audit,
    describe,
    evaluate,
    examples,
    explain,
    fetch,
    ingest,
    maintain,
    quarantine,
    report,
    train,
    tune,
)
from crime_spark.stages.stage import EXAMPLES, Job, Outcome, Run, Stage

STAGES: tuple[Stage, ...] = (
    ingest.STAGE,
    describe.STAGE,
    examples.STAGE,
    train.STAGE,
    evaluate.STAGE,
    report.STAGE,
)
OTHER_STAGES: tuple[Stage, ...] = (
    fetch.STAGE,
    tune.STAGE,
    audit.STAGE,
    explain.STAGE,
    quarantine.STAGE,
    maintain.STAGE,
)
STAGE_BY_NAME: Mapping[str, Stage] = {stage.name: stage for stage in (*STAGES, *OTHER_STAGES)}

_JOBS_OF_ONE_STAGE = {name: Job(name, stage.summary, (stage,), stage.example) for name, stage in STAGE_BY_NAME.items()}
PIPELINE = Job("pipeline", "Run all stages from ingest to report in one Spark application", STAGES, STAGES[0].example)
JOBS: Mapping[str, Job] = {
    fetch.STAGE.name: _JOBS_OF_ONE_STAGE[fetch.STAGE.name],
    **{stage.name: _JOBS_OF_ONE_STAGE[stage.name] for stage in STAGES},
    PIPELINE.name: PIPELINE,
    **_JOBS_OF_ONE_STAGE,
}

__all__ = [
    "EXAMPLES",
    "JOBS",
    "OTHER_STAGES",
    "PIPELINE",
    "STAGES",
    "STAGE_BY_NAME",
    "Job",
    "Outcome",
    "Run",
    "Stage",
]
