"""Features of panels against a plain computation over all earlier periods."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from statistics import mean

import pytest
from chispa import assert_approx_df_equality, assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from crime_spark.examples.panels import complete_spans, panel
from crime_spark.features.past import Past, past_columns, with_pasts

FIRST = date(2016, 2, 20)
A, B, C = "r000c001", "r001c000", "r001c001"
FAR = "r001c003"
NEIGHBOURS = {A: (B, C), B: (A, C), C: (A, B), FAR: ()}

Row = dict[str, object]


def incidents(seed: int, days: int) -> list[tuple[str, datetime, float]]:
    """Of four cells, some hundred, with a gap of nine days on which there is no data."""
    draw = random.Random(seed)
    result = []
    for _ in range(60 * days // 20):
        index = datetime.combine(FIRST, datetime.min.time()) + timedelta(minutes=draw.randrange(days * 24 * 60))
        if not 30 <= (index.date() - FIRST).days < 39:
            result.append((draw.choice((A, A, B, C, FAR)), index, float(draw.choice((5, 10, 70)))))
    return result


def built(spark: SparkSession, rows: list[tuple[str, datetime, float]], spans, hours: int) -> DataFrame:
    counted = spark.createDataFrame(rows, "unit STRING, occurred_at TIMESTAMP_NTZ, value DOUBLE")
    units = spark.createDataFrame([(unit,) for unit in NEIGHBOURS], "unit STRING")
    return panel(counted, units, spans, hours, "America/Chicago")


def plainly(rows: list[Row], past: Past, incidents: bool, near: bool) -> list[Row]:
    """The same numbers, one row after the other."""
    units = {unit: [row for row in rows if row["unit"] == unit] for unit in NEIGHBOURS}
    return [{**row, **_past_of(row, units, past, incidents, near)} for row in rows]


def _past_of(row: Row, rows: dict[object, list[Row]], past: Past, incidents: bool, near: bool) -> Row:
    length = timedelta(hours=past.hours)
    known_until = row["occurred_at"] - timedelta(days=past.delay) - (past.ahead - 1) * length

    def seen(days: int, units: tuple[str, ...] = (row["unit"],)) -> list[Row]:
        since = known_until - timedelta(days=min(days, past.window_days))
        return [r for unit in units for r in rows[unit] if since <= r["occurred_at"] <= known_until - length]

    def total(result: list[Row], column: str = "label") -> float:
        return float(sum(r[column] for r in result))

    def at_the_same_time(result: list[Row]) -> list[Row]:
        return [r for r in result if r["occurred_at"].hour == row["occurred_at"].hour]

    every = past.window_days
    answer: Row = {f"count_{days}d": total(seen(days)) for days in (1, 7, 28, 365)}
    answer["count_all"] = total(seen(every))
    if incidents:
        answer |= {f"incidents_{days}d": total(seen(days), "incidents") for days in (7, 28, 365)}
    ages = [((known_until - r["occurred_at"] - length) / timedelta(days=28), r["label"]) for r in seen(every)]
    answer["decay"] = float(sum(label * 0.5**age for age, label in ages))
    for weeks in (1, 4, 8, 52):
        within = at_the_same_time(seen(7 * weeks))
        alike = [r["label"] for r in within if r["occurred_at"].weekday() == row["occurred_at"].weekday()]
        answer[f"same_weekday_{weeks}w"] = mean(alike) if alike else None
    if past.hours < 24:
        answer |= {f"same_slot_{days}d": total(at_the_same_time(seen(days))) for days in (28, 365)}
    if near:
        answer["near_repeat"] = total(seen(14, NEIGHBOURS[row["unit"]]))
    answer |= {"history_days": len(seen(every)) * past.hours / 24, "delay": past.delay}
    return answer


@pytest.mark.parametrize(
    ("pasts", "days", "with_incidents", "with_near"),
    [
        ([Past(24), Past(24, delay=1)], 90, False, True),
        ([Past(24, delay=7, ahead=7, window_days=40), Past(24, window_days=20)], 90, True, False),
        ([Past(8), Past(8, delay=2, ahead=2), Past(8, delay=9)], 60, False, True),
        ([Past(1, delay=1, ahead=3, window_days=20)], 25, True, False),
        ([Past(1)], 25, False, False),
    ],
)
def test_the_same_as_a_plain_computation(spark, pasts, days, with_incidents, with_near):
    happened = incidents(seed=days + pasts[0].delay, days=days)
    rows = built(spark, happened, complete_spans([index.date() for _, index, _ in happened]), pasts[0].hours).persist()
    actual = with_pasts(rows, pasts, incidents=with_incidents, near=with_near)
    stored = [row.asDict() for row in rows.collect()]
    expected = [row for past in pasts for row in plainly(stored, past, with_incidents, with_near)]
    schema = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in rows.schema) + ", delay int"
    schema += "".join(f", {name} double" for name in past_columns(pasts[0], with_incidents, with_near))
    names = [part.split()[0] for part in schema.split(", ")]
    frame = spark.createDataFrame([tuple(row[name] for name in names) for row in expected], schema)
    order = ["unit", "occurred_at", "delay"]
    assert_approx_df_equality(actual.orderBy(*order), frame.orderBy(*order), 1e-9, ignore_nullable=True)
    rows.unpersist()


@pytest.mark.parametrize("past", [Past(24), Past(24, delay=3), Past(8)])
def test_what_happens_from_a_day_on_changes_nothing_up_to_that_day(spark, past):
    happened = incidents(seed=1, days=60)
    spans = complete_spans([index.date() for _, index, _ in happened])
    cut = datetime(2016, 4, 10)
    before = [row for row in happened if row[1] < cut]
    assert len(before) < len(happened)
    whole, less = (
        with_pasts(built(spark, rows, spans, past.hours), [past], near=True).drop("label", "incidents")
        for rows in (happened, before)
    )
    # Of the day itself the first period; later ones may see the day's earlier periods.
    upto = f"occurred_at <= TIMESTAMP_NTZ'{cut.isoformat(' ')}'"
    assert_df_equality(whole.where(upto), less.where(upto), ignore_row_order=True, ignore_nullable=True)
    assert whole.exceptAll(less).count() > 0


def test_sums_over_a_quarter_of_a_century_are_exact_and_the_decaying_one_stays_finite(spark):
    years = 26
    first = datetime(2001, 1, 1)
    starts = [first + timedelta(days=n) for n in range(int(years * 365.25))]
    rows = [("a", start, float(1 + n % 2)) for n, start in enumerate(starts)]
    frame = spark.createDataFrame(rows, "unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE")
    columns = ("count_7d", "count_all", "decay", "history_days")
    last = with_pasts(frame, [Past(24)]).orderBy("occurred_at").select(*columns).collect()[-1]
    labels = [label for _, _, label in rows][:-1]
    decay = sum(label * 0.5 ** (age / 28) for age, label in enumerate(reversed(labels[-1096:])))
    assert tuple(last) == pytest.approx((sum(labels[-7:]), sum(labels[-1096:]), decay, 1096.0), rel=1e-12)


def test_pasts_of_periods_of_two_lengths_are_refused(spark):
    frame = spark.createDataFrame([], "unit STRING, occurred_at TIMESTAMP_NTZ, label DOUBLE")
    for wrong in ([Past(24), Past(8)], []):
        with pytest.raises(ValueError, match="periods of the same length"):
            with_pasts(frame, wrong)


def test_a_past_that_cannot_be_seen_is_refused():
    for wrong in ({"delay": -1}, {"ahead": 0}, {"window_days": 0}):
        with pytest.raises(ValueError, match="Past: hours must divide 24"):
            Past(24, **wrong)
    with pytest.raises(ValueError, match="Past: hours must divide 24"):
        Past(5)
