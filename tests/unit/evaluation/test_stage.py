"""The evaluate stage on the tiny trained lake."""

from __future__ import annotations

import io
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from chispa import assert_approx_df_equality
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sklearn.metrics import roc_auc_score

from crime_spark.errors import LakeError, UsageError
from crime_spark.evaluation.ranking import levels
from crime_spark.evaluation.stage import evaluate_stage
from crime_spark.evaluation.validation import best_threshold
from crime_spark.fitting.cells import Cell
from crime_spark.lake import Lake
from crime_spark.learners import Learner
from crime_spark.progress import Progress
from crime_spark.schemas import CELL_KEY, CELLS, COMPARISONS, CONFUSION, CURVES, METRICS, PREDICTIONS
from tests.unit.training.tiny import ALL, LR, PRIOR, RATE, TASK, TREES, YEARS, cities_named, copied, tiny_settings

EACH_METRIC = {
    *("auc", "pr_auc", "log_loss", "brier", "ece", "accuracy", "precision", "recall", "f1", "threshold"),
    *("tp", "fp", "tn", "fn", "validation_rows"),
    *(f"{name}_at_half" for name in ("accuracy", "precision", "recall", "f1")),
    *(f"{name}_calibrated" for name in ("log_loss", "brier", "ece")),
    *(f"{how}_{name}" for how in ("macro", "weighted") for name in ("precision", "recall", "f1")),
}
OF_CLASSES = {(f"class_{name}", label) for name in ("precision", "recall", "f1", "support") for label in "01"}
CURVE_NAMES = {"roc", "pr", "gain", "lift", "reliability", "reliability_calibrated"}
CELLS_OF_ALL = [
    Cell(city, TASK, learner, "per_year", "fair", 0, year, year)
    for city, year in (("chicago", 2015), ("chicago", 2016), ("los_angeles", 2015))
    for learner in ALL
]
# Scored once more with a frozen past, on the year after training and on a later one; baselines are not.
FROZEN = [cell for cell in CELLS_OF_ALL if cell.learner in (LR, TREES)]
LATER = [cell for cell in FROZEN if cell.train_to == 2015 and cell.city == "chicago"]


def run(
    lake: Lake,
    learners: Sequence[Learner] = ALL,
    cities: Sequence[str] = tuple(YEARS),
    matrix: str = "default",
    requested: str = "default",
) -> str:
    """What the stage said."""
    output = io.StringIO()
    evaluate_stage(
        lake, cities_named(cities), [TASK], learners, tiny_settings(matrix=matrix, learners=requested), Progress(output)
    )
    return output.getvalue()


def keys(frame: DataFrame) -> list[tuple[object, ...]]:
    collected = frame.where("class IS NULL").collect()
    return sorted((*row[:8], row["test_year"], row["history"], row["metric"]) for row in collected)


def rows(
    cells: Sequence[Cell], metrics: set[str], years_after: int = 1, history: str = "rolling"
) -> list[tuple[object, ...]]:
    return [(*cell.keys.values(), cell.train_to + years_after, history, metric) for cell in cells for metric in metrics]


def frozen(cells: Sequence[Cell]) -> list[tuple[object, ...]]:
    """All of them in the year after training, and the ones that there is another year for in that one."""
    later = [cell for cell in cells if cell.train_to == 2015 and cell.city == "chicago"]
    return [*rows(cells, {"auc"}, 1, "frozen"), *rows(later, {"auc"}, 2, "frozen")]


def test_every_metric_of_every_cell_and_auc_of_models_with_a_frozen_past(evaluated):
    assert keys(evaluated.read(METRICS)) == sorted([*rows(CELLS_OF_ALL, EACH_METRIC), *frozen(FROZEN)])


def test_every_metric_of_every_class(evaluated):
    collected = evaluated.read(METRICS).where("class IS NOT NULL").collect()
    keys = {(*row[:8], row["test_year"], row["metric"], row["class"]) for row in collected}
    assert len(collected) == len(keys)
    assert keys == {
        (*cell.keys.values(), cell.train_to + 1, *of_class) for cell in CELLS_OF_ALL for of_class in OF_CLASSES
    }


