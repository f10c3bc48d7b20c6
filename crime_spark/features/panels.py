"""silver/incidents to the examples of a task on a panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.features.grid import Grid
from crime_spark.features.panel import complete_spans, panel, periods
from crime_spark.features.panel_features import Past, with_pasts
from crime_spark.settings import FeatureSettings
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import COUNT, Task

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
