"""The leakage audit: what each thing that is not done would have gained. docs/leakage.md says how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.auditing.forbidden import NOTHING, Trial, trials
from crime_spark.cities.city import City
from crime_spark.errors import UsageError
from crime_spark.evaluation.comparisons import difference, estimate_of
from crime_spark.evaluation.judged_cells import Judged, judge_cells
from crime_spark.examples.incidents import to_examples
from crime_spark.examples.panels import days_of, panel_examples
from crime_spark.features.feature import Feature
from crime_spark.fitting.blocks import fit_block, known_of, predictions_of_year, score
from crime_spark.fitting.cells import Block, plan_blocks, unfit
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.sampling import in_share
from crime_spark.schemas import INCIDENTS, LEAKAGE
from crime_spark.settings import DEFAULT, Settings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

Found = dict[tuple[str, str], Judged]  # (learner, metric) -> what judge gives of it


def audit(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> str:
    """Replace the rows of gold/leakage of every cell of the plan without delay; what they say, for people.

    Honest examples are those of gold/examples_<task>; columns added to them, models and predictions are not kept. Where
    no learners are chosen, those of settings.audit are taken; baselines are left out.

    Raises:
        UsageError: only baselines are chosen, or no city has two consecutive years.
        LakeError: the examples have not been written.
    """
    able = audited(learners, settings)
    if not able:
        raise UsageError("there is nothing to audit: every learner chosen is a baseline")
    found: list[Judged] = []
    for city in cities:
        for task in tasks:
            fitting = [learner for learner in able if unfit(task, learner) is None]
            found += _audit_task(lake, city, task, fitting, settings, progress) if fitting else []
    if not found:
        raise UsageError(
            "no city has two consecutive years of examples: a model is fitted on one and scored on the next"
        )
    return "\n".join(_told(row) for row in found)


def audited(learners: Iterable[Learner], settings: Settings) -> list[Learner]:
    """Those of the learners that the audit fits."""
    named = settings.audit.learners if settings.learners == DEFAULT else ()
    return [each for each in learners if not each.baseline and (not named or each.name in named)]


def _audit_task(
    lake: Lake, city: City, task: Task, learners: Sequence[Learner], settings: Settings, progress: Progress
) -> list[Judged]:
    stored = lake.read(task.examples).where((F.col("city") == city.name) & (F.col("delay") == 0))
    if settings.years:
        stored = stored.where(F.col("year").isin(*settings.years))
    rows = {row["year"]: row["count"] for row in stored.groupBy("year").count().collect()}
    blocks = plan_blocks({city.name: rows}, [task], learners, settings.protocol, settings.policy)
    if not blocks:
        progress.say(f"audit: nothing to fit for {city.name} {task.name}: no year with rows is followed by another")
        return []
    incidents = lake.read(INCIDENTS).where((F.col("city") == city.name) & (F.col("year") <= max(rows)))
    tried = list(_allowed(trials(task, city, settings.policy), f"{city.name} {task.name}", settings, progress))
    entries: dict[Block, list[Judged]] = {block: [] for block in blocks}
    honest: dict[Block, Found] = {}
    for other, alike in _by_examples(task, tried):
        if other is not task and alike[0].demographic and incidents.where("victim_age IS NOT NULL").isEmpty():
            progress.say(_without_values(alike[0], city))
            continue
        added = [feature for trial in alike for feature in trial.added]
        made = _made(incidents, other, city, sorted(rows), settings) if other is not task else stored
        examples = (_with_added(made, incidents, added) if added else made).persist()
        counts = rows if other is task else _by_year(examples)
        for block in blocks:
            for trial in alike:
                with progress.working(f"audit: {str(block.first).rpartition(':')[0]}: {trial.name}"):
                    judged = _tried(block, trial, examples, counts, settings)
                if judged is None:
                    progress.say(_without_values(trial, city))
                    continue
                honest.setdefault(block, judged)
                entries[block] += _entries(trial, judged, honest[block])
        examples.unpersist()
    for block, each in entries.items():
        values = [tuple(entry[name] for name in LEAKAGE.names) for entry in each]
        lake.replace(LEAKAGE, lake.spark.createDataFrame(values, LEAKAGE.struct).coalesce(1), where=block.where)
    return [entry for each in entries.values() for entry in each]


def _without_values(trial: Trial, city: City) -> str:
    return f"audit: {trial.name} is left out: {city.name} has no values of it"


def _allowed(tried: Iterable[Trial], of: str, settings: Settings, progress: Progress) -> Iterator[Trial]:
    for trial in tried:
        if trial.demographic and not settings.allow_demographic:
            progress.say(f"audit: {trial.name} of {of} is left out without --allow-demographic")
        else:
            yield trial


def _by_examples(task: Task, tried: Sequence[Trial]) -> Iterator[tuple[Task, list[Trial]]]:
    """The audited task with all trials of its own examples, the honest one first, then each other task."""
    yield task, [trial for trial in tried if trial.task is task]
    yield from ((trial.task, [trial]) for trial in tried if trial.task is not task)


def _made(incidents: DataFrame, task: Task, city: City, years: Sequence[int], settings: Settings) -> DataFrame:
    """Examples of these years of a task that counts or weighs otherwise than the one of that name."""
    wanted = f"year IN ({', '.join(map(str, years))})"
    if isinstance(task.grain, Panel):
        days = days_of(incidents)[city.name]
        return panel_examples(incidents, task, city, days, settings.features, delays=[0]).where(wanted)
    demographic = settings.allow_demographic
    return to_examples(incidents, task, [city], settings.features, wanted=wanted, demographic=demographic)


def _with_added(examples: DataFrame, incidents: DataFrame, added: Sequence[Feature]) -> DataFrame:
    values = [F.expr(feature.sql).cast(feature.column.type).alias(feature.name) for feature in added]
    told = incidents.select(F.col("incident_id").alias("example_id"), *values)
    return examples.join(told, on="example_id", how="left")


def _by_year(examples: DataFrame) -> dict[int, int]:
    return {row["year"]: row["count"] for row in examples.groupBy("year").count().collect()}


def _tried(
    block: Block, trial: Trial, examples: DataFrame, rows: Mapping[int, int], settings: Settings
) -> Found | None:
    """What its models are worth on the test year; None if the columns added have no value in training."""
    training, test = split(block, trial, examples, rows, settings.audit.rows)
    known = known_of(training, trial.features)
    if trial.added and not any(known.recorded[feature.name] for feature in trial.added):
        return None
    target, fitted = fit_block(block, training, known, settings, trial.features)
    cells = [(each.cell, each.kind) for each in fitted]
    year = block.first.test_year
    scored = score(test, trial.features, target, [(each.model, each.kind) for each in fitted]).persist()
    try:
        predicted = predictions_of_year(scored, test, target, cells, year)
        groups = [Row(**cell.keys, test_year=year, k=target.k, classes=target.classes) for cell, _ in cells]
        metrics = [metric.name for metric in trial.task.kind.audited()]
        judged = judge_cells(predicted, groups, trial.task, settings, metrics)
    finally:
        scored.unpersist()
    return {(row["learner"], row["metric"]): row for row in judged}


def split(
    block: Block, trial: Trial, examples: DataFrame, rows: Mapping[int, int], most: int
) -> tuple[DataFrame, DataFrame]:
    """Training and test rows; rows are how many examples each year has.

    By time, or at random in the same proportion: then incidents, or units and periods, are drawn by a hash; for a
    ranking whole periods, as units are ranked against each other. Of training rows, about `most` are kept, drawn by
    another hash; 0 keeps all.
    """
    years = [year for year in block.first.train_years if year in rows]
    test_year = block.first.test_year
    held = sum(rows[year] for year in years)
    if trial.at_random:
        pooled = examples.where(F.col("year").isin(*years, test_year))
        share = rows[test_year] / (held + rows[test_year])
        is_test = in_share(share, trial.task.kind.drawn_by, "test")
        training, test = pooled.where(~is_test), pooled.where(is_test)
    else:
        training, test = examples.where(F.col("year").isin(*years)), examples.where(F.col("year") == test_year)
    if 0 < most < held:
        training = training.where(in_share(most / held, "example_id", "kept"))
    return training, test


def _entries(trial: Trial, judged: Found, honest: Found) -> list[Judged]:
    """Rows of gold/leakage."""
    entries = []
    for place, row in judged.items():
        gained: dict[str, Any] = {"gained": None, "low": None, "high": None}
        if row["metric"] in trial.gains:
            found = difference(estimate_of(row), estimate_of(honest[place])).columns
            gained = {"gained": found.pop("value"), **(found if trial.paired else {"low": None, "high": None})}
        entries.append({**row, "added": trial.name, **gained})
    return entries


def _told(row: Judged) -> str:
    years = str(row["train_to"]) if row["train_from"] == row["train_to"] else f"{row['train_from']}-{row['train_to']}"
    value = "not defined" if row["value"] is None else f"{row['value']:.3f}"
    gained = "" if row["gained"] is None or row["added"] == NOTHING else f", gained {row['gained']:+.3f}"
    between = "" if row["low"] is None else f" ({row['low']:+.3f} to {row['high']:+.3f})"
    cell = f"{row['city']} {row['task']} {years} to {row['test_year']} {row['learner']}"
    return f"{cell}: {row['added']}: {row['metric']} {value}{gained}{between}"
