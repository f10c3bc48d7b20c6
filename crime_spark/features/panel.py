"""The full panel: a row for every unit and period, with zeros where nothing happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

Span = tuple[date, date]  # first and last day, both inside

# A city has no such week: its data lacks them.
GAP_DAYS = 7


def complete_spans(days: Iterable[date], filling_days: int = 0, gap_days: int = GAP_DAYS) -> tuple[Span, ...]:
    """The stretches of days that a panel covers, from the days on which any incident of the city occurred.

    The last filling_days up to the last of these days are left out: their reports are still coming in. Where gap_days
    or more on end have no incident at all, nothing has been ingested: these are no days of zeros, and a stretch ends.
    """
    known = sorted(set(days))
    if not known:
        return ()
    last = known[-1] - timedelta(days=filling_days)
    spans: list[Span] = []
    for day in known:
        if spans and (day - spans[-1][1]).days <= gap_days:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return tuple((first, min(end, last)) for first, end in spans if first <= last)


def missing_hours(zone: str, spans: Sequence[Span]) -> tuple[datetime, ...]:
    """Local hours of these days, each by its start, that no clock in the zone ever showed: those skipped in spring."""
    clock = ZoneInfo(zone)
    found = []
    for first, last in spans:
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            midnight = datetime.combine(day, time(), clock)
            if midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset():
                hours = [datetime.combine(day, time(hour)) for hour in range(24)]
                found += [at for at in hours if not _shown(at, clock) and not _shown(at + timedelta(minutes=59), clock)]
    return tuple(found)


def _shown(local: datetime, clock: ZoneInfo) -> bool:
    """A wall-clock time that does not exist comes back from UTC as another."""
    return local.replace(tzinfo=clock).astimezone(UTC).astimezone(clock).replace(tzinfo=None) == local


def period_start(occurred_at: str, hours: int) -> str:
    """SQL: start of the period of so many hours, from midnight on, that the TIMESTAMP_NTZ lies in."""
    day = f"CAST(CAST({occurred_at} AS DATE) AS TIMESTAMP_NTZ)"
    return day if hours == 24 else f"{day} + make_dt_interval(0, hour({occurred_at}) DIV {hours} * {hours}, 0, 0)"


def periods(spark: SparkSession, spans: Sequence[Span], hours: int, zone: str) -> DataFrame:
    """occurred_at TIMESTAMP_NTZ: the start of every period of the spans, in local wall-clock time.

    Of hours, the one skipped in spring is none, and the one that comes twice in autumn is one.

    Raises:
        ValueError: no span, or periods that do not divide the day.
    """
    if not spans:
        raise ValueError("a panel needs at least one complete day")
    if hours not in (1, 2, 3, 4, 6, 8, 12, 24):
        raise ValueError(f"periods of {hours} hours do not divide the day")
    stretches = ", ".join(f"struct(DATE'{first}' AS first, DATE'{last}' AS last)" for first, last in spans)
    days = spark.range(1, numPartitions=1).select(F.inline(F.expr(f"array({stretches})")))
    hourly = days.select(F.explode(F.sequence("first", "last")).alias("day")).select(
        "day", F.explode(F.expr(f"sequence(0, 23, {hours})")).alias("hour")
    )
    found = hourly.selectExpr("CAST(day AS TIMESTAMP_NTZ) + make_dt_interval(0, hour, 0, 0) AS occurred_at")
    skipped = missing_hours(zone, spans) if hours == 1 else ()
    never = ", ".join(f"TIMESTAMP_NTZ'{at.isoformat(' ')}'" for at in skipped)
    return found.where(f"occurred_at NOT IN ({never})") if skipped else found


def panel(counted: DataFrame, units: DataFrame, spans: Sequence[Span], hours: int, zone: str) -> DataFrame:
    """A row for every unit and every period of the spans.

    counted: unit STRING, occurred_at TIMESTAMP_NTZ, value DOUBLE, a row an incident; units: unit STRING, each once.
    Gives unit, occurred_at (start of the period), year INT, month INT, label DOUBLE (sum of value, 0 where nothing
    happened), incidents DOUBLE (their number). Incidents of other units or outside the spans are not counted.

    Periods are those of `periods`, which says what is refused. What is said to have happened in the hour skipped in
    spring is not counted; the row of the one that comes twice in autumn has both. Longer periods of these two days have
    an hour less or more.
    """
    zeros = units.crossJoin(F.broadcast(periods(units.sparkSession, spans, hours, zone))).selectExpr(
        "unit", "occurred_at", "0D AS value", "0D AS incidents", "true AS covered"
    )
    start = period_start("occurred_at", hours)
    happened = counted.selectExpr("unit", f"{start} AS occurred_at", "value", "1D AS incidents", "false AS covered")
    # One shuffle, by period: what looks at several units in one period (near_repeat) then needs none of its own.
    together = zeros.union(happened).repartition("occurred_at").groupBy("unit", "occurred_at")
    sums = together.agg(
        F.sum("value").alias("label"), F.sum("incidents").alias("incidents"), F.bool_or("covered").alias("covered")
    )
    when = ("year(occurred_at) AS year", "month(occurred_at) AS month")
    return sums.where("covered").selectExpr("unit", "occurred_at", *when, "label", "incidents")
