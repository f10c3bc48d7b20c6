"""Blocks fitted on fixed partitions: the same rows give the same model, however they come in."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from pyspark.sql import DataFrame, SparkSession

from crime_spark.features.examples import to_examples
from crime_spark.learners import Learner
from crime_spark.progress import Progress
from crime_spark.training.fitting import Fitted, fit_block, fixed_partitions, score
from crime_spark.training.plan import Block, Cell
from tests.incidents import incidents
from tests.unit.training.tiny import LR, TASK, TREES, tiny_settings, year_of_incidents

RECORDED = {"hour": 250, "area": 250, "premise": 200, "latitude": 220, "ward": 0}


@pytest.fixture(scope="module")
def examples(spark: SparkSession) -> DataFrame:
    rows = incidents(spark, *year_of_incidents("los_angeles", 2015, rows=250))
    return to_examples(rows, TASK).persist()


def keys_by_partition(rows: DataFrame) -> list[list[str]]:
    return rows.select("incident_id").rdd.map(lambda row: row[0]).glom().collect()


def fitted(training: DataFrame, learners: Sequence[Learner] = (LR, TREES)) -> list[Fitted]:
    cells = tuple(Cell("los_angeles", TASK, learner, "per_year", "fair", 2015, 2015) for learner in learners)
    return fit_block(Block(cells), training, RECORDED, tiny_settings(), Progress(io.StringIO()))


def probabilities(models: list[Fitted], examples: DataFrame, learner: str) -> list[float]:
    scored = score(examples, {each.cell: each.model for each in models}, 2016).where(f"learner = '{learner}'")
    return [row["probability"] for row in sorted(scored.collect(), key=lambda row: row["incident_id"])]


@pytest.mark.parametrize(("rows_per_partition", "partitions"), [(1000, 1), (250, 1), (249, 2), (100, 3)])
def test_the_number_of_partitions_depends_on_the_number_of_rows_alone(examples, rows_per_partition, partitions):
    for held in (examples.coalesce(1), examples.repartition(5)):
        assert fixed_partitions(held, 250, rows_per_partition).rdd.getNumPartitions() == partitions


def test_each_partition_holds_the_same_keys_in_their_order(examples):
    found = keys_by_partition(fixed_partitions(examples.repartition(5), 250, 100))
    assert found == keys_by_partition(fixed_partitions(examples.coalesce(1), 250, 100))
    assert found == [sorted(keys) for keys in found]
    assert sum(map(len, found)) == 250


def test_another_partitioning_of_the_input_gives_the_same_model(examples):
    one, other = (fitted(fixed_partitions(held, 250, 100)) for held in (examples.coalesce(1), examples.repartition(5)))
    for learner in ("gbt", "logistic_regression"):
        expected = pytest.approx(probabilities(one, examples, learner), abs=1e-9)
        assert probabilities(other, examples, learner) == expected
    # What the partitions are fixed for: without them these trees are others.
    loose = fitted(examples.repartition(5), [TREES])
    assert probabilities(loose, examples, "gbt") != pytest.approx(probabilities(one, examples, "gbt"), abs=1e-3)


def test_features_without_a_value_in_training_are_not_fitted(examples):
    for each in fitted(fixed_partitions(examples, 250, 1000), [TREES]):
        assert each.model.stages[0].getInputCols() == ["hour", "area", "premise"]
        assert each.model.stages[1].getInputCols() == ["latitude"]
