"""What a feature tells by itself, against scikit-learn and scipy."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from sklearn.feature_selection import f_classif, f_regression

from crime_spark.features.feature import Feature
from crime_spark.fitting.univariate import Association, analysis_of_variance, chi_squared, correlation, univariate
from crime_spark.kinds import Binary, MultiClass, Regression

PREMISE = Feature("premise", "category", "premise", ("premise",), "kind of place")
AREA = Feature("area", "category", "area", ("area",), "police area")
LATITUDE = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
CODES = Feature("codes", "codes", "mo_codes", ("mo_codes",), "codes")
ALL = (AREA, CODES, LATITUDE, PREMISE)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str | None, str, float | None, list[str] | None, float]]:
    """premise tells most of the label, then latitude, then codes; area tells nothing."""
    rng = random.Random(4)
    rows = []
    for index in range(400):
        premise, label = rng.choice(["a", "b", None]), float(rng.random() < 0.4)
        if premise == "a":
            label = float(rng.random() < 0.9)
        latitude = None if index % 9 == 0 else label + rng.gauss(0, 1.5)
        codes = [["1"], ["2", "1"], ["1", "2"], None][rng.randrange(4) if rng.random() < 0.9 or not label else 0]
        rows.append((premise, f"{rng.randrange(8)}", latitude, codes, label))
    return rows


@pytest.fixture(scope="module")
def frame(spark, drawn):
    schema = "premise STRING, area STRING, latitude DOUBLE, codes ARRAY<STRING>, label DOUBLE"
    return spark.createDataFrame(drawn, schema).persist()


def table(levels: list[str], labels: list[float]) -> list[list[int]]:
    pairs = list(zip(levels, labels, strict=True))
    return [[pairs.count((level, label)) for label in sorted(set(labels))] for level in sorted(set(levels))]


def test_categories_and_numbers_of_a_class(frame, drawn):
    results = {item.feature: item for item in univariate(frame, ALL, Binary)}
    labels = [row[4] for row in drawn]
    levels = {
        "premise": [row[0] or "(unknown)" for row in drawn],
        "area": [row[1] for row in drawn],
        "codes": ["(unknown)" if row[3] is None else "|".join(sorted(row[3])) for row in drawn],
    }
    for name, item in levels.items():
        expected = chi2_contingency(table(item, labels), correction=False).statistic
        assert (results[name].test, results[name].statistic) == ("chi2", pytest.approx(expected, rel=1e-6))
    stored = [(row[2], row[4]) for row in drawn if row[2] is not None]
    expected = f_classif([[x] for x, _ in stored], np.array([y for _, y in stored]))[0][0]
    assert (results["latitude"].test, results["latitude"].statistic) == ("anova", pytest.approx(expected, rel=1e-6))


def test_the_most_telling_comes_first_and_chance_tells_nothing(frame):
    reported = univariate(frame, ALL, Binary)
    assert [item.feature for item in reported][:2] == ["premise", "latitude"]
    assert next(item.share for item in reported if item.feature == "area") < 0.02
    assert reported == univariate(frame.repartition(3), ALL[::-1], MultiClass)


def test_a_label_that_is_a_number(frame, drawn):
    """The same labels taken for numbers: two groups of a label tell the same as two labels of a group."""
    results = {item.feature: item for item in univariate(frame, ALL, Regression)}
    labels = np.array([row[4] for row in drawn])
    areas = np.array([row[1] for row in drawn])
    groups = [labels[areas == area] for area in sorted(set(areas))]
    expected = f_classif(labels[:, None], areas)[0][0]
    assert len(groups) == 8
    assert (results["area"].test, results["area"].statistic) == ("anova", pytest.approx(expected, rel=1e-6))
    stored = [(row[2], row[4]) for row in drawn if row[2] is not None]
    expected = f_regression([[x] for x, _ in stored], np.array([y for _, y in stored]))[0][0]
    assert (results["latitude"].test, results["latitude"].statistic) == (
        "correlation",
        pytest.approx(expected, rel=1e-6),
    )


def test_shares_of_different_tests_can_be_set_beside_each_other():
    """Of two levels and two classes: all three are the squared correlation, less what is chance."""
    counts = {("0", 0.0): 600, ("0", 1.0): 400, ("1", 0.0): 300, ("1", 1.0): 700}
    r = (600 * 700 - 400 * 300) / math.sqrt(1000 * 1000 * 900 * 1100)
    by_count = chi_squared("x", counts)
    by_group = analysis_of_variance("x", np.array([1000, 1000]), np.array([0.4, 0.7]), np.array([0.24, 0.21]))
    by_line = correlation("x", 2000, r)
    assert [item.share for item in (by_count, by_group, by_line)] == pytest.approx([r * r] * 3, abs=1e-3)
    assert by_group.statistic == pytest.approx(by_line.statistic)


def test_many_levels_of_noise_tell_nothing():
    rng = random.Random(1)
    counts: dict[tuple[str, float], int] = {}
    for index in range(2000):
        pair = (f"{index % 500}", float(rng.random() < 0.5))
        counts[pair] = counts.get(pair, 0) + 1
    reported = chi_squared("x", counts)
    assert reported.statistic > 400  # by itself that looks like much
    assert reported.share < 0.03


@pytest.mark.parametrize(
    "association",
    [
        chi_squared("x", {("a", 0.0): 5, ("b", 0.0): 5}),
        chi_squared("x", {("a", 0.0): 5, ("a", 1.0): 5}),
        chi_squared("x", {}),
        analysis_of_variance("x", np.array([5]), np.array([1.0]), np.array([1.0])),
        analysis_of_variance("x", np.array([1, 1]), np.array([1.0, 2.0]), np.array([0.0, 0.0])),
        analysis_of_variance("x", np.array([5, 5]), np.array([1.0, 1.0]), np.array([0.0, 0.0])),
        correlation("x", 100, None),
        correlation("x", 100, math.nan),
        correlation("x", 2, 1.0),
    ],
)
def test_where_nothing_varies_nothing_is_told(association: Association):
    assert (association.statistic, association.share) == (0, 0)
