"""The tune stage: gold/examples_<task> to gold/trials."""

from __future__ import annotations

from crime_spark.stages.options import (
    ALLOW_DEMOGRAPHIC,
    CELL_CHOICE,
    CITIES_OPTION,
    LAKE,
    MINUTES,
    MODEL_YEARS,
    STRATEGY,
    TRIALS,
)
from crime_spark.stages.stage import EXAMPLES, Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Run trials for the chosen cells; the result lists the best trial of each cell."""
    from crime_spark.tuning.stage import tune

    return Outcome(tune(run.lake, run.cities, run.tasks, run.learners, run.settings, run.progress))


STAGE = Stage(
    name="tune",
    summary="Search learner settings and features inside the training years",
    reads=(EXAMPLES,),
    writes=("gold/trials",),
    needs=(EXAMPLES,),
    options=(
        *(LAKE, CITIES_OPTION, MODEL_YEARS, *CELL_CHOICE),
        *(STRATEGY, TRIALS, MINUTES, ALLOW_DEMOGRAPHIC),
    ),
    example="--lake lake --tasks serious_offense --learners gbt --years 2015-2016 --strategy tpe --trials 20",
    run=run,
)
