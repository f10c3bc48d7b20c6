"""The network is scikit-learn's on the same windows, and sees nothing of the predicted day or any later one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.neural_network import MLPRegressor

from crime_spark.errors import UsageError
from crime_spark.features.past import Past, with_pasts
from crime_spark.features.recent_periods import SERIES, SERIES_PERIODS
from crime_spark.fitting.cells import unfit
from crime_spark.kinds import Regression
from crime_spark.learners.learner import Shape
from crime_spark.learners.sequence import SEQUENCE
from crime_spark.tasks import TASKS
from tests.unit.learners.trying import fitted, predicted_values

FIRST = datetime(2016, 1, 1)
DAYS = 120
QUICK = {"layers": "4", "max_iter": 30, "learning_rate": 0.01}


def days(spark: SparkSession, planted: datetime | None = None) -> DataFrame:
    """Two areas, a row a day; from the planted day on all labels are others."""
    rng = random.Random(3)
    rows = []
    for index in range(DAYS):
        day = FIRST + timedelta(days=index)
        for area, usual in (("01", 5), ("02", 50)):
            label = float(rng.randrange(usual, 2 * usual))
            rows.append((area, area, day, label * 7 + 100 if planted and day >= planted else label, 1.0))
    schema = "unit STRING, area STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE, weight DOUBLE"
    return spark.createDataFrame(rows, schema).coalesce(1)


def examples(spark: SparkSession, past: Past, planted: datetime | None = None) -> DataFrame:
    return with_pasts(days(spark, planted), [past], series=True).orderBy("occurred_at", "unit").coalesce(1)


@pytest.mark.parametrize("past", [Past(24), Past(24, delay=7), Past(24, delay=2, ahead=7)], ids=str)
def test_what_happens_on_the_day_itself_or_later_changes_no_prediction_of_it(spark, past):
    expected = examples(spark, past)
    model = fitted(
        SEQUENCE, expected.where(f"occurred_at < DATE'{FIRST + timedelta(days=60):%Y-%m-%d}'"), Regression, **QUICK
    )
    day = FIRST + timedelta(days=80)
    before, after = f"occurred_at <= DATE'{day:%Y-%m-%d}'", f"occurred_at > DATE'{day + timedelta(days=20):%Y-%m-%d}'"
    changed = examples(spark, past, planted=day)
    assert predicted_values(model, changed.where(before), Regression) == predicted_values(
        model, expected.where(before), Regression
    )
    assert predicted_values(model, changed.where(after), Regression) != predicted_values(
        model, expected.where(after), Regression
    )


def test_it_is_the_peer_on_the_same_windows(spark):
    wanted = examples(spark, Past(24)).persist()
    rows = wanted.select(*SERIES, "area", "label").collect()
    numbers = np.log1p([[*row["last_30"], *row["all_last_30"]] for row in rows])
    deviation = numbers.std(axis=0)
    windows = (numbers - numbers.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    inputs = np.column_stack([windows, [[row["area"] == "01", row["area"] == "02"] for row in rows]]).astype(float)
    label = np.array([row["label"] for row in rows])
    peer = MLPRegressor(
        hidden_layer_sizes=(4,), alpha=0.01, learning_rate_init=0.01, max_iter=30, early_stopping=True, random_state=1
    )
    peer.fit(inputs, (label - label.mean()) / label.std(), sample_weight=np.ones(len(label)))
    expected = peer.predict(inputs) * label.std() + label.mean()
    result = predicted_values(fitted(SEQUENCE, wanted.drop("unit"), Regression, **QUICK), wanted, Regression)
    assert result == pytest.approx(expected.tolist(), rel=1e-6)


def test_the_same_seed_gives_the_same_network_and_unknown_areas_and_days_are_scored(spark):
    expected = examples(spark, Past(24)).drop("unit").persist()
    first, second = (fitted(SEQUENCE, expected, Regression, **QUICK) for _ in range(2))
    strange = spark.createDataFrame(
        [("99", None, [1e12] * SERIES_PERIODS), (None, [None] * SERIES_PERIODS, [1.0])],
        "area STRING, last_30 ARRAY<DOUBLE>, all_last_30 ARRAY<DOUBLE>",
    ).coalesce(1)
    for rows in (expected, strange):
        assert predicted_values(first, rows, Regression) == predicted_values(second, rows, Regression)
    labels = [row["label"] for row in expected.select("label").collect()]
    spread = (max(labels) - min(labels)) / 2
    assert all(
        min(labels) - spread <= item <= max(labels) + spread for item in predicted_values(first, strange, Regression)
    )


def test_without_any_category_it_has_the_windows_alone(spark):
    expected = examples(spark, Past(24)).drop("unit", "area")
    assert len(predicted_values(fitted(SEQUENCE, expected, Regression, **QUICK), expected, Regression)) == 2 * DAYS


def test_it_fits_days_of_areas_and_nothing_else():
    able = {task.name for task in TASKS if unfit(task, SEQUENCE) is None}
    assert able == {"area_severity_1d", "area_severity_7d"}
    refused = next(task for task in TASKS if task.name == "hourly_volume")
    assert unfit(refused, SEQUENCE) == (
        "learner sequence cannot fit task hourly_volume, which has no last_30, all_last_30"
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers", "64,", "'64,'; write for example '64' or '64,32'"),
        ("layers", "0", "'0'; write for example '64' or '64,32'"),
        ("layers", "-3", "'-3'; write for example '64' or '64,32'"),
        ("alpha", 0.0, "0.0; it must be greater than 0"),
        ("max_iter", 0, "0; it must be greater than 0"),
        ("learning_rate", -1.0, "-1.0; it must be greater than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, value, message):
    with pytest.raises(UsageError, match=rf"learner_settings\.sequence\.{name} is {message}"):
        SEQUENCE.build(Shape(Regression, 3, 10), {**SEQUENCE.settings, name: value}, 1)
