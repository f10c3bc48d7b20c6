"""How much of the label each feature tells by itself: chi-squared of categories, analysis of variance of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.kinds import Kind, Regression

Test = Literal["chi2", "anova", "correlation"]
UNKNOWN = "(unknown)"


@dataclass(frozen=True)
class Told:
    """What a feature tells: the test's statistic, and the share of the label's variation, corrected for chance.

    chi2: Pearson's of a category and a class; its share is the squared mean contingency chi2 / n, less what chance
    would give, (levels - 1)(classes - 1) / (n - 1) (Bergsma 2013, "A bias-correction for Cramer's V"), over
    min(levels, classes) - 1. anova: F of a number by class, or of a label that is a number by category; its share is
    epsilon squared, (between - (groups - 1) * within / (n - groups)) / total (Kelley 1935). correlation: F of the
    straight line through a number and a label that is one; its share is the adjusted r squared. Of two classes and two
    levels all are the squared correlation, so that shares can be set beside each other.
    """

    feature: str
    test: Test
    statistic: float
    share: float


def univariate(rows: DataFrame, features: Sequence[Feature], kind: type[Kind]) -> list[Told]:
    """What each feature of rows (label DOUBLE, features) tells, most first; of equals, in the order of the names.

    An unknown category is one of its own, several codes are one together; an unknown number is left out. kind is what
    is fitted: with Regression the label is a number, else a class.
    """
    numbers = [feature for feature in features if feature.kind == "number"]
    others = [feature for feature in features if feature.kind != "number"]
    if kind is Regression:
        told = [*_categories_of_number(rows, others), *_numbers_of_number(rows, numbers)]
    else:
        told = [*_categories_of_class(rows, others), *_numbers_of_class(rows, numbers)]
    return sorted(told, key=lambda each: (-each.share, each.feature))


def _levels(rows: DataFrame, features: Sequence[Feature]) -> DataFrame:
    """feature, level and label, a row for each feature of each row."""
    pairs = [F.struct(F.lit(each.name).alias("feature"), _level(each).alias("level")) for each in features]
    return rows.select(F.explode(F.array(*pairs)).alias("pair"), "label").select("pair.feature", "pair.level", "label")


def _level(feature: Feature) -> Column:
    value = F.col(feature.name)
    return F.coalesce(F.array_join(F.array_sort(value), "|") if feature.kind == "codes" else value, F.lit(UNKNOWN))


def _categories_of_class(rows: DataFrame, features: Sequence[Feature]) -> list[Told]:
    if not features:
        return []
    counted = _levels(rows, features).groupBy("feature", "level", "label").count().collect()
    return [chi_squared(each.name, _table(row for row in counted if row["feature"] == each.name)) for each in features]


def _table(rows: Iterable[Row]) -> Mapping[tuple[str, float], int]:
    return {(row["level"], row["label"]): row["count"] for row in rows}


def chi_squared(feature: str, counts: Mapping[tuple[str, float], int]) -> Told:
    """From how many rows each pair of a level and a class has."""
    levels, classes = (sorted({pair[at] for pair in counts}) for at in (0, 1))
    table = np.zeros((len(levels), len(classes)))
    for (level, label), number in counts.items():
        table[levels.index(level), classes.index(label)] = number
    n = table.sum()
    least = min(table.shape) - 1
    if least < 1 or n < 2:
        return Told(feature, "chi2", 0.0, 0.0)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    chance = (len(levels) - 1) * (len(classes) - 1) / (n - 1)
    return Told(feature, "chi2", statistic, float(max(0.0, statistic / n - chance) / least))


def _numbers_of_class(rows: DataFrame, features: Sequence[Feature]) -> list[Told]:
    if not features:
        return []
    moments = [m for each in features for m in _moments(F.col(each.name), each.name)]
    grouped = rows.groupBy("label").agg(*moments).collect()
    return [_of_groups(each.name, grouped, each.name) for each in features]


def _categories_of_number(rows: DataFrame, features: Sequence[Feature]) -> list[Told]:
    if not features:
        return []
    grouped = _levels(rows, features).groupBy("feature", "level").agg(*_moments(F.col("label"), "label")).collect()
    return [
        _of_groups(each.name, [row for row in grouped if row["feature"] == each.name], "label") for each in features
    ]


def _moments(value: Column, name: str) -> tuple[Column, ...]:
    return (
        F.count(value).alias(f"n {name}"),
        F.avg(value).alias(f"mean {name}"),
        F.var_pop(value).alias(f"variance {name}"),
    )


def _of_groups(feature: str, grouped: Sequence[Row], name: str) -> Told:
    held = [row for row in grouped if row[f"n {name}"]]
    n, mean, variance = (np.array([row[f"{m} {name}"] for row in held], float) for m in ("n", "mean", "variance"))
    return analysis_of_variance(feature, n, mean, variance)


def analysis_of_variance(feature: str, n: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> Told:
    """From the rows, the mean and the population variance of each group."""
    groups, rows = len(n), n.sum()
    if groups < 2 or rows <= groups:
        return Told(feature, "anova", 0.0, 0.0)
    between = float((n * (mean - (n * mean).sum() / rows) ** 2).sum())
    within = float((n * variance).sum())
    if between + within <= 0:
        return Told(feature, "anova", 0.0, 0.0)
    spread = within / (rows - groups)
    statistic = between / (groups - 1) / spread if spread else float("inf")
    return Told(feature, "anova", statistic, max(0.0, (between - (groups - 1) * spread) / (between + within)))


def _numbers_of_number(rows: DataFrame, features: Sequence[Feature]) -> list[Told]:
    if not features:
        return []
    found = rows.agg(
        *(F.count(each.name).alias(f"n {each.name}") for each in features),
        *(F.corr(each.name, "label").alias(f"r {each.name}") for each in features),
    ).collect()[0]
    return [correlation(each.name, found[f"n {each.name}"], found[f"r {each.name}"]) for each in features]


def correlation(feature: str, n: int, r: float | None) -> Told:
    """From the rows that have a value and their correlation with the label; None or NaN where either is constant."""
    if r is None or np.isnan(r) or n < 3:
        return Told(feature, "correlation", 0.0, 0.0)
    unexplained = 1 - r * r
    statistic = r * r / unexplained * (n - 2) if unexplained > 0 else float("inf")
    return Told(feature, "correlation", statistic, max(0.0, 1 - unexplained * (n - 1) / (n - 2)))
