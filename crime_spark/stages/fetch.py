"""The fetch stage: city portals to landed files, without Spark."""

from __future__ import annotations

from crime_spark.cities import CITIES
from crime_spark.stages.options import CITIES_OPTION
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Download each data set: the whole export first, later the rows that changed since the last fetch."""
    from crime_spark.portals.downloads import fetch

    fetch(run.settings.landing, run.cities, run.settings.portals, run.progress)
    return Outcome()


STAGE = Stage(
    name="fetch",
    summary="Download the files that the city portals publish",
    reads=("city portals",),
    writes=("landing/<city>/*.csv.gz, each with its manifest",),
    options=(CITIES_OPTION,),
    example=f"--cities {CITIES[0].name} --set landing=landing",
    run=run,
    uses_spark=False,
)
