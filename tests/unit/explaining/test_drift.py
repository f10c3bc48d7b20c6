"""The population stability index by hand, rows of tiny examples by year, and the decay of metrics."""

from __future__ import annotations

from math import log
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from crime_spark.explaining.drift import LEAST_SHARE, decay, drift_of_rows, psi, same_share
from crime_spark.features.feature import Feature
from crime_spark.schemas import CELL_KEY

KIND = Feature("premise", "category", "premise", ("premise",), "kind of place")
NUMBER = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
SERIES = Feature.of_the_past("last_30", "the last days one by one", "series")
CODES = Feature("mo_codes", "codes", "mo_codes", ("mo_codes",), "codes")


def test_the_same_shares_have_no_drift() -> None:
    assert psi({"a": 1, "b": 3}, {"a": 10, "b": 30}) == pytest.approx(0, abs=1e-15)


def test_by_hand() -> None:
    assert psi({"a": 50, "b": 50}, {"a": 30, "b": 70}) == pytest.approx(-0.2 * log(0.6) + 0.2 * log(1.4))


def test_an_empty_bin_does_not_make_it_infinite() -> None:
    expected = (LEAST_SHARE - 0.5) * log(LEAST_SHARE / 0.5) + 0.5 * log(1 / 0.5)
    assert psi({"a": 5, None: 5}, {None: 10}) == pytest.approx(expected)


def test_what_training_has_not_seen_is_one_bin() -> None:
    first = psi({"a": 10}, {"a": 5, "new": 5})
    assert first == pytest.approx(psi({"a": 10}, {"a": 5, "new": 3, "newer": 2}))
    assert first == pytest.approx(-0.5 * log(0.5) + (0.5 - LEAST_SHARE) * log(0.5 / LEAST_SHARE), rel=1e-3)


