"""What models say of themselves, by column of the examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array

from crime_spark.cities import CITIES
from crime_spark.examples.incidents import to_examples
from crime_spark.explaining.native import LINEAR, TREES, Native, _of_word, deviations, native_importance
from crime_spark.fitting.blocks import TrainingCounts, fit_block
from crime_spark.fitting.cells import Block, Cell
from crime_spark.kinds import Regression
from crime_spark.learners import LEARNERS
from crime_spark.training.block_results import BlockWork, outcomes
from crime_spark.training.block_task import run_blocks
from tests.incidents import incidents
from tests.unit.training.tiny import GBT, LR, TASK, tiny_settings, year_of_incidents

NAMES = [feature.name for feature in TASK.features]
RECORDED = {"hour": 250, "area": 250, "premise": 200, "latitude": 220, "ward": 0}


def test_of_a_scaled_number_it_is_the_absolute_coefficient() -> None:
    assert deviations(np.array([[-2.0]]), np.array([0.0]), np.array([1.0]), [("x",)]) == {"x": 2.0}


def test_of_categories_it_is_the_deviation_of_their_coefficients() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=float)
    weights = np.array([[3.0, -1.0]])
    result = deviations(weights, rows.mean(axis=0), rows.var(axis=0), [("x",), ("x",)])
    assert result == pytest.approx({"x": float((rows @ weights[0]).std())})


def test_a_pair_counts_half_for_each_and_classes_are_averaged() -> None:
    weights = np.array([[2.0, 0.0], [0.0, 4.0]])
    result = deviations(weights, np.zeros(2), np.ones(2), [("x",), ("x", "y")])
    # Of x: (4 + 0) / 2 + (0 + 16) / 2 / 2; of y: (0 + 16) / 2 / 2.
    assert result == pytest.approx({"x": np.sqrt(2 + 4), "y": 2.0})


def test_codes_of_which_a_row_has_several_are_taken_for_independent() -> None:
    result = deviations(np.array([[1.0, 2.0]]), np.array([0.9, 0.5]), np.array([0.09, 0.25]), [("x",), ("x",)])
    assert result == pytest.approx({"x": np.sqrt(0.09 + 4 * 0.25)})


@pytest.fixture(scope="module")
def examples(spark):
    rows = incidents(spark, *year_of_incidents("los_angeles", 2015, rows=250))
    return to_examples(rows, TASK, CITIES, tiny_settings().features).persist()


def explained(examples, learner, folder=None, task=TASK, **settings) -> tuple[PipelineModel, Native | None]:
    """The model and what it says; after it was saved, if there is a folder."""
    block = Block((Cell("los_angeles", task, learner, "per_year", "fair", 0, 2015, 2015),))
    chosen = tiny_settings(**{f"learner_settings__{learner.name}": settings} if settings else {})
    model = fit_block(block, examples, TrainingCounts(0.5, RECORDED), chosen)[1][0].model
    if folder is not None:
        model.write().save(str(folder / "model"))
        model = PipelineModel.load(str(folder / "model"))
    return model, native_importance(model, examples, NAMES)


def test_gains_of_trees_add_up_by_column(examples, tmp_path) -> None:
    model, result = explained(examples, GBT, tmp_path)
    assert result is not None
    assert result.method == TREES
    # ward has no values and was not fitted.
    assert set(result.values) == {"hour", "area", "premise", "latitude"}
    assert sum(result.values.values()) == pytest.approx(1.0)
    gains = model.stages[-1].featureImportances.toArray()
    assert list(result.values.values()) == pytest.approx([gains[index] for index in range(4)])


def test_deviations_of_a_logistic_regression_are_those_of_what_each_column_adds(examples, tmp_path) -> None:
    model, result = explained(examples, LR, tmp_path)
    assert result is not None
    assert result.method == LINEAR
    assert set(result.values) == {"hour", "area", "premise", "latitude"}
    last = model.stages[-1]
    rows = model.transform(examples).select(vector_to_array("features").alias("x")).toPandas()["x"]
    added = np.stack(list(rows)) * last.coefficients.toArray()
    words = next(stage for stage in model.stages if hasattr(stage, "vocabulary")).vocabulary
    premise = [index for index, word in enumerate(words) if word.startswith("premise")]
    assert result.values["premise"] == pytest.approx(added[:, premise].sum(axis=1).std(ddof=1), rel=0.01)
    assert result.values["latitude"] == pytest.approx(added[:, -1].std(ddof=1), rel=1e-6)


BY_NAME = {learner.name: learner for learner in LEARNERS}
FITTED = {"hour", "area", "premise", "latitude"}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("random_forest", {"numTrees": 3, "maxDepth": 3}),
        ("random_forest_smote", {"numTrees": 3, "maxDepth": 3}),
        ("xgboost", {"n_estimators": 4, "min_child_weight": 1.0}),
        ("xgboost", {"n_estimators": 4, "min_child_weight": 1.0, "native_categories": True}),
        ("xgboost", {"n_estimators": 4, "min_child_weight": 1.0, "rows_in_one_task": 150}),
    ],
    ids=["forest", "smote", "xgboost", "xgboost sets", "xgboost workers"],
)
def test_whatever_has_trees_says_what_they_gained_by_column(examples, tmp_path, name, settings) -> None:
    result = explained(examples, BY_NAME[name], tmp_path, **settings)[1]
    assert result is not None
    assert result.method == TREES
    assert set(result.values) == FITTED
    assert sum(result.values.values()) == pytest.approx(1.0)
    # What the rows were made of.
    assert result.values["premise"] > 0


def test_trees_that_were_grown_in_one_task_say_the_same(examples, tmp_path) -> None:
    learner = replace(BY_NAME["xgboost"], settings={**BY_NAME["xgboost"].settings, "min_child_weight": 1.0})
    cell = Cell("los_angeles", TASK, learner, "per_year", "fair", 0, 2015, 2015)
    work = [BlockWork(Block((cell,)), TASK.inputs("fair"), (2015,))]
    (outcome,) = outcomes(run_blocks(examples, work, tiny_settings()), work)
    outcome.fitted[0].model.write().save(str(tmp_path / "model"))
    result = native_importance(PipelineModel.load(str(tmp_path / "model")), examples, NAMES)
    assert result is not None
    assert (result.method, set(result.values)) == (TREES, FITTED)
    assert sum(result.values.values()) == pytest.approx(1.0)
    assert result.values["premise"] > 0.2


def summed(model: PipelineModel, rows, column: str, weights: np.ndarray, words: str) -> float:
    """Deviation over the rows of what the places of these words add to the score."""
    stored = model.transform(rows).select(vector_to_array(column).alias("x")).toPandas()["x"]
    vocabulary = next(stage for stage in model.stages if hasattr(stage, "vocabulary")).vocabulary
    places = [index for index, word in enumerate(vocabulary) if word.startswith(words)]
    return float((np.stack(list(stored))[:, places] * weights[places]).sum(axis=1).std(ddof=1))


def test_of_a_support_vector_machine_it_is_in_log_odds(examples, tmp_path) -> None:
    model, result = explained(examples, BY_NAME["linear_svm"], tmp_path)
    assert result is not None
    assert result.method == LINEAR
    assert set(result.values) == FITTED
    machine, platt = (stage for stage in model.stages if hasattr(type(stage), "coefficients"))
    slope = platt.coefficients[1] - platt.coefficients[0]
    weights = machine.coefficients.toArray() * slope
    assert result.values["premise"] == pytest.approx(summed(model, examples, "features", weights, "premise"), rel=0.01)


def test_of_naive_bayes_it_is_in_log_odds(examples, tmp_path) -> None:
    model, result = explained(examples, BY_NAME["naive_bayes"], tmp_path)
    assert result is not None
    assert result.method == LINEAR
    # Ranges of a number are its column's.
    assert set(result.values) == FITTED
    theta = next(stage for stage in model.stages if hasattr(type(stage), "theta")).theta.toArray()
    for name in ("premise", "latitude"):
        alone = summed(model, examples, "features", theta[1] - theta[0], name)
        assert result.values[name] == pytest.approx(alone, rel=0.01)


@pytest.mark.parametrize("name", ["logistic_regression_weighted", "logistic_regression_undersampled"])
def test_a_treated_one_says_what_its_learner_does(examples, name) -> None:
    result = explained(examples, BY_NAME[name], maxIter=2)[1]
    assert result is not None
    assert result.method == LINEAR
    assert set(result.values) == FITTED


@pytest.mark.parametrize("name", ["poisson", "linear_regression"])
def test_numbers_are_explained_too(examples, tmp_path, name) -> None:
    numbers = replace(TASK, kind=Regression())
    model, result = explained(examples, BY_NAME[name], tmp_path, task=numbers)
    assert result is not None
    assert result.method == LINEAR
    assert set(result.values) == FITTED
    last = next(stage for stage in model.stages if hasattr(type(stage), "coefficients"))
    weights = last.coefficients.toArray()
    assert result.values["premise"] == pytest.approx(summed(model, examples, "features", weights, "premise"), rel=0.01)


@pytest.mark.parametrize(
    ("name", "settings"), [("class_prior", {}), ("mlp", {"maxIter": 2}), ("knn", {"n_neighbors": 5, "components": 2})]
)
def test_what_has_no_number_for_a_column_says_nothing(examples, name, settings) -> None:
    assert explained(examples, BY_NAME[name], **settings)[1] is None


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("premise=STREET", ("premise",)),
        ("premise is unknown", ("premise",)),
        ("premise=TAKEN from A", ("premise",)),
        ("premise|domestic=STREET|true", ("premise", "domestic")),
        ("premise|domestic is unknown", ("premise", "domestic")),
        ("latitude from 41.8", ("latitude",)),
        ("latitude from -87.5", ("latitude",)),
        ("latitude below all", ("latitude",)),
    ],
)
def test_a_word_tells_what_it_is_made_of(word, place) -> None:
    assert _of_word(word) == place
