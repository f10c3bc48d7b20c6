"""Drift: how test rows differ from training rows, and how metrics change over the years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.sampling import in_share
from crime_spark.schemas import CELL_KEY

BINS = 10
# A share of 0 would make the index infinite, so it counts as one row in ten thousand.
LEAST_SHARE = 1e-4
LABEL = "label"
PSI, VALUE, CHANGE = "psi", "value", "change"
EVERY_LEARNER = "all"
# Relative accuracy of quantiles, as 1 / this number.
_ACCURACY = 10_000

Counts = Mapping[str | None, float]
Row = Mapping[str, Any]


def psi(expected: Counts, actual: Counts) -> float:
    """The population stability index of counts by bin: the sum of (a - e) * ln(a / e) over all bins.

    e and a are the shares of expected (training) and actual rows in a bin, at least LEAST_SHARE. Equal shares give 0.
    All new actual bins are one bin. Source: N. Siddiqi 2006, Credit Risk Scorecards, chapter 8, which calls values
    above 0.25 a shift and values below 0.1 no shift. It is the divergence of Jeffreys 1946.

    Raises:
        ValueError: expected or actual has no rows.
    """
    totals = [sum(counts.values()) for counts in (expected, actual)]
    if not all(totals):
        raise ValueError("psi: expected and actual must have rows")
    unseen = sum(rows for name, rows in actual.items() if name not in expected)
    bins = [(expected[name], actual.get(name, 0.0)) for name in expected] + ([(0.0, unseen)] if unseen else [])
    shares = np.maximum(np.array(bins) / totals, LEAST_SHARE)
    return float(((shares[:, 1] - shares[:, 0]) * np.log(shares[:, 1] / shares[:, 0])).sum())


def drift_of_rows(
    examples: DataFrame,
    features: Sequence[Feature],
    train_years: range,
    is_number: bool,
    odds: Mapping[str, str],
) -> list[Row]:
    """Compute the PSI of each feature and of the label, for each year from the first training year on.

    Numbers fall into BINS bins between the quantiles of the training rows. Each category is a bin, and so is unknown. A
    training year is compared with all training years together.

    Rows with few earlier incidents have log-odds close to those of the city, which change by month. A count that
    1 / BINS of the training rows have is therefore a bin, and quantiles are those of the other rows.

    Args:
        examples: year, label and features of training years and later years.
        features: the features; codes and series are ignored.
        train_years: the training years.
        is_number: the label is a number.
        odds: column with log-odds of a history to the column with its count.

    Returns:
        Rows with subject, name, year, value and rows; empty without training rows.
    """
    names = [feature.name for feature in features if feature.kind == "category"]
    numbers = [feature.name for feature in features if feature.kind == "number"]
    odds = {name: count for name, count in odds.items() if name in numbers}
    (numbers if is_number else names).append(LABEL)
    training = examples.where(F.col("year").isin(*train_years))
    frequent = _frequent(training, sorted(set(odds.values())))
    frequent_counts = {name: F.col(count).isin(frequent[count]) for name, count in odds.items() if frequent[count]}
    ends = [_quantiles(name, frequent_counts.get(name)) for name in numbers]
    edges = training.agg(*ends).collect()[0].asDict() if numbers else {}
    bins = [F.col(name).cast("string").alias(name) for name in names]
    for name in numbers:
        value = _bin(name, sorted(set(edges[name] or ())))
        if name in frequent_counts:
            value = F.when(
                frequent_counts[name], F.concat(F.lit("count "), F.col(odds[name]).cast("string"))
            ).otherwise(value)
        bins.append(value.alias(name))
    binned = examples.where(F.col("year") >= train_years[0]).select("year", *bins)
    long = binned.unpivot(["year"], [*names, *numbers], "name", "bin")
    counts: dict[tuple[str, int], dict[str | None, float]] = {}
    for row in long.groupBy("name", "year", "bin").count().collect():
        counts.setdefault((row["name"], row["year"]), {})[row["bin"]] = float(row["count"])
    return list(_compared(counts, train_years))


def _frequent(training: DataFrame, columns: Sequence[str]) -> dict[str, list[float]]:
    """The values of each column that at least 1 / BINS of the rows have."""
    if not columns:
        return {}
    counted = training.unpivot([], list(columns), "name", "value").groupBy("name", "value").count()
    rows = Window.partitionBy("name")
    often = (
        counted.withColumn("rows", F.sum("count").over(rows)).where(F.col("count") * BINS >= F.col("rows")).collect()
    )
    return {name: sorted(row["value"] for row in often if row["name"] == name) for name in columns}


def _quantiles(name: str, excluded: Column | None) -> Column:
    value = F.col(name) if excluded is None else F.when(~excluded, F.col(name))
    return F.percentile_approx(value, [step / BINS for step in range(1, BINS)], _ACCURACY).alias(name)


def _bin(name: str, edges: Sequence[float]) -> Column:
    """The number of edges below the value, as text; NULL for NULL."""
    above = sum((F.when(F.col(name) > edge, 1).otherwise(0) for edge in edges), F.lit(0))
    return F.when(F.col(name).isNotNull(), above).cast("string")


def _compared(counts: Mapping[tuple[str, int], Counts], train_years: range) -> Iterator[Row]:
    for name in sorted({name for name, _ in counts}):
        expected: dict[str | None, float] = {}
        for (feature, year), rows_by_bin in counts.items():
            if feature == name and year in train_years:
                for bin_name, rows in rows_by_bin.items():
                    expected[bin_name] = expected.get(bin_name, 0.0) + rows
        if not expected:
            continue
        subject = "label" if name == LABEL else "feature"
        for year, rows_by_bin in sorted(
            (year, rows_by_bin) for (feature, year), rows_by_bin in counts.items() if feature == name
        ):
            keys = {"subject": subject, "name": name, "measure": PSI, "year": year}
            yield {
                **keys,
                "value": psi(expected, rows_by_bin),
                "low": None,
                "high": None,
                "rows": int(sum(rows_by_bin.values())),
            }


def decay(metrics: Iterable[Row]) -> list[Row]:
    """Rows of gold/drift about metrics, from rows of gold/metrics with a frozen past: VALUE and CHANGE by year.

    CHANGE is the value minus that of the first year after training; the first year has none. Rows without a value are
    ignored.
    """
    cells: dict[tuple[Any, ...], list[Row]] = {}
    for row in metrics:
        if row["value"] is not None:
            cells.setdefault((*(row[key] for key in CELL_KEY), row["metric"]), []).append(row)
    entries: list[Row] = []
    for rows_of_cell in cells.values():
        ordered = sorted(rows_of_cell, key=lambda row: int(row["test_year"]))
        for index, row in enumerate(ordered):
            keys = {key: row[key] for key in CELL_KEY}
            usual = {**keys, "year": row["test_year"], "distance": row["test_year"] - row["train_to"], "rows": None}
            usual |= {"subject": "metric", "name": row["metric"]}
            entries.append({**usual, "measure": VALUE, **{name: row[name] for name in ("value", "low", "high")}})
            if index:
                change = row["value"] - ordered[0]["value"]
                entries.append({**usual, "measure": CHANGE, "value": change, "low": None, "high": None})
    return entries


def same_share(examples: DataFrame, most: int) -> DataFrame:
    """Sample the same share of each year's examples by a hash, so that proportions of years are kept.

    Args:
        examples: with year and example_id.
        most: about this number of rows of the largest year is kept; 0 keeps all.
    """
    largest = max((row["count"] for row in examples.groupBy("year").count().collect()), default=0)
    return examples.where(in_share(most / largest, "example_id", "drift")) if 0 < most < largest else examples