@pytest.mark.parametrize(("expected", "actual"), [({}, {"a": 1}), ({"a": 1}, {})])
def test_no_rows_have_no_drift(expected: dict[str, float], actual: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must have rows"):
        psi(expected, actual)


def test_features_and_label_by_year(spark) -> None:
    """The number moves up by one decile a year, the category is another one in half of 2017; lists do not matter."""
    rows = [
        (
            year,
            float(index % 2),
            ("new" if index % 2 else "old") if year == 2017 else "old",
            index + 100.0 * (year - 2015),
            None,
            [1.0],
        )
        for year in (2014, 2015, 2016, 2017)
        for index in range(1000)
    ]
    frame = spark.createDataFrame(
        rows, "year INT, label DOUBLE, premise STRING, latitude DOUBLE, mo_codes ARRAY<STRING>, last_30 ARRAY<DOUBLE>"
    )
    result = drift_of_rows(frame, [KIND, NUMBER, CODES, SERIES], range(2015, 2016), is_number=False, odds={})
    values = {(row["subject"], row["name"], row["year"]): row["value"] for row in result}
    assert {row["rows"] for row in result} == {1000}
    half = -0.5 * log(0.5) + (0.5 - LEAST_SHARE) * log(0.5 / LEAST_SHARE)
    tenth = (LEAST_SHARE - 0.1) * log(LEAST_SHARE / 0.1)
    assert values == pytest.approx(
        {
            **{("label", "label", year): 0.0 for year in (2015, 2016, 2017)},
            **{("feature", "premise", 2015): 0.0, ("feature", "premise", 2016): 0.0},
            ("feature", "premise", 2017): half,
            ("feature", "latitude", 2015): 0.0,
            ("feature", "latitude", 2016): tenth + 0.1 * log(2),
            ("feature", "latitude", 2017): 2 * tenth + 0.2 * log(3),
        },
        rel=0.02,
        abs=1e-3,
    )


def few_have_a_past(prior: float, without: int = 50) -> list[tuple[float, float]]:
    """(log-odds, count) of 100 rows: without a past the former are the city's, else spread evenly around them."""
    others = 100 - without
    return [(prior, 0.0)] * without + [(prior - 0.25 + 0.5 * index / others, 2.0 + index) for index in range(others)]


@pytest.mark.parametrize(("without", "moved"), [(50, 0.0), (20, 0.3 * log(8 / 5) + 0.3 * log(5 / 2))])
def test_rows_without_a_past_are_a_bin_of_their_own(spark, without: int, moved: float) -> None:
    """The city's log-odds rise by a hair, and half of the rows with them; what counts is how many have no past."""
    years = {2015: few_have_a_past(-0.4), 2016: few_have_a_past(-0.399, without)}
    rows = [(year, 1.0, *row) for year, stored in years.items() for row in stored]
    frame = spark.createDataFrame(rows, "year INT, label DOUBLE, block_odds DOUBLE, block_count DOUBLE")
    features = [Feature.of_the_past(name, "the past of the block") for name in ("block_odds", "block_count")]
    result = {}
    for odds in ({}, {"block_odds": "block_count"}):
        reported = drift_of_rows(frame, features, range(2015, 2016), False, odds)
        [result[len(odds)]] = [row["value"] for row in reported if (row["name"], row["year"]) == ("block_odds", 2016)]
    assert result[0] > 1
    assert result[1] == pytest.approx(moved, abs=0.03)


def test_rows_with_many_incidents_still_tell_of_a_shift(spark) -> None:
    """Half of them rise above all of training: five of ten bins are empty, the highest has six times as many."""
    years = {2015: (-0.4, 0.0), 2016: (-0.4, 0.25)}
    rows = [
        (year, 1.0, odds + (moved if count else 0.0), count)
        for year, (prior, moved) in years.items()
        for odds, count in few_have_a_past(prior)
    ]
    frame = spark.createDataFrame(rows, "year INT, label DOUBLE, block_odds DOUBLE, block_count DOUBLE")
    features = [Feature.of_the_past(name, "the past of the block") for name in ("block_odds", "block_count")]
    reported = drift_of_rows(frame, features, range(2015, 2016), False, {"block_odds": "block_count"})
    [result] = [row["value"] for row in reported if (row["name"], row["year"]) == ("block_odds", 2016)]
    assert result == pytest.approx(5 * (LEAST_SHARE - 0.05) * log(LEAST_SHARE / 0.05) + 0.25 * log(6), rel=0.1)


def test_a_label_that_is_a_number_falls_into_bins(spark) -> None:
    rows = [(year, float(index + 1000 * (year - 2015)), "old") for year in (2015, 2016) for index in range(100)]
    frame = spark.createDataFrame(rows, "year INT, label DOUBLE, premise STRING")
    result = drift_of_rows(frame, [KIND], range(2015, 2016), is_number=True, odds={})
    moved = {row["year"]: row["value"] for row in result if row["subject"] == "label"}
    # All of 2016 lies in the highest of ten bins.
    assert moved[2015] == pytest.approx(0, abs=1e-12)
    assert moved[2016] == pytest.approx(9 * (LEAST_SHARE - 0.1) * log(LEAST_SHARE / 0.1) + 0.9 * log(10), rel=0.02)


def test_a_feature_without_values_has_no_drift(spark) -> None:
    rows = [(year, 1.0, None) for year in (2015, 2016) for _ in range(5)]
    result = drift_of_rows(
        spark.createDataFrame(rows, "year INT, label DOUBLE, latitude DOUBLE"), [NUMBER], range(2015, 2016), False, {}
    )
    assert {(row["name"], row["year"]): row["value"] for row in result if row["name"] == "latitude"} == {
        ("latitude", 2015): 0.0,
        ("latitude", 2016): 0.0,
    }


def test_years_without_training_rows_are_compared_with_nothing(spark) -> None:
    frame = spark.createDataFrame([(2016, 1.0, "old")], "year INT, label DOUBLE, premise STRING")
    assert drift_of_rows(frame, [KIND], range(2015, 2016), is_number=False, odds={}) == []


def unequal_years(spark: SparkSession) -> DataFrame:
    """Training years of 4,000 and 1,000 rows, each with a premise of its own, and a year with both in that measure."""
    sizes = {(2015, "old"): 4000, (2016, "new"): 1000, (2017, "old"): 2400, (2017, "new"): 600}
    rows = [(y, f"{y} {kind} {index}", 1.0, kind) for (y, kind), size in sizes.items() for index in range(size)]
    return spark.createDataFrame(rows, "year INT, example_id STRING, label DOUBLE, premise STRING")


def test_training_years_count_by_their_size_however_few_rows_are_compared(spark) -> None:
    """Cut to 800 rows each, the years would be 1 to 1, and 2017 would seem to have moved by 0.42."""
    drawn = same_share(unequal_years(spark), 800)
    counts = {row["year"]: row["count"] for row in drawn.groupBy("year").count().collect()}
    assert counts == pytest.approx({2015: 800, 2016: 200, 2017: 600}, rel=0.25)
    result = drift_of_rows(drawn, [KIND], range(2015, 2017), is_number=False, odds={})
    [moved] = [row["value"] for row in result if (row["name"], row["year"]) == ("premise", 2017)]
    assert moved < 0.05


@pytest.mark.parametrize("most", [0, 4000])
def test_few_rows_are_compared_whole(spark, most) -> None:
    assert same_share(unequal_years(spark), most).count() == 8000


def metric(test_year: int, value: float | None, learner: str = "gbt") -> dict[str, Any]:
    keys = {**dict.fromkeys(CELL_KEY, "same"), "learner": learner, "train_from": 2013, "train_to": 2013}
    return {**keys, "test_year": test_year, "metric": "auc", "value": value, "low": 0.1, "high": 0.9}


def test_change_is_against_the_first_year_of_the_same_model() -> None:
    rows = [metric(2016, 0.66), metric(2014, 0.70), metric(2015, 0.69), metric(2014, 0.6, "other"), metric(2017, None)]
    results = [(row["learner"], row["distance"], row["measure"], row["value"], row["low"]) for row in decay(rows)]
    assert sorted(results, key=str) == sorted(
        [
            ("gbt", 1, "value", 0.70, 0.1),
            ("gbt", 2, "value", 0.69, 0.1),
            ("gbt", 2, "change", pytest.approx(-0.01), None),
            ("gbt", 3, "value", 0.66, 0.1),
            ("gbt", 3, "change", pytest.approx(-0.04), None),
            ("other", 1, "value", 0.6, 0.1),
        ],
        key=str,
    )