def test_threshold_and_calibration_are_chosen_on_the_year_before_where_a_cell_predicted_it(evaluated):
    """Of the three spans only one has an earlier cell; what it is chosen on is what that one predicted of its end."""
    collected = evaluated.read(METRICS).where("metric IN ('validation_rows', 'threshold', 'ece_calibrated')").collect()
    values = {(row["city"], row["train_to"], row["learner"], row["metric"]): row["value"] for row in collected}
    for cell in CELLS_OF_ALL:
        custom = (cell.city, cell.train_to, cell.learner.name)
        rows, threshold, ece = (values[(*custom, name)] for name in ("validation_rows", "threshold", "ece_calibrated"))
        if (cell.city, cell.train_to) == ("chicago", 2016):
            before = evaluated.read(PREDICTIONS).where(
                f"city = 'chicago' AND train_to = 2015 AND learner = '{cell.learner.name}' AND month(occurred_at) > 9"
            )
            pairs = [(row["label"], row["probability"]) for row in before.collect()]
            label, score = map(np.array, zip(*pairs, strict=True))
            assert rows == len(pairs) > 0
            assert threshold == best_threshold(label, levels(score))
            assert 0 <= ece <= 1
        else:
            assert (rows, threshold, ece) == (0, 0.5, None)


def test_curves_are_stored_point_by_point(evaluated):
    points = evaluated.read(CURVES)
    assert {row["curve"] for row in points.select("curve").distinct().collect()} == CURVE_NAMES
    assert points.groupBy(*CURVES.key).count().where("count > 1").isEmpty()
    first = points.where("point = 0 AND curve = 'roc'").select("x", "y").distinct().collect()
    assert [tuple(row) for row in first] == [(0, 0)]
    roc = points.where("curve = 'roc'").groupBy(*CELL_KEY, "test_year").agg(F.max("x"), F.max("y"), F.count("x"))
    assert {tuple(row[-3:-1]) for row in roc.collect()} == {(1, 1)}
    assert roc.count() == len(CELLS_OF_ALL)
    assert points.where("curve = 'reliability_calibrated'").select("train_to", "city").distinct().collect() == [
        (2016, "chicago")
    ]


def test_what_was_called_what_is_counted(evaluated):
    counted = {}
    for row in evaluated.read(CONFUSION).collect():
        counted[(*row[:8], row["actual"], row["predicted"])] = row["rows"]
    metrics = evaluated.read(METRICS).where("metric IN ('tp', 'fp', 'tn', 'fn')").collect()
    places = {"tp": ("1", "1"), "fp": ("0", "1"), "tn": ("0", "0"), "fn": ("1", "0")}
    assert counted == {(*row[:8], *places[row["metric"]]): row["value"] for row in metrics}


def test_a_table_of_an_earlier_version_is_written_anew(evaluated, tmp_path):
    lake = copied(evaluated, tmp_path)
    shutil.rmtree(lake.path(METRICS.name))
    old = evaluated.read(METRICS).where("class IS NULL").drop("class")
    old.write.format("delta").partitionBy("city").save(lake.path(METRICS.name))
    assert lake.outdated(METRICS)
    output = run(lake, [PRIOR])
    assert {row["learner"] for row in lake.read(METRICS).select("learner").distinct().collect()} == {"class_prior"}
    assert "gold/metrics were written by an earlier version and are overwritten; the rows of 9 other cells" in output
    assert not lake.outdated(METRICS)


