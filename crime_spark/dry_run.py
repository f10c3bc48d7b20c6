"""The plan as a person reads it: what --dry-run prints."""

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
    """Lake, stages with what they read and write (flow), inputs, notes, cells, and how much is done with these."""
    settings = plan.settings
    lines = [f"lake      {settings.lake}"]
    lines += [f"stage     {name}: {reads} -> {writes}" for name, reads, writes in flow]
    lines += [f"input     {city}={p}" for city, patterns in settings.inputs.items() for p in patterns]
    lines += [f"note      {text}" for text in plan.left_out]
    cells: list[Cell] = []
    if learners := _fitting(plan):
        cells = [cell for block in plan.blocks(learners, "audit" not in plan.stages) for cell in block.cells]
        lines += [f"cell      {cell}" for cell in cells] or [f"cell      {_unknown(plan, learners)}"]
    elif {"evaluate", "explain"} & set(plan.stages):
        cells = plan.fitted
        lines += [f"cell      {cell}" for cell in cells] or ["cell      not known without Spark: those of gold/cells"]
    lines += [f"work      {text}" for text in _work(plan, cells)]
    return "\n".join(lines) + "\n"


def _fitting(plan: Plan) -> list[Learner]:
    """The learners that a stage of the plan fits."""
    if "train" in plan.stages:
        return list(plan.learners)
    if "tune" in plan.stages:
        return [each for each in plan.learners if untunable(each, plan.settings.tuning.strategy) is None]
    return audited(plan.learners, plan.settings) if "audit" in plan.stages else []


def _unknown(plan: Plan, learners: Sequence[Learner]) -> str:
    known = "no rows are in the lake yet" if is_local(plan.settings.lake) else "not known without Spark"
    chosen = (plan.city_names, [task.name for task in plan.tasks], [learner.name for learner in learners])
    names = "; ".join(", ".join(each) for each in chosen)
    return (
        f"{known}: there will be one for each city, task, learner and pair of consecutive years that it then has "
        f"({names}; protocol {plan.settings.protocol})"
    )


def _work(plan: Plan, cells: Sequence[Cell]) -> Iterator[str]:
    """What the stages that take their time do with each cell; how many models that makes, where it is known."""
    settings, tuning = plan.settings, plan.settings.tuning
    count = f"{len(cells) or 'every'} cell{'s' if len(cells) > 1 else ''}"
    if "tune" in plan.stages:
        most = f": {len(cells) * tuning.trials * tuning.folds} models at most" if cells else ""
        limit = f", none begun after {tuning.minutes:g} minutes" if tuning.minutes else ""
        yield (
            f"tune: {count} x {tuning.trials} trials by {tuning.strategy}{limit} x {tuning.folds} folds of "
            f"{tuning.fold_months} months{most}"
        )
    if "audit" in plan.stages:
        rows = f"about {settings.audit.rows} training rows each" if settings.audit.rows else "all training rows"
        yield f"audit: {count}, each fitted once for each name below on {rows}"
        for city in plan.cities:
            for task in plan.tasks:
                tried = trials(task, city, settings.policy)
                allowed = [each.name for each in tried if settings.allow_demographic or not each.demographic]
                yield f"audit: {city.name} {task.name}: {', '.join(allowed)}"
    if "evaluate" in plan.stages:
        held = "every cell that there is then" if "train" in plan.stages else count
        yield f"evaluate: {held}, {settings.evaluation.resamples} resamples; models on later years: {settings.matrix}"
    if "explain" in plan.stages:
        rows = f"about {settings.explaining.rows} rows" if settings.explaining.rows else "all rows"
        yield f"explain: {count}, {rows} of each year"
