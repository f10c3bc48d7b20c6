"""The examples stage: silver/incidents to gold/examples_<task>."""

from __future__ import annotations

from crime_spark.stages.options import ALLOW_DEMOGRAPHIC, CITIES_OPTION, LAKE, STRICT, TASKS, YEARS
from crime_spark.stages.stage import EXAMPLES, Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Replace the examples of the chosen tasks, cities and years."""
    from crime_spark.examples.incidents import write_examples

    write_examples(run.lake, run.tasks, run.cities, run.settings, run.progress)
    return Outcome()


STAGE = Stage(
    name="examples",
    summary="Build the labeled examples of each task",
    reads=("silver/incidents",),
    writes=(EXAMPLES,),
    needs=("silver/incidents",),
    options=(LAKE, CITIES_OPTION, YEARS, TASKS, ALLOW_DEMOGRAPHIC, STRICT),
    example="--lake lake --tasks serious_offense",
    run=run,
    seconds=10.0,
    per_model=True,
)
