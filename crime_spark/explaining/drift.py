"""How the rows of a year differ from those that a model was fitted on, and what the years cost it."""

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
# A share of nothing would make the index infinite: it counts as one row in ten thousand.
LEAST_SHARE = 1e-4
LABEL = "label"
PSI, VALUE, CHANGE = "psi", "value", "change"
EVERY_LEARNER = "all"
# The quantiles are exact to one part in so many.
_ACCURACY = 10_000

Counts = Mapping[str | None, float]
Row = Mapping[str, Any]


def psi(expected: Counts, actual: Counts) -> float:
    """The population stability index of counts by bin: sum of (a - e) * ln(a / e) over the bins of either.

    e and a are the bins' shares of expected (training) and actual rows, LEAST_SHARE at least. 0: the same shares. Of
    actual bins those that expected does not have are one bin. Source: N. Siddiqi 2006, Credit Risk Scorecards, chapter
    8, where above 0.25 is called a shift and below 0.1 none; it is the divergence of Jeffreys 1946.

    Raises:
        ValueError: one of them has no rows.
    """
    totals = [sum(counts.values()) for counts in (expected, actual)]
    if not all(totals):
        raise ValueError("nothing can be said of the drift of no rows")
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
    """PSI of each feature, and of the label, of each year from the first training year on.

    examples: year, label and the features, of the training years and later ones. Numbers (and the label, if is_number)
    fall into BINS bins between the quantiles of the training rows, equal quantiles being one; categories are their own
    bins; unknown is a bin of its own. Codes and series are left out. A training year is set against all training years
    together. Gives subject, name, year, value and rows; nothing where training has no rows.

    odds: log-odds of histories -> their counts. Rows with few earlier incidents all lie close to the city's log-odds,
    which move from month to month. So rows of a count that 1 / BINS of the training rows have are a bin of their own,
    by the count; quantiles are those of the other rows.
    """
    names = [feature.name for feature in features if feature.kind == "category"]
    numbers = [feature.name for feature in features if feature.kind == "number"]
    odds = {name: count for name, count in odds.items() if name in numbers}
    (numbers if is_number else names).append(LABEL)
    training = examples.where(F.col("year").isin(*train_years))
    frequent = _frequent(training, sorted(set(odds.values())))
    apart = {name: F.col(count).isin(frequent[count]) for name, count in odds.items() if frequent[count]}
    ends = [_quantiles(name, apart.get(name)) for name in numbers]
    edges = training.agg(*ends).collect()[0].asDict() if numbers else {}
    bins = [F.col(name).cast("string").alias(name) for name in names]
    for name in numbers:
        bin_of = _bin(name, sorted(set(edges[name] or ())))
        if name in apart:
            bin_of = F.when(apart[name], F.concat(F.lit("count "), F.col(odds[name]).cast("string"))).otherwise(bin_of)
        bins.append(bin_of.alias(name))
    binned = examples.where(F.col("year") >= train_years[0]).select("year", *bins)
    long = binned.unpivot(["year"], [*names, *numbers], "name", "bin")
    counts: dict[tuple[str, int], dict[str | None, float]] = {}
    for row in long.groupBy("name", "year", "bin").count().collect():
        counts.setdefault((row["name"], row["year"]), {})[row["bin"]] = float(row["count"])
    return list(_compared(counts, train_years))


def _frequent(training: DataFrame, columns: Sequence[str]) -> dict[str, list[float]]:
    """The values of each column that 1 / BINS of the rows or more have."""
    if not columns:
        return {}
    held = training.unpivot([], list(columns), "name", "held").groupBy("name", "held").count()
    rows = Window.partitionBy("name")
    often = held.withColumn("rows", F.sum("count").over(rows)).where(F.col("count") * BINS >= F.col("rows")).collect()
    return {name: sorted(row["held"] for row in often if row["name"] == name) for name in columns}


def _quantiles(name: str, apart: Column | None) -> Column:
    value = F.col(name) if apart is None else F.when(~apart, F.col(name))
    return F.percentile_approx(value, [at / BINS for at in range(1, BINS)], _ACCURACY).alias(name)


def _bin(name: str, edges: Sequence[float]) -> Column:
    """How many of the edges the number lies above, as text; NULL of NULL."""
    above = sum((F.when(F.col(name) > edge, 1).otherwise(0) for edge in edges), F.lit(0))
    return F.when(F.col(name).isNotNull(), above).cast("string")


def _compared(counts: Mapping[tuple[str, int], Counts], train_years: range) -> Iterator[Row]:
    for name in sorted({name for name, _ in counts}):
        expected: dict[str | None, float] = {}
        for (of, year), held in counts.items():
            if of == name and year in train_years:
                for at, rows in held.items():
                    expected[at] = expected.get(at, 0.0) + rows
        if not expected:
            continue
        subject = "label" if name == LABEL else "feature"
        for year, held in sorted((year, held) for (of, year), held in counts.items() if of == name):
            told = {"subject": subject, "name": name, "measure": PSI, "year": year}
            yield {**told, "value": psi(expected, held), "low": None, "high": None, "rows": int(sum(held.values()))}


def decay(metrics: Iterable[Row]) -> list[Row]:
    """Rows of gold/drift from those of gold/metrics with a frozen past, one metric each: VALUE by year, and CHANGE.

    CHANGE is the value less that of the first year after training that the same model was scored on; the first has
    none. Rows without a value are left out.
    """
    cells: dict[tuple[Any, ...], list[Row]] = {}
    for row in metrics:
        if row["value"] is not None:
            cells.setdefault((*(row[key] for key in CELL_KEY), row["metric"]), []).append(row)
    entries: list[Row] = []
    for held in cells.values():
        ordered = sorted(held, key=lambda row: int(row["test_year"]))
        for at, row in enumerate(ordered):
            keys = {key: row[key] for key in CELL_KEY}
            usual = {**keys, "year": row["test_year"], "distance": row["test_year"] - row["train_to"], "rows": None}
            usual |= {"subject": "metric", "name": row["metric"]}
            entries.append({**usual, "measure": VALUE, **{name: row[name] for name in ("value", "low", "high")}})
            if at:
                change = row["value"] - ordered[0]["value"]
                entries.append({**usual, "measure": CHANGE, "value": change, "low": None, "high": None})
    return entries


def same_share(examples: DataFrame, most: int) -> DataFrame:
    """The same share of every year's examples, drawn by a hash: of the year with most rows about `most`; 0: all.

    examples have year and example_id. Several years together then hold each as often as all their rows do.
    """
    largest = max((row["count"] for row in examples.groupBy("year").count().collect()), default=0)
    return examples.where(in_share(most / largest, "example_id", "drift")) if 0 < most < largest else examples
