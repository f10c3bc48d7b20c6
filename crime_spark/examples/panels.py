"""Examples of a task on a panel: a row for every unit and period, with zeros where nothing happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.features.grid import Grid
from crime_spark.features.past import Past, with_pasts
from crime_spark.settings import FeatureSettings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import COUNT, Task

Span = tuple[date, date]  # first and last day, both inside

# A city has no such week: its data lacks them.
GAP_DAYS = 7

_DAYS_PER_MONTH = 365.25 / 12


def days_of(incidents: DataFrame) -> dict[str, list[date]]:
    """City -> the days on which any incident is known to have occurred."""
    days: dict[str, list[date]] = {}
    for row in incidents.select("city", F.to_date("occurred_at").alias("day")).distinct().collect():
        days.setdefault(row["city"], []).append(row["day"])
    return days


def panel_examples(
    incidents: DataFrame,
    task: Task,
    city: City,
    days: Sequence[date],
    settings: FeatureSettings,
    delays: Iterable[int] = (),
) -> DataFrame:
    """Rows of silver/incidents to rows of the task's examples of one city at each of delays (days).

    Without any they are two: none, and the city's own. days are those on which any incident of the city occurred: the
    panel covers the stretches that they make up. The units are those in which any incident that the task counts did.
    """
    grain = task.grain
    assert isinstance(grain, Panel)
    spans = complete_spans(days)
    counted = (
        incidents.where(F.col("city") == city.name)
        .where(task.where)
        .select(
            F.expr(_unit(grain, city, settings)).alias("unit"),
            "occurred_at",
            F.expr(task.label_sql(settings)).alias("value"),
        )
        .where("unit IS NOT NULL AND value IS NOT NULL")
    )
    units = counted.select("unit").distinct()
    whole = panel(counted, units, spans, grain.hours, city.zone)
    window = round(settings.history_months * _DAYS_PER_MONTH)
    known = sorted(set(delays) or {0, city.delay_days})
    pasts = [Past(grain.hours, delay, grain.ahead, window) for delay in known]
    rows = with_pasts(whole, pasts, incidents=task.label != COUNT, near=task.kind.is_ranked, series=task.has_series)
    # What the calendar says is the same for all units of a period.
    calendar = [f for f in task.features if {"occurred_at"} <= {*f.uses} <= {"city", "occurred_at"}]
    when = periods(incidents.sparkSession, spans, grain.hours, city.zone).withColumn("city", F.lit(city.name))
    when = when.select(
        "*",
        *(F.expr(feature.typed_sql).alias(feature.name) for feature in calendar),
        F.date_format("occurred_at", "yyyy-MM-dd'T'HH").alias("_at"),
    )
    made = {
        "example_id": F.concat_ws("@", "unit", "_at"),
        **{feature.name: F.expr(feature.typed_sql) for feature in task.features if feature not in calendar},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    columns = (made.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names)
    return rows.join(F.broadcast(when), on="occurred_at").select(*columns)


def _unit(grain: Panel, city: City, settings: FeatureSettings) -> str:
    """SQL: the unit of the panel that an incident of the city belongs to."""
    if grain.by == "cell":
        return Grid(city.bounds, settings.cell_km2).cell()
    return "area" if grain.by == "area" else "city"


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
