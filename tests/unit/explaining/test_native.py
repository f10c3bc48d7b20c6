"""What models say of themselves, by column of the examples."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array

from crime_spark.cities import CITIES
from crime_spark.explaining.native import LINEAR, TREES, Native, deviations, native_importance
from crime_spark.features.examples import to_examples
from crime_spark.learners import LEARNERS
from crime_spark.progress import Progress
from crime_spark.training.fitting import Known, fit_block
from crime_spark.training.plan import Block, Cell
from tests.incidents import incidents
from tests.unit.training.tiny import GBT, LR, PRIOR, TASK, tiny_settings, year_of_incidents

NAMES = [feature.name for feature in TASK.features]
RECORDED = {"hour": 250, "area": 250, "premise": 200, "latitude": 220, "ward": 0}


def test_of_a_scaled_number_it_is_the_absolute_coefficient() -> None:
    assert deviations(np.array([[-2.0]]), np.array([0.0]), np.array([1.0]), [("x",)]) == {"x": 2.0}


def test_of_categories_it_is_the_deviation_of_their_coefficients() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=float)
    weights = np.array([[3.0, -1.0]])
    found = deviations(weights, rows.mean(axis=0), rows.var(axis=0), [("x",), ("x",)])
    assert found == pytest.approx({"x": float((rows @ weights[0]).std())})


def test_a_pair_counts_half_for_each_and_classes_are_averaged() -> None:
    weights = np.array([[2.0, 0.0], [0.0, 4.0]])
    found = deviations(weights, np.zeros(2), np.ones(2), [("x",), ("x", "y")])
    # Of x: (4 + 0) / 2 + (0 + 16) / 2 / 2; of y: (0 + 16) / 2 / 2.
    assert found == pytest.approx({"x": np.sqrt(2 + 4), "y": 2.0})


def test_codes_of_which_a_row_has_several_are_taken_for_independent() -> None:
    found = deviations(np.array([[1.0, 2.0]]), np.array([0.9, 0.5]), np.array([0.09, 0.25]), [("x",), ("x",)])
    assert found == pytest.approx({"x": np.sqrt(0.09 + 4 * 0.25)})


@pytest.fixture(scope="module")
def examples(spark):
    rows = incidents(spark, *year_of_incidents("los_angeles", 2015, rows=250))
    return to_examples(rows, TASK, CITIES, tiny_settings().features).persist()


def said(examples, learner, folder=None) -> tuple[PipelineModel, Native | None]:
    """The model and what it says; after it was saved, if there is a folder."""
    block = Block((Cell("los_angeles", TASK, learner, "per_year", "fair", 0, 2015, 2015),))
    model = fit_block(block, examples, Known(0.5, RECORDED), tiny_settings(), Progress(io.StringIO()))[1][0].model
    if folder is not None:
        model.write().save(str(folder / "model"))
        model = PipelineModel.load(str(folder / "model"))
    return model, native_importance(model, examples, NAMES)


def test_gains_of_trees_add_up_by_column(examples, tmp_path) -> None:
    model, found = said(examples, GBT, tmp_path)
    assert found is not None
    assert found.method == TREES
    # ward has no values and was not fitted.
    assert set(found.values) == {"hour", "area", "premise", "latitude"}
    assert sum(found.values.values()) == pytest.approx(1.0)
    gains = model.stages[-1].featureImportances.toArray()
    assert list(found.values.values()) == pytest.approx([gains[at] for at in range(4)])


def test_deviations_of_a_logistic_regression_are_those_of_what_each_column_adds(examples, tmp_path) -> None:
    model, found = said(examples, LR, tmp_path)
    assert found is not None
    assert found.method == LINEAR
    assert set(found.values) == {"hour", "area", "premise", "latitude"}
    last = model.stages[-1]
    rows = model.transform(examples).select(vector_to_array("features").alias("x")).toPandas()["x"]
    added = np.stack(list(rows)) * last.coefficients.toArray()
    words = next(stage for stage in model.stages if hasattr(stage, "vocabulary")).vocabulary
    premise = [at for at, word in enumerate(words) if word.startswith("premise")]
    assert found.values["premise"] == pytest.approx(added[:, premise].sum(axis=1).std(ddof=1), rel=0.01)
    assert found.values["latitude"] == pytest.approx(added[:, -1].std(ddof=1), rel=1e-6)


def test_a_baseline_says_nothing(examples) -> None:
    assert said(examples, PRIOR)[1] is None
    assert next(one for one in LEARNERS if one.name == "class_prior") is PRIOR
