"""The ingest stage: landed files to silver/incidents, quarantine, ledger and gold/quality."""

from __future__ import annotations

from crime_spark.cities import CITIES
from crime_spark.stages.options import CITIES_OPTION, FULL, INPUT, LAKE
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Read new files and check quality limits; refused files and crossed limits are concerns of the stage."""
    from crime_spark.ingest.stage import ingest
    from crime_spark.quality.stage import check_quality
    from crime_spark.schemas import INCIDENTS

    settings = run.settings
    refused = ingest(run.lake, run.cities, settings.inputs, run.progress, settings.full)
    crossed = []
    if run.lake.exists(INCIDENTS):
        cities = [city for city in run.cities if city.name in settings.inputs]
        bounds = {name: limits for name, limits in settings.quality.items() if name in settings.inputs}
        crossed = check_quality(run.lake, cities, run.progress, bounds)
    return Outcome(concerns=(*refused, *map(str, crossed)))


STAGE = Stage(
    name="ingest",
    summary="Read landed files into one table of incidents and check data quality",
    reads=("landed files",),
    writes=("silver/incidents", "quarantine", "ledger", "gold/quality"),
    options=(INPUT, LAKE, CITIES_OPTION, FULL),
    example=f"--lake lake --input {CITIES[0].name}=landing/{CITIES[0].name} "
    f"--input '{CITIES[1].name}=landing/{CITIES[1].name}/*.csv'",
    run=run,
    seconds=60.0,
)
