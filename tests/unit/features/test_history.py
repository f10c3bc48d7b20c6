"""Rolling history against a plain recomputation, and what it must not see."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import log, log1p
from typing import Any

import pytest
from chispa import assert_approx_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features.history import KNOWN_MONTH, MONTH, MONTH_KNOWN, OWN_MONTH, History, key_columns, with_history
from tests.incidents import incident, incidents

BLOCK = History("block", ("block",))
PREMISE_HOUR = History("premise_hour", ("premise", "hour"))
HOUR = {"hour": "hour(occurred_at)"}
SCHEMA = f"city STRING, block STRING, premise STRING, {MONTH} INT, {MONTH_KNOWN} INT, label DOUBLE, id INT"
TYPES: Mapping[str, str] = {"theft": "CAST(label = 1 AS INT)", "fraud": "CAST(label = 2 AS INT)"}

Row = dict[str, Any]


def seen(rows: DataFrame, histories: Sequence[History], keys: Mapping[str, str], **settings: Any) -> DataFrame:
    built = {name: F.expr(sql) for name, sql in key_columns(histories, keys).items()}
    return with_history(rows.withColumns(built), histories, **settings)


def row(month: int | None, month_known: int | None, label: float | None = 1.0, **others: Any) -> Row:
    return {
        "city": "x",
        "block": "b",
        "premise": "p",
        MONTH: month,
        MONTH_KNOWN: month_known,
        "label": label,
        "id": 0,
        **others,
    }


def frame(spark: SparkSession, rows: Sequence[Row]) -> DataFrame:
    return spark.createDataFrame([tuple(entry.values()) for entry in rows], SCHEMA)


def by_hand(rows: Sequence[Row], wanted: Row, by: Sequence[str], window: int, s: float, label: float = 1.0):
    """What one row sees: log-odds of the label, log(1 + count)."""
    seen = [r for r in rows if r[MONTH_KNOWN] is not None and 1 <= wanted[MONTH] - r[MONTH_KNOWN] <= window]
    seen = [r for r in seen if r["city"] == wanted["city"]]
    p = (sum(r["label"] == label for r in seen) + 1) / (len(seen) + 2)
    same = [r for r in seen if all(r[name] is not None and r[name] == wanted[name] for name in by)]
    positives = sum(r["label"] == label for r in same)
    return log((positives + s * p) / (len(same) - positives + s * (1 - p))), log1p(len(same))


def values_of(rows: DataFrame, *names: str) -> list[tuple]:
    return [tuple(entry) for entry in rows.orderBy("id").select(*names).collect()]


def random_rows(number: int, classes: int, seed: int) -> list[Row]:
    rng = random.Random(seed)
    rows = []
    for index in range(number):
        month, label = rng.randrange(24000, 24012), rng.choice([None, *map(float, range(classes))])
        # Some are reported late, some only wanted or only past, and one part is for a frozen history.
        expected = None if label is None else month + rng.choice([0, 0, 0, 1, 3])
        asked = rng.choice([month, month, month, None, 24020])
        place = {"block": rng.choice(["a", "b", "c", None]), "premise": rng.choice(["p", "q", None])}
        rows.append(row(asked, expected, label, city=rng.choice("xy"), id=index, **place))
    return rows


@pytest.mark.parametrize("joining", ["broadcast", "shuffle_hash"])
def test_as_by_hand(spark, joining):
    rows, by = random_rows(300, 2, 1), ("block", "premise")
    both = History("both", ("premise", "block"))
    actual = seen(frame(spark, rows), [BLOCK, both], {}, window_months=4, smoothing=5.0, joining=joining)
    expected = [
        (*r.values(), *by_hand(rows, r, by[:1], 4, 5.0), *by_hand(rows, r, by, 4, 5.0))
        for r in rows
        if r[MONTH] is not None
    ]
    added = "block_odds DOUBLE, block_count DOUBLE, both_odds DOUBLE, both_count DOUBLE"
    wanted = spark.createDataFrame(expected, f"{SCHEMA}, {added}")
    assert_approx_df_equality(actual.orderBy("id"), wanted.orderBy("id"), precision=1e-12, ignore_nullable=True)


def test_several_labels_at_once(spark):
    rows = random_rows(100, 4, 2)
    actual = seen(frame(spark, rows), [BLOCK], {}, labels=TYPES, window_months=6, smoothing=2.0)
    wanted = [
        (*r.values(), theft[0], *by_hand(rows, r, ("block",), 6, 2.0, label=2.0))
        for r in rows
        if r[MONTH] is not None
        for theft in [by_hand(rows, r, ("block",), 6, 2.0, label=1.0)]
    ]
    added = "block_odds_theft DOUBLE, block_odds_fraud DOUBLE, block_count DOUBLE"
    assert BLOCK.columns(TYPES) == ["block_odds_theft", "block_odds_fraud", "block_count"]
    expected = spark.createDataFrame(wanted, f"{SCHEMA}, {added}")
    assert_approx_df_equality(actual.orderBy("id"), expected.orderBy("id"), precision=1e-12, ignore_nullable=True)


@pytest.mark.parametrize(
    ("asked", "count"), [(100, 0), (101, 1), (112, 1), (113, 0)], ids=["own", "next", "at the window's edge", "beyond"]
)
def test_the_window_holds_the_months_before_and_no_other(spark, asked, count):
    rows = [row(None, 100), row(asked, None, None, id=1)]
    (got,) = values_of(seen(frame(spark, rows), [BLOCK], {}, window_months=12), "block_count")
    assert got == pytest.approx((log1p(count),))


def test_no_past_is_the_citys_rate_and_none_at_all_a_half(spark):
    """City x has 2 of 3 positive, all in block b: (2 + 1) / (3 + 2). City y has nothing."""
    rows = [row(None, 100), row(None, 100), row(None, 100, 0.0)]
    rows += [row(101, None, id=1, block="new"), row(101, None, id=2, block=None), row(101, None, id=3, city="y")]
    got = values_of(seen(frame(spark, rows), [BLOCK], {}), "block_odds", "block_count")
    assert got == [pytest.approx(item) for item in [(log(0.6 / 0.4), 0), (log(0.6 / 0.4), 0), (0, 0)]]


def dated(rows: DataFrame) -> DataFrame:
    months = {MONTH: F.expr(OWN_MONTH), MONTH_KNOWN: F.expr(KNOWN_MONTH), "label": F.expr("CAST(serious AS DOUBLE)")}
    return rows.withColumns(months).withColumn("id", F.expr("CAST(incident_id AS INT)"))


def test_a_late_report_is_seen_from_the_month_after_it(spark):
    """Occurred in January, reported in March: seen in April, beside those of February and March themselves."""
    late = incident(incident_id="0", occurred_at=datetime(2016, 1, 5), reported_at=datetime(2016, 3, 1))
    others = [incident(incident_id=f"{month}", occurred_at=datetime(2016, month, 1, 3)) for month in (2, 3, 4)]
    got = values_of(seen(dated(incidents(spark, late, *others)), [BLOCK], {}), "block_count")
    assert got == [pytest.approx((log1p(n),)) for n in (0, 0, 1, 3)]


def test_a_report_dated_before_it_occurred_is_known_when_it_occurred(spark):
    early = incident(incident_id="0", occurred_at=datetime(2016, 2, 5), reported_at=datetime(2015, 2, 5))
    rows = dated(incidents(spark, early)).select(MONTH, MONTH_KNOWN)
    assert rows.collect() == [(2016 * 12 + 1, 2016 * 12 + 1)]


def test_keys_may_be_sql_over_the_incident(spark):
    index = [datetime(2016, 1, 1, 5, 10), datetime(2016, 1, 2, 5, 59), datetime(2016, 1, 2, 6), datetime(2016, 2, 1, 5)]
    rows = dated(incidents(spark, *(incident(incident_id=f"{n}", occurred_at=t) for n, t in enumerate(index))))
    got = values_of(seen(rows, [PREMISE_HOUR], HOUR), "premise_hour_count")
    assert got == [pytest.approx((log1p(n),)) for n in (0, 0, 0, 2)]


def test_what_comes_later_changes_nothing(spark):
    """With all rows from a month on deleted, the rows of that month and before have the same history."""
    rows = [r for r in random_rows(300, 2, 3) if r[MONTH] != 24020]
    month = 24006
    earlier = [
        {**r, MONTH_KNOWN: None if r[MONTH_KNOWN] is None or r[MONTH_KNOWN] >= month else r[MONTH_KNOWN]}
        for r in rows
        if (r[MONTH] or month) <= month
    ]
    kept = seen(frame(spark, earlier), [BLOCK, History("premise", ("premise",))], {}).drop(MONTH_KNOWN)
    whole = seen(frame(spark, rows), [BLOCK, History("premise", ("premise",))], {}).drop(MONTH_KNOWN)
    assert kept.count() > 50
    assert sorted(map(tuple, kept.collect()), key=repr) == sorted(
        map(tuple, whole.where(F.col(MONTH) <= month).collect()), key=repr
    )


def test_partitions_change_nothing(spark):
    rows = frame(spark, random_rows(200, 2, 4))
    first = values_of(seen(rows.coalesce(1), [BLOCK], {}), "id", "block_odds", "block_count")
    assert values_of(seen(rows.repartition(5), [BLOCK], {}), "id", "block_odds", "block_count") == first


@pytest.mark.parametrize("by", [(), ("block", "block")])
def test_a_history_without_a_key_or_with_one_twice_is_refused(by):
    with pytest.raises(ValueError, match="history odd: `by` must contain different names"):
        History("odd", by)
