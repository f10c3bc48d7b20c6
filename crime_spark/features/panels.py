"""silver/incidents to the examples of a task on a panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.features.grid import Grid
from crime_spark.features.panel import complete_spans, panel
from crime_spark.features.panel_features import Past, with_past
from crime_spark.features.series import with_series
from crime_spark.settings import FeatureSettings
from crime_spark.tasks.grain import Panel, Ranking
from crime_spark.tasks.task import COUNT, Task

_DAYS_PER_MONTH = 365.25 / 12


def days_of(incidents: DataFrame) -> dict[str, list[date]]:
    """City -> the days on which any incident is known to have occurred."""
    days: dict[str, list[date]] = {}
    for row in incidents.select("city", F.to_date("occurred_at").alias("day")).distinct().collect():
        days.setdefault(row["city"], []).append(row["day"])
    return days


def panel_examples(
    incidents: DataFrame, task: Task, city: City, days: Sequence[date], settings: FeatureSettings
) -> DataFrame:
    """Rows of silver/incidents to rows of the task's examples of one city, at delay 0 and at the city's own.

    days are those on which any incident of the city occurred: the panel covers the stretches that they make up. The
    units are those in which any incident that the task counts occurred.
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
    weighed, ranked = task.label != COUNT, isinstance(task.kind, Ranking)
    pasts = [Past(grain.hours, delay, grain.ahead, window) for delay in sorted({0, city.delay_days})]
    seen = [with_past(whole, past, weighed, ranked).withColumn("delay", F.lit(past.delay)) for past in pasts]
    if task.has_series:
        seen = [with_series(rows, past) for rows, past in zip(seen, pasts, strict=True)]
    rows = reduce(DataFrame.unionByName, seen).withColumn("city", F.lit(city.name))
    at = F.date_format("occurred_at", "yyyy-MM-dd'T'HH")
    made = {
        "example_id": F.concat_ws("@", "unit", at),
        **{feature.name: F.expr(feature.sql) for feature in task.features},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    return rows.select(*(made.get(n, F.col(n)).cast(types[n]).alias(n) for n in task.examples.names))


def _unit(grain: Panel, city: City, settings: FeatureSettings) -> str:
    """SQL: the unit of the panel that an incident of the city belongs to."""
    if grain.by == "cell":
        return Grid(city.bounds, settings.cell_km2).cell()
    return "area" if grain.by == "area" else "city"
