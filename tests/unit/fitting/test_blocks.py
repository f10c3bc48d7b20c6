"""Blocks fitted on fixed partitions: the same rows give the same model, however they come in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pytest
from chispa import assert_df_equality
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.errors import AccountingError
from crime_spark.examples.incidents import to_examples
from crime_spark.fitting import blocks
from crime_spark.fitting.blocks import Fitted, Ready, TrainingCounts, fit_block, score, shape_of
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.target import Target
from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners import Learner
from crime_spark.learners.estimators import class_balance
from crime_spark.learners.estimators.smote import smote
from crime_spark.vectors.preparation import Prepared, fixed_partitions
from tests.incidents import incidents
from tests.unit.training.tiny import HOUR, LATITUDE, LR, TASK, TREES, counting, tiny_settings, year_of_incidents

TARGET = Target(TASK.kind, 0.5)
RECORDED = {"hour": 250, "area": 250, "premise": 200, "latitude": 220, "ward": 0}


@pytest.fixture(scope="module")
def examples(spark: SparkSession) -> DataFrame:
    rows = incidents(spark, *year_of_incidents("los_angeles", 2015, rows=250))
    return to_examples(rows, TASK, CITIES, tiny_settings().features).persist()


def keys_by_partition(rows: DataFrame) -> list[list[str]]:
    return rows.select("example_id").rdd.map(lambda row: row[0]).glom().collect()


def fixed(rows: DataFrame, rows_per_partition: int) -> DataFrame:
    return fixed_partitions(rows, 250, rows_per_partition, "example_id")


def fitted(training: DataFrame, learners: Sequence[Learner] = (LR, TREES)) -> list[Fitted]:
    cells = tuple(Cell("los_angeles", TASK, learner, "per_year", "fair", 0, 2015, 2015) for learner in learners)
    settings = tiny_settings(training__rows_per_partition=100)
    return fit_block(Block(cells), training, TrainingCounts(0.5, RECORDED), settings)[1]


def probabilities(models: list[Fitted], examples: DataFrame) -> list[tuple[float, ...]]:
    scored = score(examples, TASK.features, TARGET, [(fitted.model, fitted.kind) for fitted in models])
    return [tuple(row)[1:] for row in sorted(scored.drop("unit", "occurred_at", "label", "longer_history").collect())]


@pytest.mark.parametrize(("rows_per_partition", "partitions"), [(1000, 1), (250, 1), (249, 2), (100, 3)])
def test_the_number_of_partitions_depends_on_the_number_of_rows_alone(examples, rows_per_partition, partitions):
    for stored in (examples.coalesce(1), examples.repartition(5)):
        assert fixed(stored, rows_per_partition).rdd.getNumPartitions() == partitions


def test_each_partition_holds_the_same_keys_in_their_order(examples):
    result = keys_by_partition(fixed(examples.repartition(5), 100))
    assert result == keys_by_partition(fixed(examples.coalesce(1), 100))
    assert result == [sorted(keys) for keys in result]
    assert sum(map(len, result)) == 250


def test_another_partitioning_of_the_input_gives_the_same_model(examples, monkeypatch):
    first, other = (fitted(stored) for stored in (examples.coalesce(1), examples.repartition(5)))
    for probability, expected in zip(probabilities(other, examples), probabilities(first, examples), strict=True):
        assert probability == pytest.approx(expected, abs=1e-9)
    # What the partitions are fixed for: without them these trees are others.
    monkeypatch.setattr(blocks, "fixed_partitions", lambda rows, *_: rows)
    loose = [p for (p,) in probabilities(fitted(examples.repartition(5), [TREES]), examples)]
    assert loose != pytest.approx([p for _, p in probabilities(first, examples)], abs=1e-3)


def test_training_rows_are_made_once_and_held_once(spark, examples):
    training, built = counting(examples)
    persisted = spark.sparkContext._jsc.getPersistentRDDs
    examples.count()  # they are held themselves from then on
    before = len(persisted())
    features = [feature for feature in TASK.features if RECORDED[feature.name]]
    with closing(Ready(TASK, TARGET, training, features, tiny_settings())) as ready:
        assert len(persisted()) == before + 1
        for learner in (LR, TREES):
            ready.fit(Cell("los_angeles", TASK, learner, "per_year", "fair", 0, 2015, 2015), tiny_settings())
        assert built.value == 250
    assert len(persisted()) == before


@pytest.mark.parametrize(("most", "kept"), [(250, True), (249, False)])
def test_vectors_of_several_partitions_are_kept_up_to_a_number_of_rows(examples, monkeypatch, most, kept):
    monkeypatch.setattr(blocks, "MOST_ROWS_KEPT", most)
    settings = tiny_settings(training__rows_per_partition=100)
    with closing(Ready(TASK, TARGET, examples, [LATITUDE, HOUR], settings, rows=250)) as ready:
        rows = ready.prepared(LR.wants, Binary).rows
        assert rows.is_cached is kept
    assert rows.storageLevel.useMemory is False


@pytest.mark.parametrize(
    ("target", "kind", "classes"),
    [
        (Target(Binary(), 0.5), Binary, 2),
        (Target(Regression(), 7.0), Regression, 2),
        (Target(Ranking(0.1), 0.1, k=3), Binary, 2),
        (Target(MultiClass(("a", "b", "c", "other"), 0.01), 0.5, classes=("a", "b", "other")), MultiClass, 3),
    ],
    ids=["binary", "regression", "ranking", "multiclass"],
)
def test_a_learner_is_told_how_many_classes_there_are(examples, target, kind, classes):
    shape = shape_of(target, kind, Prepared((), examples, categories=5), 250)
    assert (shape.kind, shape.categories, shape.rows, shape.classes) == (kind, 5, 250, classes)


def test_features_without_a_value_in_training_are_not_fitted(examples):
    (trees,) = fitted(examples, [TREES])
    assert trees.model.stages[0].getInputCols() == ["hour", "area", "premise"]
    assert trees.model.stages[1].getInputCols() == ["latitude"]


def test_smote_before_the_split_is_refused(examples):
    """The planted fault: rows made of the training and the test year together, put among the training rows."""
    counted = TrainingCounts(0.5, {"latitude": 220}, examples.count())
    both = examples.unionByName(examples.withColumn("latitude", F.col("latitude") + 1))
    vectors = VectorAssembler(inputCols=["latitude"], outputCol="features").setHandleInvalid("skip").transform(both)
    rows = vectors.select("label", "features", F.lit(1.0).alias("weight"))
    # Beside a class of a thousand both are rare: ten rows are made of each.
    classes = {**class_balance.rows_by_class(rows), 2: class_balance.ClassRows(1, 1000.0)}
    built = smote(rows, classes, {"smoteRows": 10, "smoteNeighbors": 3}, 1)
    new = built.exceptAll(rows).select("label", vector_to_array("features")[0].alias("latitude"))
    assert new.count() == 20
    cell = Cell("los_angeles", TASK, LR, "per_year", "fair", 0, 2015, 2015)

    def fit(training: DataFrame) -> list[Fitted]:
        return fit_block(Block((cell,)), training, counted, tiny_settings())[1]

    assert len(fit(examples)) == 1
    with pytest.raises(AccountingError, match="270 rows to fit on, but 250 training examples"):
        fit(examples.unionByName(new, allowMissingColumns=True))


def test_every_example_is_scored_as_its_model_scores_it(examples):
    """A feature that is unknown in all of them too."""
    (model,) = fitted(examples, [LR])
    expected = model.model.transform(examples).select(
        "example_id", "occurred_at", "label", vector_to_array("probability")[1].alias("predicted_0")
    )
    scored = score(examples, TASK.features, TARGET, [(model.model, model.kind)]).drop("unit", "longer_history")
    assert scored.count() == 250
    assert_df_equality(scored, expected, ignore_row_order=True, ignore_nullable=True)
