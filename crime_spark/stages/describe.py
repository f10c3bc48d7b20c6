"""The describe stage: silver/incidents to gold/statistics."""

from __future__ import annotations

from crime_spark.stages.options import CITIES_OPTION, LAKE, STRICT, YEARS
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Replace the statistics of the chosen cities."""
    from crime_spark.statistics.stage import describe

    describe(run.lake, run.progress, [city.name for city in run.cities], run.settings.years)
    return Outcome()


STAGE = Stage(
    name="describe",
    summary="Compute descriptive statistics",
    reads=("silver/incidents",),
    writes=("gold/statistics",),
    needs=("silver/incidents",),
    options=(LAKE, CITIES_OPTION, YEARS, STRICT),
    example="--lake lake --years 2013-2016",
    run=run,
    seconds=10.0,
)
