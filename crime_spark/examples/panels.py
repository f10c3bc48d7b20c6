"""Examples of panels: a row for each unit and period, with zeros where nothing happened."""

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

Span = tuple[date, date]  # first and last day

# In a city something happens every week, so a week without incidents is missing data.
GAP_DAYS = 7

_DAYS_PER_MONTH = 365.25 / 12


def days_of(incidents: DataFrame) -> dict[str, list[date]]:
    """The days with incidents, by city."""
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
    """Compute the examples of a panel for a city.

    The units are those with an incident that the task counts.

    Args:
        incidents: rows of silver/incidents.
        task: a task whose grain is a panel.
        city: the city.
        days: days with incidents in the city; the panel covers their spans (`complete_spans`).
        settings: settings of features.
        delays: delays in days, each with its own examples; by default 0 and the publication lag of the city.

    Returns:
        Rows of `task.examples`.
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
    delay_days = sorted(set(delays) or {0, city.delay_days})
    pasts = [Past(grain.hours, delay, grain.ahead, window) for delay in delay_days]
    rows = with_pasts(whole, pasts, incidents=task.label != COUNT, near=task.kind.is_ranked, series=task.has_series)
    # Features of the calendar are the same for all units of a period.
    calendar = [f for f in task.features if {"occurred_at"} <= {*f.uses} <= {"city", "occurred_at"}]
    when = periods(incidents.sparkSession, spans, grain.hours, city.zone).withColumn("city", F.lit(city.name))
    when = when.select(
        "*",
        *(F.expr(feature.typed_sql).alias(feature.name) for feature in calendar),
        F.date_format("occurred_at", "yyyy-MM-dd'T'HH").alias("_hour"),
    )
    computed = {
        "example_id": F.concat_ws("@", "unit", "_hour"),
        **{feature.name: F.expr(feature.typed_sql) for feature in task.features if feature not in calendar},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    columns = (computed.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names)
    return rows.join(F.broadcast(when), on="occurred_at").select(*columns)


def _unit(grain: Panel, city: City, settings: FeatureSettings) -> str:
    """SQL for the unit of an incident."""
    if grain.by == "cell":
        return Grid(city.bounds, settings.cell_km2).cell()
    return "area" if grain.by == "area" else "city"


def complete_spans(days: Iterable[date], filling_days: int = 0, gap_days: int = GAP_DAYS) -> tuple[Span, ...]:
    """The spans of days that a panel covers.

    Args:
        days: days with incidents in the city.
        filling_days: this number of days at the end is excluded, because reports are still being added.
        gap_days: a gap of at least this number of days without incidents is missing data and ends a span.
    """
    sorted_days = sorted(set(days))
    if not sorted_days:
        return ()
    last = sorted_days[-1] - timedelta(days=filling_days)
    spans: list[Span] = []
    for day in sorted_days:
        if spans and (day - spans[-1][1]).days <= gap_days:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return tuple((first, min(end, last)) for first, end in spans if first <= last)


def missing_hours(zone: str, spans: Sequence[Span]) -> tuple[datetime, ...]:
    """Starts of the local hours of these days that daylight saving time skips in the zone."""
    clock = ZoneInfo(zone)
    missing = []
    for first, last in spans:
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            midnight = datetime.combine(day, time(), clock)
            if midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset():
                hours = [datetime.combine(day, time(hour)) for hour in range(24)]
                missing += [
                    start
                    for start in hours
                    if not _shown(start, clock) and not _shown(start + timedelta(minutes=59), clock)
                ]
    return tuple(missing)


def _shown(local: datetime, clock: ZoneInfo) -> bool:
    """Whether a local time exists: otherwise its conversion to UTC and back gives another time."""
    return local.replace(tzinfo=clock).astimezone(UTC).astimezone(clock).replace(tzinfo=None) == local


def period_start(occurred_at: str, hours: int) -> str:
    """SQL for the start of the period of a TIMESTAMP_NTZ; periods have this number of hours and start at midnight."""
    day = f"CAST(CAST({occurred_at} AS DATE) AS TIMESTAMP_NTZ)"
    return day if hours == 24 else f"{day} + make_dt_interval(0, hour({occurred_at}) DIV {hours} * {hours}, 0, 0)"


def periods(spark: SparkSession, spans: Sequence[Span], hours: int, zone: str) -> DataFrame:
    """All periods of the spans: occurred_at (TIMESTAMP_NTZ) is their start in local time.

    With periods of an hour, the skipped hour in spring has no period, and the repeated hour in autumn has one.

    Raises:
        ValueError: there are no spans, or hours does not divide 24.
    """
    if not spans:
        raise ValueError("a panel needs at least one complete day")
    if hours not in (1, 2, 3, 4, 6, 8, 12, 24):
        raise ValueError(f"hours must divide 24; got {hours}")
    stretches = ", ".join(f"struct(DATE'{first}' AS first, DATE'{last}' AS last)" for first, last in spans)
    days = spark.range(1, numPartitions=1).select(F.inline(F.expr(f"array({stretches})")))
    hourly = days.select(F.explode(F.sequence("first", "last")).alias("day")).select(
        "day", F.explode(F.expr(f"sequence(0, 23, {hours})")).alias("hour")
    )
    starts = hourly.selectExpr("CAST(day AS TIMESTAMP_NTZ) + make_dt_interval(0, hour, 0, 0) AS occurred_at")
    skipped = missing_hours(zone, spans) if hours == 1 else ()
    never = ", ".join(f"TIMESTAMP_NTZ'{start.isoformat(' ')}'" for start in skipped)
    return starts.where(f"occurred_at NOT IN ({never})") if skipped else starts


def panel(counted: DataFrame, units: DataFrame, spans: Sequence[Span], hours: int, zone: str) -> DataFrame:
    """Count incidents by unit and period.

    Incidents of other units, outside the spans, or in the skipped hour in spring are not counted. The repeated hour in
    autumn is counted as one. Longer periods of these two days have an hour less or more.

    Args:
        counted: incidents with unit (STRING), occurred_at (TIMESTAMP_NTZ) and value (DOUBLE).
        units: the distinct units, unit (STRING).
        spans: days to cover.
        hours: length of a period; see `periods`.
        zone: time zone of the city.

    Returns:
        A row for each unit and period: unit, occurred_at (start of the period), year INT, month INT, label DOUBLE (sum
        of value) and incidents DOUBLE (their number).
    """
    zeros = units.crossJoin(F.broadcast(periods(units.sparkSession, spans, hours, zone))).selectExpr(
        "unit", "occurred_at", "0D AS value", "0D AS incidents", "true AS covered"
    )
    start = period_start("occurred_at", hours)
    events = counted.selectExpr("unit", f"{start} AS occurred_at", "value", "1D AS incidents", "false AS covered")
    # Shuffling by period lets features over several units of a period (near_repeat) do without another shuffle.
    grouped = zeros.union(events).repartition("occurred_at").groupBy("unit", "occurred_at")
    sums = grouped.agg(
        F.sum("value").alias("label"), F.sum("incidents").alias("incidents"), F.bool_or("covered").alias("covered")
    )
    when = ("year(occurred_at) AS year", "month(occurred_at) AS month")
    return sums.where("covered").selectExpr("unit", "occurred_at", *when, "label", "incidents")
