"""Blocks fitted in one task each: as by Spark, in one job, whatever the rows are partitioned by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from sklearn.metrics import roc_auc_score

from crime_spark.cities import CITIES
from crime_spark.errors import UsageError
from crime_spark.examples.incidents import to_examples
from crime_spark.fitting.blocks import predictions, score, training_counts
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.target import Target
from crime_spark.kinds import Binary
from crime_spark.learners import LEARNERS, Learner
from crime_spark.learners.learner import Shape
from crime_spark.schemas import PREDICTIONS
from crime_spark.session import configured
from crime_spark.training.block_results import BlockOutcome, BlockWork, outcomes, predictions_of
from crime_spark.training.block_task import in_one_task, rows_by_block, run_blocks
from crime_spark.vectors.preparation import prepare, usable, weighted
from tests.incidents import incidents
from tests.unit.training.tiny import LR, PRIOR, RATE, TASK, tiny_settings, year_of_incidents

XGBOOST, KNN = (next(learner for learner in LEARNERS if learner.name == name) for name in ("xgboost", "knn"))
SETTINGS = tiny_settings(
    learner_settings__xgboost={"n_estimators": 20, "min_child_weight": 1.0},
    learner_settings__knn={"n_neighbors": 20, "components": 4},
)
YEARS = {"chicago": (2015, 2016, 2017), "los_angeles": (2015, 2016)}
KEY = ["learner", "city", "test_year", "example_id"]


@pytest.fixture(scope="module")
def examples(spark: SparkSession) -> DataFrame:
    rows = (row for city, years in YEARS.items() for year in years for row in year_of_incidents(city, year))
    return to_examples(incidents(spark, *rows), TASK, CITIES, SETTINGS.features).persist()


def block_of(
    learners: Sequence[Learner], city: str = "chicago", first: int = 2015, last: int = 2015, rows: int | None = None
) -> BlockWork:
    cells = (Cell(city, TASK, learner, "expanding", "fair", 0, first, last) for learner in learners)
    return BlockWork(Block(tuple(cells)), TASK.inputs("fair"), tuple(range(first, last + 1)), rows)


def several(learners: Sequence[Learner]) -> list[BlockWork]:
    """Two cities; a span that holds another one's training and test year."""
    return [block_of(learners), block_of(learners, last=2016), block_of(learners, "los_angeles")]


def by_spark(examples: DataFrame, work: BlockWork) -> DataFrame:
    """Rows of gold/predictions of the block, whose rows Spark prepares."""
    first = work.block.first
    of_city = examples.where(F.col("city") == first.city)
    training = of_city.where(F.col("year").isin(*work.train_years))
    expected = training_counts(training, work.features)
    features = usable(work.features, expected.recorded)
    target = Target(TASK.kind, expected.mean)
    scored = []
    for cell in work.block.cells:
        prepared = prepare(weighted(training, features), expected.rows, cell.learner.wants, features)
        chosen = cell.learner.with_settings(SETTINGS.learner_settings.get(cell.learner.name, {}))
        shape = Shape(Binary, prepared.categories, expected.rows)
        fitted = cell.learner.build(shape, chosen, SETTINGS.seed).fit(prepared.rows)
        scored.append((PipelineModel([*prepared.stages, fitted]), Binary))
    test = of_city.where(F.col("year") == first.test_year)
    cells = [(cell, Binary) for cell in work.block.cells]
    return predictions(score(test, work.features, target, scored), cells, first.test_year)


def stored(results: DataFrame, learner: str) -> list[Row]:
    rows = predictions_of(results).where(F.col("learner") == learner)
    return rows.orderBy(*KEY).collect()


def area_under(rows: Sequence[Row]) -> float:
    return roc_auc_score([row["label"] for row in rows], [row["probability"] for row in rows])


@pytest.fixture(scope="module")
def work() -> list[BlockWork]:
    return several((PRIOR, RATE, XGBOOST, KNN))


@pytest.fixture(scope="module")
def results(examples: DataFrame, work: list[BlockWork]) -> DataFrame:
    return run_blocks(examples, work, SETTINGS).persist()


@pytest.fixture(scope="module")
def done(results: DataFrame, work: list[BlockWork]) -> list[BlockOutcome]:
    return outcomes(results, work)


