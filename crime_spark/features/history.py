"""What became of earlier incidents with the same key: their number, and how often the label was true of them.

Computed once for every row, and strictly looking back: a row of month m sees the incidents first known in the months
m - window to m - 1, whatever the training years are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

MONTH, KNOWN = "_month", "_known"
# SQL over silver/incidents for these two: months since year 0. Reported before it occurred is a slip of the pen.
OWN_MONTH = "(year(occurred_at) * 12 + month(occurred_at) - 1)"
_FIRST_KNOWN = "greatest(occurred_at, coalesce(reported_at, occurred_at))"
KNOWN_MONTH = f"(year({_FIRST_KNOWN}) * 12 + month({_FIRST_KNOWN}) - 1)"

THE_LABEL: Mapping[str, str] = {"": "label"}

Joining = Literal["broadcast", "shuffle_hash", "merge"]


@dataclass(frozen=True)
class History:
    """The past of the incidents that are equal in all of by, columns of the incidents or names of keys.

    Raises:
        ValueError: by is empty or names one twice.
    """

    name: str
    by: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.by or len(set(self.by)) < len(self.by):
            raise ValueError(f"history {self.name} goes by {self.by}: at least one name, and each once")

    def columns(self, labels: Iterable[str] = ("",)) -> list[str]:
        """`<name>_odds`, or `<name>_odds_<label>` of each label that has a name, then `<name>_count`."""
        return [*(_odds(self.name, label) for label in labels), f"{self.name}_count"]


def key_columns(histories: Sequence[History], keys: Mapping[str, str]) -> dict[str, str]:
    """The columns that `with_history` reads of a row's keys -> SQL over the incidents: hashes (BIGINT).

    keys maps the names in the histories to SQL; a name without SQL is a column.
    """
    return {_hash(each.name): _key([keys.get(name, f"`{name}`") for name in each.by]) for each in histories}


def with_history(
    incidents: DataFrame,
    histories: Sequence[History],
    *,
    labels: Mapping[str, str] = THE_LABEL,
    window_months: int = 36,
    smoothing: float = 20.0,
    joining: Joining = "shuffle_hash",
) -> DataFrame:
    """The incidents whose month is given, and two columns or more (DOUBLE) for each history.

    incidents: with city, what labels read, the `key_columns` of the same histories, MONTH (INT, the month whose past a
    row may see; NULL = no row is wanted of it) and KNOWN (INT, the month in which it became known; NULL = it is
    nobody's past). They are read twice for each history: persist them. The key columns are gone. labels maps the end of
    a column's name to SQL for 1 or 0 (NULL counts as 0): one label is ``{"": "label"}``, classes are ``{"theft":
    "CAST(label = 3 AS INT)"}``.

    A row's MONTH need not be its own: with the last month of training for all later rows, history is frozen there.

    - `<name>_count`: log(1 + n), of the n earlier incidents with the row's city and key.
    - `<name>_odds`: log((positives + s * p) / (n - positives + s * (1 - p))), s the smoothing and p the rate in the
      city over the same months, (positives + 1) / (n + 2): log-odds of the label, drawn towards those of the city.

    A key of which a part is NULL has no past: nothing is known of such rows but that they are unlike each other. No
    past: count 0, and the city's log-odds.

    Keys are compared by 64-bit hashes, so that narrow rows are shuffled. That any two of a history's n pairs of key and
    month have the same hash has a chance of n * n / 2^65: 3 in a million for ten million pairs. Its effect is that two
    pairs are one.

    joining: with broadcast the rows are not shuffled once for each history, but its pairs of key and month (some 50
    bytes each) must fit into the memory of driver and executors; shuffle_hash and merge hold for any number. What is
    computed is the same.
    """
    made = {_hash(each.name) for each in histories}
    shown = [name for name in incidents.columns if name not in made]
    found = incidents.where(f"{MONTH} IS NOT NULL")
    city = F.expr(_key([]))
    ones = [
        F.coalesce(F.expr(f"CAST({sql} AS INT)"), F.lit(0)).alias(_seen(at)) for at, sql in enumerate(labels.values())
    ]
    rates = [((F.col(_seen(at)) + 1) / (F.col("_n") + 2)).alias(_rate(at)) for at in range(len(labels))]
    of_city = _earlier(incidents, city, ones, window_months).select("_pair", *rates)
    found = found.join(F.broadcast(of_city), on=_pair(city, MONTH) == F.col("_pair"), how="left").drop("_pair")
    kept = found.columns
    for history in histories:
        key = F.col(_hash(history.name))
        earlier = _earlier(incidents, key, ones, window_months).hint(joining)
        found = found.join(earlier, on=_pair(key, MONTH) == F.col("_pair"), how="left")
        odds = [_log_odds(at, smoothing).alias(name) for at, name in enumerate(history.columns(labels)[:-1])]
        count = F.log1p(F.coalesce("_n", F.lit(0))).alias(history.columns()[-1])
        found = found.select(*kept, *odds, count)
        kept = found.columns
    return found.select(*shown, *(name for history in histories for name in history.columns(labels)))


def _earlier(incidents: DataFrame, key: Column, labels: Sequence[Column], window_months: int) -> DataFrame:
    """_pair (BIGINT, of key and month) for each month a row with the key asks for, and the past in its window.

    _n (BIGINT) is the number of incidents known in the window, _seen_<at> how many of them have the label.
    """
    counted = ["_n", *(_seen(at) for at in range(len(labels)))]
    nothing = [F.lit(0).alias(name) for name in counted]
    one = [F.lit(1).alias("_n"), *labels]
    own = F.col(MONTH).eqNullSafe(F.col(KNOWN))
    # Most incidents become known in the month they ask for: one row then stands for both.
    known = incidents.where(f"{KNOWN} IS NOT NULL").select(
        key.alias("_key"), F.col(KNOWN).alias("_at"), *one, own.alias("_asked")
    )
    asked = incidents.where(~own & F.col(MONTH).isNotNull()).select(
        key.alias("_key"), F.col(MONTH).alias("_at"), *nothing, F.lit(True).alias("_asked")
    )
    totals = (
        known.unionByName(asked)
        .where("_key IS NOT NULL")
        .groupBy("_key", "_at")
        .agg(*(F.sum(name).alias(name) for name in counted), F.max("_asked").alias("_asked"))
    )
    months = Window.partitionBy("_key").orderBy("_at")

    def before(name: str, month: int) -> Column:
        # A running total: Spark adds up a frame that moves at both ends anew for every row.
        frame = months.rangeBetween(Window.unboundedPreceding, month - 1)
        return F.coalesce(F.sum(name).over(frame), F.lit(0))

    windowed = totals.select(
        _pair(F.col("_key"), "_at").alias("_pair"),
        "_asked",
        *((before(name, 0) - before(name, -window_months)).alias(name) for name in counted),
    )
    return windowed.where("_asked").drop("_asked")


def _key(parts: Sequence[str]) -> str:
    known = " AND ".join(["true", *(f"({part}) IS NOT NULL" for part in parts)])
    return f"CASE WHEN {known} THEN xxhash64({', '.join(['city', *parts])}) END"


def _pair(key: Column, month: str) -> Column:
    return F.when(key.isNotNull(), F.xxhash64(key, F.col(month)))


def _log_odds(at: int, smoothing: float) -> Column:
    rate, count, seen = F.col(_rate(at)), F.coalesce("_n", F.lit(0)), F.coalesce(_seen(at), F.lit(0))
    return F.log((seen + smoothing * rate) / (count - seen + smoothing * (1 - rate)))


def _hash(history: str) -> str:
    return f"_key_{history}"


def _seen(at: int) -> str:
    return f"_seen_{at}"


def _rate(at: int) -> str:
    return f"_rate_{at}"


def _odds(name: str, label: str) -> str:
    return f"{name}_odds_{label}" if label else f"{name}_odds"
