"""Histories: the number of earlier incidents with the same key, and how often their label was true.

A row of month m sees the incidents first known in the months m - window to m - 1, whatever the training years are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

MONTH, MONTH_KNOWN = "_month", "_known"
# SQL over silver/incidents for these columns: months since year 0. A report before the occurrence is an error.
OWN_MONTH = "(year(occurred_at) * 12 + month(occurred_at) - 1)"
_FIRST_KNOWN = "greatest(occurred_at, coalesce(reported_at, occurred_at))"
KNOWN_MONTH = f"(year({_FIRST_KNOWN}) * 12 + month({_FIRST_KNOWN}) - 1)"

THE_LABEL: Mapping[str, str] = {"": "label"}

Joining = Literal["broadcast", "shuffle_hash", "merge"]


@dataclass(frozen=True)
class History:
    """The history of incidents with equal values.

    Attributes:
        name: beginning of the names of its columns.
        by: columns of the incidents, or names of keys.

    Raises:
        ValueError: `by` is empty or contains a name twice.
    """

    name: str
    by: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.by or len(set(self.by)) < len(self.by):
            raise ValueError(f"history {self.name}: `by` must contain different names, at least one; got {self.by}")

    def columns(self, labels: Iterable[str] = ("",)) -> list[str]:
        """`<name>_odds`, or `<name>_odds_<label>` for each label with a name, then `<name>_count`."""
        return [*(_odds(self.name, label) for label in labels), f"{self.name}_count"]


def key_columns(histories: Sequence[History], keys: Mapping[str, str]) -> dict[str, str]:
    """The key columns that `with_history` reads, to SQL over the incidents: hashes (BIGINT).

    Args:
        histories: the histories.
        keys: name in a history to SQL; a name without SQL is a column.
    """
    return {_hash(history.name): _key([keys.get(name, f"`{name}`") for name in history.by]) for history in histories}


def with_history(
    incidents: DataFrame,
    histories: Sequence[History],
    *,
    labels: Mapping[str, str] = THE_LABEL,
    window_months: int = 36,
    smoothing: float = 20.0,
    joining: Joining = "shuffle_hash",
) -> DataFrame:
    """Add the columns of histories (DOUBLE) to the incidents with a MONTH.

    - `<name>_count`: log(1 + n) for the n earlier incidents with the city and key of the row.
    - `<name>_odds`: log((positives + s * p) / (n - positives + s * (1 - p))), the log-odds of the label, smoothed
      towards those of the city. s is the smoothing, p is the rate (positives + 1) / (n + 2) in the city over the same
      months.

    A key with a NULL part has no past, and neither has a new key: the count is 0, the log-odds are those of the city.

    Keys are compared by 64-bit hashes to keep shuffled rows narrow. The chance that two of n pairs of key and month
    have the same hash is n * n / 2^65, 3 in a million for ten million pairs. These pairs would be counted as one.

    Args:
        incidents: with city, the columns in `labels`, the `key_columns` of the histories, MONTH (INT, the month before
            which the history of a row ends; NULL if the row is not in the result) and MONTH_KNOWN (INT, the month in
            which the incident became known; NULL if it is not part of any past). A fixed MONTH for all rows freezes
            their history. The incidents are read twice for each history, so persist them.
        histories: the histories.
        labels: end of a column's name to SQL for 1 or 0 (NULL counts as 0). A single label is ``{"": "label"}``,
            classes are ``{"theft": "CAST(label = 3 AS INT)"}``.
        window_months: length of a history.
        smoothing: s.
        joining: broadcast avoids a shuffle of the rows for each history, but the pairs of key and month (about 50 bytes
            each) must fit into the memory of driver and executors. The result is the same.

    Returns:
        The incidents with a MONTH, without the key columns, with the columns of each history.
    """
    key_names = {_hash(history.name) for history in histories}
    shown = [name for name in incidents.columns if name not in key_names]
    rows = incidents.where(f"{MONTH} IS NOT NULL")
    city = F.expr(_key([]))
    label_columns = [
        F.coalesce(F.expr(f"CAST({sql} AS INT)"), F.lit(0)).alias(_seen(index))
        for index, sql in enumerate(labels.values())
    ]
    rates = [((F.col(_seen(index)) + 1) / (F.col("_n") + 2)).alias(_rate(index)) for index in range(len(labels))]
    city_rates = _earlier(incidents, city, label_columns, window_months).select("_pair", *rates)
    rows = rows.join(F.broadcast(city_rates), on=_pair(city, MONTH) == F.col("_pair"), how="left").drop("_pair")
    kept = rows.columns
    for history in histories:
        key = F.col(_hash(history.name))
        earlier = _earlier(incidents, key, label_columns, window_months).hint(joining)
        rows = rows.join(earlier, on=_pair(key, MONTH) == F.col("_pair"), how="left")
        odds = [_log_odds(index, smoothing).alias(name) for index, name in enumerate(history.columns(labels)[:-1])]
        count = F.log1p(F.coalesce("_n", F.lit(0))).alias(history.columns()[-1])
        rows = rows.select(*kept, *odds, count)
        kept = rows.columns
    return rows.select(*shown, *(name for history in histories for name in history.columns(labels)))


def _earlier(incidents: DataFrame, key: Column, labels: Sequence[Column], window_months: int) -> DataFrame:
    """The past of each key and month that a row needs.

    Returns:
        _pair (BIGINT, hash of key and month), _n (BIGINT, number of incidents known in the window) and _seen_<index>
        (how many of them have the label).
    """
    counted = ["_n", *(_seen(index) for index in range(len(labels)))]
    nothing = [F.lit(0).alias(name) for name in counted]
    counted_once = [F.lit(1).alias("_n"), *labels]
    same_month = F.col(MONTH).eqNullSafe(F.col(MONTH_KNOWN))
    # Most incidents become known in their own month. One row then stands for both.
    known_rows = incidents.where(f"{MONTH_KNOWN} IS NOT NULL").select(
        key.alias("_key"), F.col(MONTH_KNOWN).alias("_in_month"), *counted_once, same_month.alias("_asked")
    )
    requested_rows = incidents.where(~same_month & F.col(MONTH).isNotNull()).select(
        key.alias("_key"), F.col(MONTH).alias("_in_month"), *nothing, F.lit(True).alias("_asked")
    )
    totals = (
        known_rows.unionByName(requested_rows)
        .where("_key IS NOT NULL")
        .groupBy("_key", "_in_month")
        .agg(*(F.sum(name).alias(name) for name in counted), F.max("_asked").alias("_asked"))
    )
    months = Window.partitionBy("_key").orderBy("_in_month")

    def before(name: str, month: int) -> Column:
        # A running total, because Spark sums a frame with two moving ends again for every row.
        frame = months.rangeBetween(Window.unboundedPreceding, month - 1)
        return F.coalesce(F.sum(name).over(frame), F.lit(0))

    windowed = totals.select(
        _pair(F.col("_key"), "_in_month").alias("_pair"),
        "_asked",
        *((before(name, 0) - before(name, -window_months)).alias(name) for name in counted),
    )
    return windowed.where("_asked").drop("_asked")


def _key(parts: Sequence[str]) -> str:
    complete = " AND ".join(["true", *(f"({part}) IS NOT NULL" for part in parts)])
    return f"CASE WHEN {complete} THEN xxhash64({', '.join(['city', *parts])}) END"


def _pair(key: Column, month: str) -> Column:
    return F.when(key.isNotNull(), F.xxhash64(key, F.col(month)))


def _log_odds(index: int, smoothing: float) -> Column:
    rate, count, seen = F.col(_rate(index)), F.coalesce("_n", F.lit(0)), F.coalesce(_seen(index), F.lit(0))
    return F.log((seen + smoothing * rate) / (count - seen + smoothing * (1 - rate)))


def _hash(history: str) -> str:
    return f"_key_{history}"


def _seen(index: int) -> str:
    return f"_seen_{index}"


def _rate(index: int) -> str:
    return f"_rate_{index}"


def _odds(name: str, label: str) -> str:
    return f"{name}_odds_{label}" if label else f"{name}_odds"