def test_values_are_those_of_the_stored_predictions(spark, evaluated):
    stored = defaultdict(list)
    for row in evaluated.read(PREDICTIONS).collect():
        stored[(*row[:8], row["test_year"])].append((row["label"], row["probability"]))
    expected = [(*key, "auc", float(roc_auc_score(*zip(*pairs, strict=True)))) for key, pairs in stored.items()]
    result = (
        evaluated.read(METRICS)
        .where("metric = 'auc' AND history = 'rolling'")
        .select(*CELL_KEY, "test_year", "metric", "value")
    )
    frame = spark.createDataFrame(expected, result.schema)
    assert len(expected) == len(CELLS_OF_ALL)
    assert_approx_df_equality(result, frame, 1e-9, ignore_row_order=True, ignore_nullable=True)


@pytest.mark.parametrize("cell", LATER, ids=lambda cell: cell.learner.name)
def test_later_years_are_scored_by_the_saved_model(evaluated, cell):
    model = PipelineModel.load(evaluated.path(cell.model))
    scored = model.transform(evaluated.read(TASK.examples).where("city = 'chicago' AND year = 2017"))
    pairs = scored.select("label", vector_to_array(F.col("probability"))[1].alias("p")).toPandas()
    stored = evaluated.read(METRICS).where(f"learner = '{cell.learner.name}' AND test_year = train_to + 2").first()
    assert stored["value"] == pytest.approx(roc_auc_score(pairs["label"], pairs["p"]), abs=1e-9)
    assert stored["low"] < stored["value"] < stored["high"]


def test_without_a_past_to_look_at_it_does_not_matter_that_it_is_frozen(evaluated):
    values = defaultdict(dict)
    for row in evaluated.read(METRICS).where("metric = 'auc' AND test_year = train_to + 1").collect():
        values[row["history"]][row[:8]] = row["value"]
    assert len(values["frozen"]) == len(FROZEN)
    assert values["frozen"] == pytest.approx({key: values["rolling"][key] for key in values["frozen"]}, abs=1e-9)


def test_the_signal_is_found_and_the_prior_ranks_nothing(evaluated):
    collected = evaluated.read(METRICS).where("metric = 'auc' AND history = 'rolling'").collect()
    values = {learner.name: [row["value"] for row in collected if row["learner"] == learner.name] for learner in ALL}
    assert values["class_prior"] == [0.5] * 3
    assert all(value > 0.6 for name in ("logistic_regression", "gbt", "area_premise_rate") for value in values[name])


def test_a_second_run_doubles_nothing_and_none_takes_later_years_away(evaluated, tmp_path):
    lake = copied(evaluated, tmp_path)
    run(lake, [LR], ["los_angeles"])
    first = sorted(map(tuple, evaluated.read(METRICS).fillna(-1).collect()))
    assert sorted(map(tuple, lake.read(METRICS).fillna(-1).collect())) == first
    run(lake, [LR], ["los_angeles"], matrix="none")
    gone = frozen([cell for cell in FROZEN if cell.learner == LR and cell.city == "los_angeles"])
    assert keys(lake.read(METRICS)) == [key for key in keys(evaluated.read(METRICS)) if key not in gone]


def test_on_request_every_learner_is_scored_on_later_years(evaluated, tmp_path):
    lake = copied(evaluated, tmp_path)
    output = run(lake, [PRIOR, RATE], ["chicago"], matrix="all")
    assert "evaluate: 4 cells of tiny, " in output
    # 300 rows a year: after 2015 there are two later years, after 2016 one.
    assert "evaluate: matrix of tiny, pass 1 of 1: 4 models, 900 rows: done" in output
    expected = frozen([cell for cell in CELLS_OF_ALL if cell.learner in (PRIOR, RATE) and cell.city == "chicago"])
    result = keys(lake.read(METRICS).where("history = 'frozen' AND learner IN ('class_prior', 'area_premise_rate')"))
    assert result == sorted(expected)
    assert len(result) == 6


