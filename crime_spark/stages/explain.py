"""The explain stage: models, predictions and examples to importance, fairness, drift and the cards."""

from __future__ import annotations

from crime_spark.stages.options import ALLOW_DEMOGRAPHIC, CELL_CHOICE, CITIES_OPTION, LAKE, TEST_YEARS
from crime_spark.stages.stage import EXAMPLES, Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Replace the rows of the chosen cells and write the model cards; the result lists the cards."""
    from crime_spark.explaining.stage import explain
    from crime_spark.reporting.stage import write_cards

    explain(run.lake, run.cities, run.tasks, run.learners, run.settings, run.progress)
    return Outcome("\n".join(write_cards(run.lake, run.cities, run.progress)))


STAGE = Stage(
    name="explain",
    summary="Compute feature importance, fairness by group and drift",
    reads=("models", "gold/predictions", "gold/metrics", EXAMPLES, "silver/incidents"),
    writes=("gold/importance", "gold/fairness", "gold/drift", "reports/cards"),
    needs=("gold/predictions",),
    needs_models="every",
    options=(LAKE, CITIES_OPTION, TEST_YEARS, *CELL_CHOICE, ALLOW_DEMOGRAPHIC),
    example="--lake lake --tasks serious_offense --years 2016",
    run=run,
)
