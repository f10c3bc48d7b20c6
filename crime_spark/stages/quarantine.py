"""The quarantine stage: list the refused rows, or read them again."""

from __future__ import annotations

from crime_spark.stages.options import CITIES_OPTION, LAKE, REPLAY
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Count the refused rows by file and reason; with --replay, merge the rows that are valid now."""
    from crime_spark.ingest.replay import refusals, replay

    if run.settings.replay:
        return Outcome(f"{replay(run.lake, run.cities, run.progress):,} rows taken in")
    return Outcome(refusals(run.lake, [city.name for city in run.cities]))


STAGE = Stage(
    name="quarantine",
    summary="List the refused rows by file and reason, or read them again",
    reads=("quarantine",),
    writes=("the reasons by file; with --replay silver/incidents", "quarantine", "ledger"),
    needs=("ledger",),
    options=(LAKE, CITIES_OPTION, REPLAY),
    example="--lake lake --replay",
    run=run,
)