def test_metrics_of_cells_not_chosen_stay(evaluated, tmp_path):
    lake = copied(evaluated, tmp_path)
    chosen = "city = 'los_angeles' AND learner = 'area_premise_rate'"
    lake.replace(METRICS, lake.read(METRICS).withColumn("value", F.lit(-9.0)))
    run(lake, [RATE], ["los_angeles"])
    assert keys(lake.read(METRICS)) == keys(evaluated.read(METRICS))
    assert lake.read(METRICS).where(f"(NOT value <=> -9) = ({chosen})").count() == lake.read(METRICS).count()


def test_what_its_years_see_stands_beside_each_metric(evaluated):
    """The tiny lake's data begins with the first training year and ends with 2016 or 2017."""
    result = evaluated.read(METRICS).select("city", "train_from", "test_year", "history", "events").distinct()
    past = ["no_past_in_first_year"]
    assert sorted(map(tuple, result.collect())) == [
        ("chicago", 2015, 2016, "frozen", past),
        ("chicago", 2015, 2016, "rolling", past),
        ("chicago", 2015, 2017, "frozen", past),
        ("chicago", 2016, 2017, "frozen", []),
        ("chicago", 2016, 2017, "rolling", []),
        ("los_angeles", 2015, 2016, "frozen", past),
        ("los_angeles", 2015, 2016, "rolling", past),
    ]


def test_learners_are_compared_on_the_same_days(evaluated):
    metrics = evaluated.read(METRICS).where("metric = 'auc' AND history = 'rolling'").collect()
    values = {(row["city"], row["train_to"], row["learner"]): row["value"] for row in metrics}
    compared = evaluated.read(COMPARISONS).where("metric = 'auc'").collect()
    assert len(compared) == 3 * 2 * 3  # in each of three spans two models, against the three others
    for row in compared:
        first, other = (values[row["city"], row["train_to"], row[name]] for name in ("learner", "other"))
        assert row["difference"] == pytest.approx(first - other)
        assert row["low"] <= row["difference"] <= row["high"]


def test_one_learner_evaluated_again_is_compared_with_all_as_before(evaluated, tmp_path):
    """It is no longer a default: models of other learners than the default ones are not scored on later years."""
    lake = copied(evaluated, tmp_path)
    lake.replace(COMPARISONS, lake.read(COMPARISONS).withColumn("difference", F.lit(-9.0)))
    run(lake, [replace(TREES, default=False)])
    before, after = (first.read(COMPARISONS) for first in (evaluated, lake))
    assert_approx_df_equality(after, before, 1e-9, ignore_row_order=True)
    gone = frozen([cell for cell in FROZEN if cell.learner == TREES])
    assert keys(lake.read(METRICS)) == [key for key in keys(evaluated.read(METRICS)) if key not in gone]


def test_a_learner_evaluated_alone_is_compared_with_what_others_have_predicted(trained, tmp_path):
    lake = copied(trained, tmp_path)
    output = run(lake, [TREES, replace(PRIOR, name="other")], ["los_angeles"], matrix="none", requested="gbt,other")
    assert "evaluate: no model was fitted for learner other; there are models of city los_angeles" in output
    pairs = [(row["learner"], row["other"]) for row in lake.read(COMPARISONS).where("metric = 'auc'").collect()]
    names = {learner.name for learner in ALL}
    assert sorted(pairs) == sorted((learner.name, other) for learner in (LR, TREES) for other in names - {learner.name})
    for table in (METRICS, CURVES, CONFUSION):
        assert [row["learner"] for row in lake.read(table).select("learner").distinct().collect()] == ["gbt"]


@pytest.mark.parametrize("chosen", [{"cities": ["gotham"]}, {"learners": [replace(PRIOR, name="other")]}])
def test_without_models_of_that_kind_there_is_a_clear_error(evaluated, chosen):
    with pytest.raises(
        UsageError, match=r"^no model was fitted for \w+ \w+; there are models of city chicago and los_ang"
    ):
        run(evaluated, **chosen)


def test_without_any_model_there_is_a_clear_error(lake):
    with pytest.raises(LakeError, match=f"{CELLS.name}; run the stage that writes it first"):
        run(lake)
