"""The train stage on a tiny lake, end to end."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from chispa import assert_approx_df_equality, assert_df_equality
from pyspark.ml import Estimator, PipelineModel
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import CrimeSparkError, LakeError, UsageError
from crime_spark.evaluation.cell_metrics import GROUP, judge
from crime_spark.fitting.cells import Cell
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows
from crime_spark.learners.learner import Learner, Shape
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, INCIDENTS, PREDICTIONS
from crime_spark.training.cell_fits import cells_at_once
from crime_spark.training.stage import train
from tests.unit.training.tiny import (
    ALL,
    LR,
    PRIOR,
    ROWS,
    TASK,
    TREES,
    cities_named,
    copied,
    fitted_cells,
    run_train,
    tiny_settings,
    write_plain_examples,
)

SPANS = (("chicago", 2015), ("chicago", 2016), ("los_angeles", 2015))
CELLS_OF_ALL = [Cell(city, TASK, learner, "per_year", "fair", 0, y, y) for city, y in SPANS for learner in ALL]


def unchanging(cells: DataFrame) -> list[tuple[object, ...]]:
    """gold/cells without the seconds that fitting took."""
    return sorted(tuple(row) for row in cells.drop("seconds").collect())


def without_comments(frame: DataFrame) -> DataFrame:
    return frame.select(*(F.col(name).alias(name, metadata={}) for name in frame.columns))


def equal(actual: DataFrame, expected: DataFrame, precision: float) -> None:
    plain = (without_comments(frame) for frame in (actual, expected))
    assert_approx_df_equality(*plain, precision, ignore_row_order=True, ignore_nullable=True)


def test_no_number_of_cells_at_once_is_one_on_each_place(spark):
    assert [cells_at_once(spark, tiny_settings(training__cells_at_once=number)) for number in (0, 1, 7)] == [2, 1, 7]


def test_predictions_are_of_each_cells_next_year(spark, trained):
    expected = [
        (*cell.keys.values(), cell.test_year, row["incident_id"], row["occurred_at"], float(row["serious"]))
        for row in trained.read(INCIDENTS).collect()
        for cell in CELLS_OF_ALL
        if (row["city"], row["year"]) == (cell.city, cell.test_year)
    ]
    result = trained.read(PREDICTIONS).select(*CELL_KEY, "test_year", "example_id", "occurred_at", "label")
    frame = spark.createDataFrame(expected, result.schema)
    assert_df_equality(result, frame, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)
    assert trained.read(PREDICTIONS).where("NOT coalesce(probability BETWEEN 0 AND 1, false)").count() == 0


def used(cell: Cell) -> str:
    """The settings that the cell is fitted with, as JSON."""
    changes = tiny_settings().learner_settings.get(cell.learner.name, {})
    return json.dumps(cell.learner.with_settings(changes), sort_keys=True)


def test_cells_say_what_each_was_fitted_on(spark, trained):
    rows = trained.read(INCIDENTS).where("serious").groupBy("city", "year").count().collect()
    positives = {(row["city"], row["year"]): row["count"] for row in rows}
    expected = [
        (
            *c.keys.values(),
            c.test_year,
            ROWS,
            ROWS,
            positives[c.city, c.train_from] / ROWS,
            None,
            None,
            used(c),
            c.model,
        )
        for c in CELLS_OF_ALL
    ]
    result = trained.read(CELLS).drop("fingerprint", "seconds")
    frame = spark.createDataFrame(expected, result.schema)
    assert_df_equality(result, frame, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)
    assert trained.read(CELLS).where("seconds > 0 AND length(fingerprint) = 64").count() == len(CELLS_OF_ALL)


def scored_again(lake: Lake, cell: Cell, examples: DataFrame) -> DataFrame:
    """example_id and probability by the saved model."""
    model = PipelineModel.load(lake.path(cell.model))
    probability = vector_to_array(F.col("probability"))[1]
    return model.transform(examples).select("example_id", probability.alias("probability"))


@pytest.mark.parametrize("cell", [c for c in CELLS_OF_ALL if c.test_year == 2017], ids=lambda cell: cell.learner.name)
def test_a_saved_model_gives_the_stored_probabilities_again(trained, cell):
    stored = trained.read(PREDICTIONS).where(f"learner = '{cell.learner.name}' AND test_year = 2017")
    examples = trained.read(TASK.examples).where("city = 'chicago' AND year = 2017")
    equal(scored_again(trained, cell, examples), stored.select("example_id", "probability"), 1e-12)


def test_a_second_run_fits_nothing(trained):
    before = trained.read(CELLS).collect()
    output = run_train(trained, tiny_settings())
    assert fitted_cells(output) == []
    up_to_date = [line for line in output if line.startswith("train: 4 of ") and line.endswith("up to date")]
    assert len(up_to_date) == len(SPANS)
    assert sorted(trained.read(CELLS).collect()) == sorted(before)


def test_changed_settings_refit_only_the_learner_concerned(trained, tmp_path):
    lake = copied(trained, tmp_path)
    output = run_train(lake, tiny_settings(learner_settings__logistic_regression__maxIter=3), cities=["los_angeles"])
    assert fitted_cells(output) == ["los_angeles tiny 2015 to 2016: logistic_regression"]
    changed = "city = 'los_angeles' AND learner = 'logistic_regression'"
    for table in (CELLS, PREDICTIONS):
        kept, before = (item.read(table).where(f"NOT ({changed})") for item in (lake, trained))
        assert sorted(map(tuple, kept.collect())) == sorted(map(tuple, before.collect()))
        assert lake.read(table).count() == trained.read(table).count()


def test_changed_test_rows_refit_their_cells_alone_and_change_nothing_in_the_models(trained, tmp_path):
    lake = copied(trained, tmp_path)
    hidden = trained.read(TASK.examples).where("city = 'chicago' AND year = 2017")
    changed = hidden.withColumns({"label": 1 - F.col("label"), "area": F.lit("new"), "latitude": F.lit(0.0)})
    lake.replace(TASK.examples, changed, where={"city": "chicago", "year": 2017})
    output = run_train(lake, tiny_settings(), learners=[LR, TREES])
    cells = [cell for cell in CELLS_OF_ALL if cell.test_year == 2017 and cell.learner in (LR, TREES)]
    assert fitted_cells(output) == sorted(map(str, cells))
    for cell in cells:
        equal(scored_again(lake, cell, hidden), scored_again(trained, cell, hidden), 1e-12)


def test_fitted_twice_from_rows_stored_otherwise_everything_is_the_same(trained, tmp_path):
    lake = copied(trained, tmp_path)
    stored = lake.read(TASK.examples).where("city = 'los_angeles'").orderBy(F.rand(1)).repartition(7).localCheckpoint()
    lake.replace(TASK.examples, stored, where={"city": "los_angeles"})
    assert fitted_cells(run_train(lake, tiny_settings(), cities=["los_angeles"])) == []
    output = run_train(lake, tiny_settings(training__refit=True), cities=["los_angeles"])
    assert fitted_cells(output) == sorted(str(cell) for cell in CELLS_OF_ALL if cell.city == "los_angeles")
    equal(lake.read(PREDICTIONS), trained.read(PREDICTIONS), 1e-9)
    stored = [item.read(PREDICTIONS).where("city = 'los_angeles'") for item in (lake, trained)]
    judged = [judge(rows, rows.select(*GROUP).distinct(), 4, 20, seed=1) for rows in stored]
    kept = (*GROUP, "metric", "class", "value", "low", "high")
    equal(*(frame.where("metric IS NOT NULL").select(*kept) for frame in judged), 1e-9)
    assert unchanging(lake.read(CELLS)) == unchanging(trained.read(CELLS))


def priors(lake: Lake) -> dict[tuple[int, int], float]:
    """By first and last training year, the one probability that class_prior gives to all its test rows."""
    rows = lake.read(PREDICTIONS).select("train_from", "train_to", "probability").distinct().collect()
    return {(row["train_from"], row["train_to"]): pytest.approx(row["probability"]) for row in rows}


def test_expanding_fits_all_chosen_years_so_far_and_no_other(lake):
    write_plain_examples(lake, {2015: [1, 1], 2016: [0, 0, 0], 2017: [1, 0], 2018: [1]})
    expanding = tiny_settings(protocol="expanding")
    run_train(lake, expanding, ["chicago"], [PRIOR])
    assert priors(lake) == {(2015, 2015): 1, (2015, 2016): 2 / 5, (2015, 2017): 3 / 7}
    without_2016 = run_train(lake, expanding, ["chicago"], [PRIOR], years=[2015, 2017, 2018])
    assert fitted_cells(without_2016) == ["chicago tiny 2015-2017 to 2018: class_prior"]
    assert priors(lake) == {(2015, 2015): 1, (2015, 2016): 2 / 5, (2015, 2017): 3 / 4}
    rows = lake.read(CELLS).where("train_to = 2017").select("train_rows", "base_rate").collect()
    assert [tuple(row) for row in rows] == [(4, 3 / 4)]


def test_a_value_that_moves_to_another_column_is_a_change(lake):
    for columns in ({"area": "1", "premise": None}, {"area": None, "premise": "1"}):
        write_plain_examples(lake, {2015: [1, 0], 2016: [1]}, **columns)
        output = run_train(lake, tiny_settings(), ["chicago"], [PRIOR])
        assert fitted_cells(output) == ["chicago tiny 2015 to 2016: class_prior"]


def test_one_class_alone_in_training_is_no_crash(lake):
    write_plain_examples(lake, {2015: [0] * 30, 2016: [1] * 30, 2017: [1, 0]})
    run_train(lake, tiny_settings(), ["chicago"], [LR, TREES])
    rows = lake.read(PREDICTIONS).select("learner", "train_to", "probability").distinct().collect()
    expected = {("logistic_regression", 2015): 0, ("logistic_regression", 2016): 1, ("gbt", 2015): 0, ("gbt", 2016): 1}
    assert {tuple(row)[:2]: row["probability"] for row in rows} == pytest.approx(expected, abs=0.2)


def failing_at(step: str) -> Learner:
    """A learner like class_prior that fails when it is built, or when its model scores."""

    def build(shape: Shape, settings: Mapping[str, Any], seed: int) -> Estimator[Any]:
        if step == "fit":
            raise RuntimeError("no luck today")
        return Dividing()

    return replace(PRIOR, name=f"fails_at_{step}", build=build, in_task=None)


class Dividing(Estimator[PipelineModel]):
    """Its model divides by zero in every row it scores."""

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        probability = "CAST(1 / (length(area) - length(area)) AS DOUBLE) AS _share"
        statement = SQLTransformer(statement=f"SELECT *, {probability} FROM __THIS__")
        return PipelineModel([statement, VectorAssembler(inputCols=["_share", "_share"], outputCol="probability")])


@pytest.mark.parametrize(("step", "reason"), [("fit", "no luck today"), ("score", "DIVIDE_BY_ZERO")])
def test_a_cell_that_fails_is_named_and_takes_no_other_with_it(lake, step, reason):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1], 2017: [0, 1]})
    failing, output = failing_at(step), io.StringIO()
    failures = train(lake, cities_named(["chicago"]), [TASK], [failing, PRIOR], tiny_settings(), Progress(output))
    cells = [f"chicago tiny {year} to {year + 1}: {failing.name}: " for year in (2015, 2016)]
    assert sorted(failure[: len(cell)] for failure, cell in zip(failures, cells, strict=True)) == cells
    assert all(reason in failure for failure in failures)
    assert all(f"train: failed: {cell}" in output.getvalue() for cell in cells)
    for table in (CELLS, PREDICTIONS):
        stored = lake.read(table).select("learner", "test_year").distinct().collect()
        assert sorted(map(tuple, stored)) == [("class_prior", 2016), ("class_prior", 2017)]


def test_where_every_cell_fails_there_is_a_clear_error(lake):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1]})
    with pytest.raises(CrimeSparkError, match=r"all cells failed: chicago tiny 2015 to 2016: .*no luck today"):
        run_train(lake, tiny_settings(), ["chicago"], [failing_at("fit")])


def killed_by_one_row(shape: Shape, settings: Mapping[str, Any], seed: int) -> Callable[..., Any]:
    """Fits like class_prior, but for a single training row the worker process ends at once."""

    def fit(rows: TaskRows, threads: int) -> ColumnsModel:
        if rows.stand_for == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return PRIOR.in_task(shape, settings, seed)(rows, threads)

    return fit


def test_a_worker_that_is_killed_ends_its_own_block_alone(lake):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1], 2017: [0, 1]})
    killed, output = replace(PRIOR, name="killed", in_task=killed_by_one_row), io.StringIO()
    failures = train(lake, cities_named(["chicago"]), [TASK], [killed], tiny_settings(), Progress(output))
    assert [failure.split(": ")[0] for failure in failures] == ["chicago tiny 2016 to 2017"]
    assert "fitting the blocks again in two parts" in output.getvalue()
    assert [row["test_year"] for row in lake.read(CELLS).collect()] == [2016]


def test_what_is_fitted_in_one_task_is_fitted_again_where_the_limit_forbids_it(lake):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1]})
    run_train(lake, tiny_settings(), ["chicago"], [PRIOR, LR])
    output = run_train(lake, tiny_settings(training__rows_in_one_task=0), ["chicago"], [PRIOR, LR])
    assert fitted_cells(output) == ["chicago tiny 2015 to 2016: class_prior"]


def test_wrong_settings_of_a_learner_are_no_failed_cell(lake):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1]})
    settings = tiny_settings(learner_settings__mlp__hiddenUnits=0)
    mlp = next(learner for learner in LEARNERS if learner.name == "mlp")
    with pytest.raises(UsageError, match=r"learner_settings\.mlp\.hiddenUnits is 0"):
        run_train(lake, settings, ["chicago"], [PRIOR, mlp])
    assert not lake.exists(CELLS)


def test_a_city_without_two_consecutive_years_is_named(trained):
    output = run_train(trained, tiny_settings(), years=[2016, 2017])
    assert (
        "train: nothing to fit for los_angeles tiny: no two consecutive years have rows (years with rows: 2016)"
        in output
    )


def test_where_nothing_can_be_fitted_there_is_a_clear_error(trained):
    with pytest.raises(UsageError, match="no city has examples of two consecutive years"):
        run_train(trained, tiny_settings(), years=[2015, 2017])


def test_without_examples_there_is_a_clear_error(lake):
    with pytest.raises(LakeError, match="gold/examples_tiny; run the stage that writes it first"):
        run_train(lake, tiny_settings())
