"""The last periods seen, one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.features.past import Past, with_pasts
from crime_spark.features.recent_periods import SERIES, SERIES_PERIODS

FIRST = datetime(2016, 1, 1)


def with_series(panel: DataFrame, past: Past) -> DataFrame:
    return with_pasts(panel, [past], series=True).select(*panel.columns, *SERIES)


def test_a_series_is_the_days_seen_the_earliest_first(spark):
    """A day that is no row counts as nothing; of all units, their sum."""
    rows = [("a", FIRST + timedelta(days=index), float(index + 1)) for index in range(40) if index != 35]
    rows += [("b", FIRST + timedelta(days=index), 100.0) for index in range(30, 40)]
    frame = spark.createDataFrame(rows, "unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE")
    result = with_series(frame, Past(24, delay=2)).where("unit = 'a'").orderBy(F.desc("occurred_at")).first()
    custom = [0.0 if index == 35 else float(index + 1) for index in range(7, 37)]
    both = [0.0 if index == 35 else n + 100.0 * (index >= 30) for index, n in zip(range(7, 37), custom, strict=True)]
    assert (result["last_30"], result["all_last_30"]) == (custom, both)
    first = with_series(frame, Past(24)).where("unit = 'a'").orderBy("occurred_at").first()
    assert (first["last_30"], first["all_last_30"]) == ([0.0] * 30, [0.0] * 30)


@pytest.mark.parametrize("past", [Past(24), Past(24, delay=3), Past(8, ahead=2)], ids=str)
def test_it_is_the_labels_of_the_periods_up_to_the_last_one_seen(spark, past):
    """Every label is the number of its period, so that a series says which periods it is of."""
    starts = [FIRST + timedelta(hours=past.hours * index) for index in range(50)]
    rows = [(unit, start, float(index + 1)) for unit in "ab" for index, start in enumerate(starts)]
    frame = spark.createDataFrame(rows, "unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE")
    seen = {label: [max(label - past.back - n, 0.0) for n in reversed(range(SERIES_PERIODS))] for _, _, label in rows}
    wanted = [(*row, seen[row[2]], [2 * item for item in seen[row[2]]]) for row in rows]
    schema = f"unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE, {', '.join(f'{n} ARRAY<DOUBLE>' for n in SERIES)}"
    expected = spark.createDataFrame(wanted, schema)
    assert_df_equality(with_series(frame, past), expected, ignore_row_order=True, ignore_nullable=True)


def test_several_pasts_are_as_each_alone(spark):
    rows = [
        (unit, FIRST + timedelta(days=index), float(index % 7)) for unit in "ab" for index in range(50) if index != 20
    ]
    frame = spark.createDataFrame(rows, "unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE")
    pasts = [Past(24), Past(24, delay=3, ahead=2)]
    first, second = (with_pasts(frame, [past], series=True) for past in pasts)
    together = with_pasts(frame, pasts, series=True)
    assert_df_equality(together, first.union(second), ignore_row_order=True, ignore_nullable=True)
