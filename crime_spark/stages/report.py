"""The report stage: ledger and gold tables to HTML pages."""

from __future__ import annotations

from crime_spark.stages.options import CITIES_OPTION, LAKE, STRICT
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Write the report and its cards; the result is the path of the report."""
    from crime_spark.reporting.stage import report

    return Outcome(report(run.lake, run.cities, run.progress))


STAGE = Stage(
    name="report",
    summary="Write the report, model cards and datasheets as HTML pages",
    reads=("ledger", "gold/statistics", "gold/metrics"),
    writes=("reports/index.html", "reports/cards"),
    needs_models="any",
    options=(LAKE, CITIES_OPTION, STRICT),
    example="--lake lake",
    run=run,
    seconds=8.0,
)
