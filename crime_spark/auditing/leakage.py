"""The leakage audit: how much each forbidden feature or split would have gained. See docs/leakage.md."""

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
from crime_spark.fitting.blocks import fit_block, predictions_of_year, score, training_counts
from crime_spark.fitting.cells import Block, plan_blocks, unfit
from crime_spark.lake import Lake
from crime_spark.learners.learner import Learner
from crime_spark.progress import Progress
from crime_spark.sampling import in_share
from crime_spark.schemas import INCIDENTS, LEAKAGE
from crime_spark.settings import DEFAULT, Settings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

Metrics = dict[tuple[str, str], Judged]  # (learner, metric) to the row of `judge`


def audit(
    lake: Lake,
    cities: Sequence[City],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    settings: Settings,
    progress: Progress,
) -> str:
    """Fit and judge all trials, and replace the rows of gold/leakage of each cell of the plan with delay 0.

    The usual model uses gold/examples_<task>. Added columns, models and predictions are not stored. Without a choice of
    learners, those of settings.audit are used; baselines are omitted.

    Args:
        lake: the lake.
        cities, tasks, learners: what to audit.
        settings: the settings.
        progress: where messages go.

    Returns:
        The rows as text.

    Raises:
        UsageError: only baselines are chosen, or no city has two consecutive years.
        LakeError: the examples have not been written.
    """
    audited_learners = audited(learners, settings)
    if not audited_learners:
        raise UsageError("nothing to audit: all chosen learners are baselines; choose other learners")
    entries: list[Judged] = []
    for city in cities:
        for task in tasks:
            fitting = [learner for learner in audited_learners if unfit(task, learner) is None]
            entries += _audit_task(lake, city, task, fitting, settings, progress) if fitting else []
    if not entries:
        raise UsageError(
            "no city has examples of two consecutive years; the audit fits a model on one year and scores the next"
        )
    return "\n".join(_text(row) for row in entries)


def audited(learners: Iterable[Learner], settings: Settings) -> list[Learner]:
    """The learners that the audit fits."""
    names = settings.audit.learners if settings.learners == DEFAULT else ()
    return [learner for learner in learners if not learner.baseline and (not names or learner.name in names)]


def _audit_task(
    lake: Lake, city: City, task: Task, learners: Sequence[Learner], settings: Settings, progress: Progress
) -> list[Judged]:
    stored = lake.read(task.examples).where((F.col("city") == city.name) & (F.col("delay") == 0))
    if settings.years:
        stored = stored.where(F.col("year").isin(*settings.years))
    rows = {row["year"]: row["count"] for row in stored.groupBy("year").count().collect()}
    blocks = plan_blocks({city.name: rows}, [task], learners, settings.protocol, settings.policy)
    if not blocks:
        progress.say(f"audit: nothing to fit for {city.name} {task.name}: no two consecutive years have rows")
        return []
    incidents = lake.read(INCIDENTS).where((F.col("city") == city.name) & (F.col("year") <= max(rows)))
    all_trials = list(_allowed(trials(task, city, settings.policy), f"{city.name} {task.name}", settings, progress))
    entries: dict[Block, list[Judged]] = {block: [] for block in blocks}
    usual: dict[Block, Metrics] = {}
    for variant, same_examples in _by_examples(task, all_trials):
        if variant is not task and same_examples[0].demographic and incidents.where("victim_age IS NOT NULL").isEmpty():
            progress.say(_without_values(same_examples[0], city))
            continue
        added = [feature for trial in same_examples for feature in trial.added]
        built = _variant_examples(incidents, variant, city, sorted(rows), settings) if variant is not task else stored
        examples = (_with_added(built, incidents, added) if added else built).persist()
        counts = rows if variant is task else _by_year(examples)
        for block in blocks:
            for trial in same_examples:
                with progress.working(f"audit: {str(block.first).rpartition(':')[0]}: {trial.name}"):
                    judged = _judged_trial(block, trial, examples, counts, settings)
                if judged is None:
                    progress.say(_without_values(trial, city))
                    continue
                usual.setdefault(block, judged)
                entries[block] += _entries(trial, judged, usual[block])
        examples.unpersist()
    for block, rows_of_block in entries.items():
        values = [tuple(entry[name] for name in LEAKAGE.names) for entry in rows_of_block]
        lake.replace(LEAKAGE, lake.spark.createDataFrame(values, LEAKAGE.struct).coalesce(1), where=block.where)
    return [entry for rows_of_block in entries.values() for entry in rows_of_block]


def _without_values(trial: Trial, city: City) -> str:
    return f"audit: {trial.name} is omitted: {city.name} has no values of it"


