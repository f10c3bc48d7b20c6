"""The association of single features with the label: chi-squared, analysis of variance and correlation."""

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
class Association:
    """The statistic of a test, and the explained share of the label's variation, corrected for chance.

    chi2 is Pearson's statistic of a category and a class. Its share is chi2 / n minus its expectation by chance,
    (levels - 1)(classes - 1) / (n - 1) (Bergsma 2013, "A bias-correction for Cramer's V"), divided by min(levels,
    classes) - 1. anova is F of a number by class, or of a numeric label by category. Its share is epsilon squared,
    (between - (groups - 1) * within / (n - groups)) / total (Kelley 1935). correlation is F of a linear fit of a number
    and a numeric label. Its share is the adjusted r squared. For two classes and two levels all shares are the squared
    correlation, so they are comparable.
    """

    feature: str
    test: Test
    statistic: float
    share: float


def univariate(rows: DataFrame, features: Sequence[Feature], kind: type[Kind]) -> list[Association]:
    """The association of each feature with the label, sorted by descending share and name.

    Unknown is a category, and a set of codes is one category. Rows with an unknown number are omitted.

    Args:
        rows: label (DOUBLE) and features.
        features: the features.
        kind: with Regression the label is a number, otherwise a class.
    """
    numbers = [feature for feature in features if feature.kind == "number"]
    others = [feature for feature in features if feature.kind != "number"]
    if kind is Regression:
        associations = [*_categories_of_number(rows, others), *_numbers_of_number(rows, numbers)]
    else:
        associations = [*_categories_of_class(rows, others), *_numbers_of_class(rows, numbers)]
    return sorted(associations, key=lambda association: (-association.share, association.feature))


def _levels(rows: DataFrame, features: Sequence[Feature]) -> DataFrame:
    """Rows of feature, level and label, one for each feature of each row."""
    pairs = [F.struct(F.lit(feature.name).alias("feature"), _level(feature).alias("level")) for feature in features]
    return rows.select(F.explode(F.array(*pairs)).alias("pair"), "label").select("pair.feature", "pair.level", "label")


def _level(feature: Feature) -> Column:
    value = F.col(feature.name)
    return F.coalesce(F.array_join(F.array_sort(value), "|") if feature.kind == "codes" else value, F.lit(UNKNOWN))


def _categories_of_class(rows: DataFrame, features: Sequence[Feature]) -> list[Association]:
    if not features:
        return []
    counted = _levels(rows, features).groupBy("feature", "level", "label").count().collect()
    return [
        chi_squared(feature.name, _table(row for row in counted if row["feature"] == feature.name))
        for feature in features
    ]


def _table(rows: Iterable[Row]) -> Mapping[tuple[str, float], int]:
    return {(row["level"], row["label"]): row["count"] for row in rows}


def chi_squared(feature: str, counts: Mapping[tuple[str, float], int]) -> Association:
    """chi2 from the number of rows of each pair of level and class."""
    levels, classes = (sorted({pair[part] for pair in counts}) for part in (0, 1))
    table = np.zeros((len(levels), len(classes)))
    for (level, label), number in counts.items():
        table[levels.index(level), classes.index(label)] = number
    n = table.sum()
    least = min(table.shape) - 1
    if least < 1 or n < 2:
        return Association(feature, "chi2", 0.0, 0.0)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    chance = (len(levels) - 1) * (len(classes) - 1) / (n - 1)
    return Association(feature, "chi2", statistic, float(max(0.0, statistic / n - chance) / least))


def _numbers_of_class(rows: DataFrame, features: Sequence[Feature]) -> list[Association]:
    if not features:
        return []
    moments = [m for feature in features for m in _moments(F.col(feature.name), feature.name)]
    grouped = rows.groupBy("label").agg(*moments).collect()
    return [_of_groups(feature.name, grouped, feature.name) for feature in features]


def _categories_of_number(rows: DataFrame, features: Sequence[Feature]) -> list[Association]:
    if not features:
        return []
    grouped = _levels(rows, features).groupBy("feature", "level").agg(*_moments(F.col("label"), "label")).collect()
    return [
        _of_groups(feature.name, [row for row in grouped if row["feature"] == feature.name], "label")
        for feature in features
    ]


def _moments(value: Column, name: str) -> tuple[Column, ...]:
    return (
        F.count(value).alias(f"n {name}"),
        F.avg(value).alias(f"mean {name}"),
        F.var_pop(value).alias(f"variance {name}"),
    )


def _of_groups(feature: str, grouped: Sequence[Row], name: str) -> Association:
    groups = [row for row in grouped if row[f"n {name}"]]
    n, mean, variance = (np.array([row[f"{m} {name}"] for row in groups], float) for m in ("n", "mean", "variance"))
    return analysis_of_variance(feature, n, mean, variance)


def analysis_of_variance(feature: str, n: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> Association:
    """anova from the number of rows, the mean and the population variance of each group."""
    groups, rows = len(n), n.sum()
    if groups < 2 or rows <= groups:
        return Association(feature, "anova", 0.0, 0.0)
    between = float((n * (mean - (n * mean).sum() / rows) ** 2).sum())
    within = float((n * variance).sum())
    if between + within <= 0:
        return Association(feature, "anova", 0.0, 0.0)
    spread = within / (rows - groups)
    statistic = between / (groups - 1) / spread if spread else float("inf")
    return Association(feature, "anova", statistic, max(0.0, (between - (groups - 1) * spread) / (between + within)))


def _numbers_of_number(rows: DataFrame, features: Sequence[Feature]) -> list[Association]:
    if not features:
        return []
    row = rows.agg(
        *(F.count(feature.name).alias(f"n {feature.name}") for feature in features),
        *(F.corr(feature.name, "label").alias(f"r {feature.name}") for feature in features),
    ).collect()[0]
    return [correlation(feature.name, row[f"n {feature.name}"], row[f"r {feature.name}"]) for feature in features]


def correlation(feature: str, n: int, r: float | None) -> Association:
    """correlation from the number of rows with a value and their r; None or NaN if a variable is constant."""
    if r is None or np.isnan(r) or n < 3:
        return Association(feature, "correlation", 0.0, 0.0)
    unexplained = 1 - r * r
    statistic = r * r / unexplained * (n - 2) if unexplained > 0 else float("inf")
    return Association(feature, "correlation", statistic, max(0.0, 1 - unexplained * (n - 1) / (n - 2)))
