"""The train stage: gold/examples_<task> to models, gold/predictions and gold/cells."""

from __future__ import annotations

from crime_spark.stages.options import ALLOW_DEMOGRAPHIC, CELL_CHOICE, CITIES_OPTION, LAKE, MODEL_YEARS, STRICT
from crime_spark.stages.stage import EXAMPLES, Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Fit new and stale cells and score their test years; failed cells are failures of the stage."""
    from crime_spark.training.stage import train

    failures = train(run.lake, run.cities, run.tasks, run.learners, run.settings, run.progress, run.models)
    return Outcome(failures=tuple(failures))


STAGE = Stage(
    name="train",
    summary="Fit models and score the year after their training years",
    reads=(EXAMPLES, "gold/trials"),
    writes=("models", "gold/predictions", "gold/cells"),
    needs=(EXAMPLES,),
    options=(LAKE, CITIES_OPTION, MODEL_YEARS, *CELL_CHOICE, ALLOW_DEMOGRAPHIC, STRICT),
    example="--lake lake --learners gbt,class_prior --protocol expanding",
    run=run,
    seconds=80.0,
    per_model=True,
)