def test_every_block_has_its_own_rows_target_and_models(done, results):
    assert [item.failed for item in done] == [{}] * 3
    assert [[first.cell.learner.name for first in item.fitted] for item in done] == [
        ["class_prior", "area_premise_rate", "xgboost", "knn"]
    ] * 3
    assert all(first.seconds >= 0 for item in done for first in item.fitted)
    assert predictions_of(results).schema == PREDICTIONS.struct
    counted = predictions_of(results).groupBy("city", "train_to", "test_year", "learner").count().collect()
    assert len(counted) == 12
    assert {row["count"] for row in counted} == {300}


def test_baselines_are_those_of_spark(spark, examples, results):
    work = block_of((PRIOR, RATE), last=2016)
    expected = by_spark(examples, work)
    result = predictions_of(results).where("train_to = 2016 AND learner IN ('class_prior', 'area_premise_rate')")
    rows, wanted = (frame.orderBy(*KEY).collect() for frame in (result, expected))
    assert [row["probability"] for row in rows] == pytest.approx([row["probability"] for row in wanted], abs=1e-12)
    keyed = [[{**row.asDict(), "probability": None} for row in item] for item in (rows, wanted)]
    assert keyed[0] == keyed[1]


def test_a_base_rate_is_that_of_the_training_years(examples, done):
    for item in done:
        first = item.work.block.first
        rows = examples.where((F.col("city") == first.city) & F.col("year").isin(*item.work.train_years))
        assert item.target.base_rate == pytest.approx(rows.agg(F.avg("label")).collect()[0][0], abs=1e-12)


@pytest.mark.parametrize(("learner", "apart"), [(XGBOOST, 0.03), (KNN, 0.03)], ids=["xgboost", "knn"])
def test_other_learners_tell_as_much_as_by_spark(examples, results, learner, apart):
    """300 rows, whose held-out tenth or order is another, are a harsh test: real years differ by less than .001."""
    expected = by_spark(examples, block_of((learner,), last=2016)).orderBy(*KEY).collect()
    outcomes = [row for row in stored(results, learner.name) if row["train_to"] == 2016]
    assert [row["example_id"] for row in outcomes] == [row["example_id"] for row in expected]
    assert area_under(expected) > 0.6
    assert area_under(outcomes) == pytest.approx(area_under(expected), abs=apart)


def test_stored_models_predict_the_same(examples, results, done, tmp_path):
    outcome = done[0]
    models = []
    for item in outcome.fitted:
        path = str(tmp_path / item.cell.learner.name)
        item.model.write().save(path)
        models.append((PipelineModel.load(path), item.kind))
    test = examples.where("city = 'chicago' AND year = 2016")
    again = score(test, TASK.inputs("fair"), outcome.target, models).orderBy("example_id").collect()
    for number, item in enumerate(outcome.fitted):
        expected = [
            row["probability"]
            for row in stored(results, item.cell.learner.name)
            if row["city"] == "chicago" and row["train_to"] == 2015
        ]
        assert [row[f"predicted_{number}"] for row in again] == pytest.approx(expected, abs=1e-12)


def test_all_blocks_are_one_job(spark, examples, work):
    context = spark.sparkContext
    results = run_blocks(examples.coalesce(2), work, SETTINGS)
    context.setJobGroup("blocks", "blocks in one task")
    try:
        # With adaptive execution a shuffle counts as a job of its own.
        with configured(spark, {"spark.sql.adaptive.enabled": "false"}):
            results.write.format("noop").mode("overwrite").save()
        assert len(context.statusTracker().getJobIdsForGroup("blocks")) == 1
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)


def test_each_block_has_a_partition(examples, work):
    rows = rows_by_block(examples, work)
    collected = rows.select("_block", F.spark_partition_id().alias("partition")).distinct().collect()
    assert sorted((row["_block"], row["partition"]) for row in collected) == [(0, 0), (1, 1), (2, 2)]
    assert rows.rdd.getNumPartitions() == 3


