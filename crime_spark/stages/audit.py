"""The audit stage: the leakage audit, silver/incidents and gold/examples_<task> to gold/leakage."""

from __future__ import annotations

from crime_spark.stages.options import ALLOW_DEMOGRAPHIC, CELL_CHOICE, CITIES_OPTION, LAKE, MODEL_YEARS
from crime_spark.stages.stage import EXAMPLES, Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Replace the rows of the chosen cells in gold/leakage; the result lists them."""
    from crime_spark.auditing.leakage import audit

    return Outcome(audit(run.lake, run.cities, run.tasks, run.learners, run.settings, run.progress))


STAGE = Stage(
    name="audit",
    summary="Measure what forbidden features and random splits would gain",
    reads=("silver/incidents", EXAMPLES),
    writes=("gold/leakage",),
    needs=(EXAMPLES,),
    options=(LAKE, CITIES_OPTION, MODEL_YEARS, *CELL_CHOICE, ALLOW_DEMOGRAPHIC),
    example="--lake lake --tasks serious_offense --years 2015-2016",
    run=run,
)
