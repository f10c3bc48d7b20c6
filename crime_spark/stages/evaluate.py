"""The evaluate stage: gold/predictions to metrics, comparisons, curves and confusion."""

from __future__ import annotations

from crime_spark.stages.options import ALLOW_DEMOGRAPHIC, CELL_CHOICE, CITIES_OPTION, LAKE, MATRIX, STRICT
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Replace the metrics of the chosen cells of all years."""
    from crime_spark.evaluation.stage import evaluate_stage

    evaluate_stage(run.lake, run.cities, run.tasks, run.learners, run.settings, run.progress, run.models)
    return Outcome()


STAGE = Stage(
    name="evaluate",
    summary="Compute metrics with confidence intervals and compare learners",
    reads=("gold/predictions", "models"),
    writes=("gold/metrics", "gold/comparisons", "gold/curves", "gold/confusion"),
    needs=("gold/predictions",),
    needs_models="every",
    options=(LAKE, CITIES_OPTION, *CELL_CHOICE, MATRIX, ALLOW_DEMOGRAPHIC, STRICT),
    example="--lake lake --matrix none --set evaluation.resamples=200",
    run=run,
    seconds=40.0,
    per_model=True,
)