def _allowed(all_trials: Iterable[Trial], where: str, settings: Settings, progress: Progress) -> Iterator[Trial]:
    for trial in all_trials:
        if trial.demographic and not settings.allow_demographic:
            progress.say(f"audit: {trial.name} of {where} is omitted without --allow-demographic")
        else:
            yield trial


def _by_examples(task: Task, all_trials: Sequence[Trial]) -> Iterator[tuple[Task, list[Trial]]]:
    """The audited task with all trials on its examples, then each variant of the task with its trial."""
    yield task, [trial for trial in all_trials if trial.task is task]
    yield from ((trial.task, [trial]) for trial in all_trials if trial.task is not task)


def _variant_examples(
    incidents: DataFrame, task: Task, city: City, years: Sequence[int], settings: Settings
) -> DataFrame:
    """Examples of a variant of a task for these years."""
    wanted = f"year IN ({', '.join(map(str, years))})"
    if isinstance(task.grain, Panel):
        days = days_of(incidents)[city.name]
        return panel_examples(incidents, task, city, days, settings.features, delays=[0]).where(wanted)
    demographic = settings.allow_demographic
    return to_examples(incidents, task, [city], settings.features, wanted=wanted, demographic=demographic)


def _with_added(examples: DataFrame, incidents: DataFrame, added: Sequence[Feature]) -> DataFrame:
    values = [F.expr(feature.sql).cast(feature.column.type).alias(feature.name) for feature in added]
    values_by_example = incidents.select(F.col("incident_id").alias("example_id"), *values)
    return examples.join(values_by_example, on="example_id", how="left")


def _by_year(examples: DataFrame) -> dict[int, int]:
    return {row["year"]: row["count"] for row in examples.groupBy("year").count().collect()}


def _judged_trial(
    block: Block, trial: Trial, examples: DataFrame, rows: Mapping[int, int], settings: Settings
) -> Metrics | None:
    """Fit the models of a trial and judge them on the test year; None if all added columns are NULL in training."""
    training, test = split(block, trial, examples, rows, settings.audit.rows)
    known_words = training_counts(training, trial.features)
    if trial.added and not any(known_words.recorded[feature.name] for feature in trial.added):
        return None
    target, fitted = fit_block(block, training, known_words, settings, trial.features)
    cells = [(fitted_cell.cell, fitted_cell.kind) for fitted_cell in fitted]
    year = block.first.test_year
    scored = score(
        test, trial.features, target, [(fitted_cell.model, fitted_cell.kind) for fitted_cell in fitted]
    ).persist()
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
    """Training and test rows, by time or at random in the same proportion.

    A random split draws incidents, or units and periods, by a hash. For a ranking it draws whole periods, because the
    units of a period are ranked against each other.

    Args:
        block: the cells to fit.
        trial: the trial.
        examples: its examples.
        rows: number of examples by year.
        most: about this number of training rows is kept, drawn by another hash; 0 keeps all.
    """
    years = [year for year in block.first.train_years if year in rows]
    test_year = block.first.test_year
    training_rows = sum(rows[year] for year in years)
    if trial.at_random:
        pooled = examples.where(F.col("year").isin(*years, test_year))
        share = rows[test_year] / (training_rows + rows[test_year])
        is_test = in_share(share, trial.task.kind.drawn_by, "test")
        training, test = pooled.where(~is_test), pooled.where(is_test)
    else:
        training, test = examples.where(F.col("year").isin(*years)), examples.where(F.col("year") == test_year)
    if 0 < most < training_rows:
        training = training.where(in_share(most / training_rows, "example_id", "kept"))
    return training, test


def _entries(trial: Trial, judged: Metrics, usual: Metrics) -> list[Judged]:
    """Rows of gold/leakage."""
    entries = []
    for key, row in judged.items():
        gained: dict[str, Any] = {"gained": None, "low": None, "high": None}
        if row["metric"] in trial.gains:
            difference_columns = difference(estimate_of(row), estimate_of(usual[key])).columns
            gained = {
                "gained": difference_columns.pop("value"),
                **(difference_columns if trial.paired else {"low": None, "high": None}),
            }
        entries.append({**row, "added": trial.name, **gained})
    return entries


def _text(row: Judged) -> str:
    years = str(row["train_to"]) if row["train_from"] == row["train_to"] else f"{row['train_from']}-{row['train_to']}"
    value = "not defined" if row["value"] is None else f"{row['value']:.3f}"
    gained = "" if row["gained"] is None or row["added"] == NOTHING else f", gained {row['gained']:+.3f}"
    interval = "" if row["low"] is None else f" ({row['low']:+.3f} to {row['high']:+.3f})"
    cell = f"{row['city']} {row['task']} {years} to {row['test_year']} {row['learner']}"
    return f"{cell}: {row['added']}: {row['metric']} {value}{gained}{interval}"