def test_order_partitions_and_other_blocks_change_nothing(examples, results):
    shuffled = examples.orderBy(F.xxhash64(F.lit(9), "example_id")).repartition(5)
    alone = run_blocks(shuffled, [block_of((XGBOOST, KNN, RATE), last=2016)], SETTINGS)
    for learner in ("xgboost", "knn", "area_premise_rate"):
        expected = [row for row in stored(results, learner) if row["train_to"] == 2016]
        result = stored(alone, learner)
        assert [row["probability"] for row in result] == [row["probability"] for row in expected]


def broken(*_: Any) -> Any:
    raise RuntimeError("it is broken")


def lazily_broken(*_: Any) -> Any:
    return lambda rows, threads: broken()


@pytest.mark.parametrize("failing", [broken, lazily_broken])
def test_a_learner_that_fails_takes_no_other_with_it(examples, failing):
    bad = replace(PRIOR, name="bad", in_task=failing)
    work = [block_of((bad, PRIOR)), block_of((PRIOR,), "los_angeles")]
    results = run_blocks(examples, work, SETTINGS).persist()
    first, second = outcomes(results, work)
    assert first.failed == {"bad": "RuntimeError: it is broken"}
    assert [item.cell.learner.name for item in (*first.fitted, *second.fitted)] == ["class_prior", "class_prior"]
    assert second.failed == {}
    assert {row["learner"] for row in predictions_of(results).select("learner").distinct().collect()} == {"class_prior"}


def test_a_block_that_fails_takes_no_other_with_it(examples):
    """2012 has no rows, 2016 has more than were counted, 2030 has none to be scored either."""
    empty = replace(block_of((PRIOR,), first=2012, last=2014), train_years=(2012,))
    added = block_of((PRIOR, RATE), first=2016, last=2016, rows=299)
    nothing = block_of((PRIOR,), first=2030, last=2030)
    work = [empty, added, nothing, block_of((PRIOR,))]
    result = outcomes(run_blocks(examples, work, SETTINGS), work)
    assert result[0].failed == {"class_prior": "ValueError: there are no training rows"}
    message = "AccountingError: 300 rows to fit on, but 299 training examples"
    assert [item.startswith(message) for item in result[1].failed.values()] == [True, True]
    assert result[2].failed == {"class_prior": "no rows arrived"}
    assert [item.target for item in result[:3]] == [None] * 3
    assert (result[3].failed, len(result[3].fitted)) == ({}, 1)


def test_features_without_a_value_and_those_not_selected_are_left_out(examples):
    few = replace(block_of((XGBOOST,), "los_angeles"), features=tuple(TASK.inputs("fair"))[2:])
    (outcome,) = outcomes(run_blocks(examples, [few], SETTINGS), [few])
    assert outcome.fitted[0].model.stages[0].columns == ["premise", "latitude"]


@pytest.mark.parametrize(
    ("learner", "rows", "options", "expected"),
    [
        (PRIOR, 1_000_000, {}, True),
        (PRIOR, 1_000_001, {}, False),
        (XGBOOST, 500, {"training.rows_in_one_task": 500}, True),
        (XGBOOST, 501, {"training.rows_in_one_task": 500}, False),
        (XGBOOST, 151, {"learner_settings.xgboost": {"rows_in_one_task": 150}}, False),
        (PRIOR, 1, {"training.rows_in_one_task": 0}, False),
        (LR, 1, {}, False),
    ],
)
def test_up_to_a_limit_blocks_are_fitted_in_one_task(learner, rows, options, expected):
    cell = block_of((learner,)).block.first
    assert in_one_task(cell, rows, tiny_settings(**options)) is expected


def test_settings_out_of_bounds_are_refused_before_anything_is_fitted(examples):
    settings = tiny_settings(learner_settings__knn={"n_neighbors": 0})
    with pytest.raises(UsageError, match="n_neighbors is 0"):
        run_blocks(examples, [block_of((PRIOR, KNN))], settings)
    with pytest.raises(ValueError, match="logistic_regression cannot be fitted in one task"):
        run_blocks(examples, [block_of((PRIOR, LR))], SETTINGS)


def test_blocks_of_two_tasks_are_refused(examples):
    other = Cell("chicago", replace(TASK, name="other"), PRIOR, "expanding", "fair", 0, 2015, 2015)
    with pytest.raises(ValueError, match="must be of the same task"):
        run_blocks(examples, [block_of((PRIOR,)), BlockWork(Block((other,)), (), (2015,))], SETTINGS)
