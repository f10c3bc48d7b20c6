"""The text that --dry-run prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crime_spark.auditing.forbidden import trials
from crime_spark.auditing.leakage import audited
from crime_spark.fitting.cells import Cell
from crime_spark.ingest.landing import is_local
from crime_spark.learners.learner import Learner
from crime_spark.plan import Plan
from crime_spark.tuning.search import untunable


def outline(plan: Plan, flow: Sequence[tuple[str, str, str]]) -> str:
    """The plan as text: lake, stages, inputs, notes, cells and the amount of work.

    Args:
        plan: the checked plan.
        flow: of each stage its name, what it reads and what it writes.
    """
    settings = plan.settings
    lines = [f"lake      {settings.lake}"]
    lines += [f"stage     {name}: {reads} -> {writes}" for name, reads, writes in flow]
    lines += [f"input     {city}={p}" for city, patterns in settings.inputs.items() for p in patterns]
    lines += [f"note      {text}" for text in plan.notes]
    cells: list[Cell] = []
    if learners := _fitting(plan):
        cells = [cell for block in plan.blocks(learners, "audit" not in plan.stages) for cell in block.cells]
        lines += [f"cell      {cell}" for cell in cells] or [f"cell      {_unknown_cells(plan, learners)}"]
    elif {"evaluate", "explain"} & set(plan.stages):
        cells = plan.fitted_cells
        lines += [f"cell      {cell}" for cell in cells] or [
            "cell      not known without Spark: the cells in gold/cells"
        ]
    lines += [f"work      {text}" for text in _work(plan, cells)]
    return "\n".join(lines) + "\n"


def _fitting(plan: Plan) -> list[Learner]:
    """The learners that the stages of the plan fit."""
    if "train" in plan.stages:
        return list(plan.learners)
    if "tune" in plan.stages:
        return [learner for learner in plan.learners if untunable(learner, plan.settings.tuning.strategy) is None]
    return audited(plan.learners, plan.settings) if "audit" in plan.stages else []


def _unknown_cells(plan: Plan, learners: Sequence[Learner]) -> str:
    reason = "no rows are in the lake yet" if is_local(plan.settings.lake) else "not known without Spark"
    chosen = (plan.city_names, [task.name for task in plan.tasks], [learner.name for learner in learners])
    names = "; ".join(", ".join(part) for part in chosen)
    return (
        f"{reason}: one for each city, task, learner and pair of consecutive years in the lake "
        f"({names}; protocol {plan.settings.protocol})"
    )


def _work(plan: Plan, cells: Sequence[Cell]) -> Iterator[str]:
    """The work of the long stages for each cell, with the number of models if it is known."""
    settings, tuning = plan.settings, plan.settings.tuning
    count = f"{len(cells) or 'every'} cell{'s' if len(cells) > 1 else ''}"
    if "tune" in plan.stages:
        most = f": {len(cells) * tuning.trials * tuning.folds} models at most" if cells else ""
        limit = f" (no new trial after {tuning.minutes:g} minutes)" if tuning.minutes else ""
        yield (
            f"tune: {count} x {tuning.trials} trials by {tuning.strategy}{limit} x {tuning.folds} folds of "
            f"{tuning.fold_months} months{most}"
        )
    if "audit" in plan.stages:
        rows = f"about {settings.audit.rows} training rows" if settings.audit.rows else "all training rows"
        yield f"audit: {count}, each fitted once per variant below, on {rows}"
        for city in plan.cities:
            for task in plan.tasks:
                variants = trials(task, city, settings.policy)
                allowed = [trial.name for trial in variants if settings.allow_demographic or not trial.demographic]
                yield f"audit: {city.name} {task.name}: {', '.join(allowed)}"
    if "evaluate" in plan.stages:
        cells_then = "every cell fitted by then" if "train" in plan.stages else count
        resamples = f"{settings.evaluation.resamples} resamples"
        yield f"evaluate: {cells_then}, {resamples}; models on later years: {settings.matrix}"
    if "explain" in plan.stages:
        rows = f"about {settings.explaining.rows} rows" if settings.explaining.rows else "all rows"
        yield f"explain: {count}, {rows} of each year"
