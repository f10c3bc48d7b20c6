"""What the rows that models are judged on are grouped by: where, and whom the report names as the victim."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.features.descent import descent_class
from crime_spark.statistics.dimensions import VICTIM_AGE_BAND

AREA = "area"
OFFENSE_GROUP = "offense_group"
# Attribute -> SQL over silver/incidents for its group; NULL where none is recorded.
ATTRIBUTES: Mapping[str, str] = {
    AREA: "area",
    "victim_sex": "victim_sex",
    "victim_descent": descent_class("'{name}'"),
    VICTIM_AGE_BAND.name: VICTIM_AGE_BAND.sql,
}


def with_attributes(predictions: DataFrame, incidents: DataFrame) -> DataFrame:
    """predictions of single incidents (city, example_id, ...) with ATTRIBUTES and OFFENSE_GROUP, all STRING.

    incidents: rows of silver/incidents; a prediction whose incident is not there any more keeps NULL.
    """
    told = incidents.select(
        "city",
        F.col("incident_id").alias("example_id"),
        F.col("offense_group").alias(OFFENSE_GROUP),
        *(F.expr(sql).alias(name) for name, sql in ATTRIBUTES.items()),
    )
    return predictions.join(told, on=["city", "example_id"], how="left")


def areas_of(incidents: DataFrame, unit: str) -> DataFrame:
    """unit, area: for each unit (SQL over silver/incidents) the area that most of its incidents are of.

    Of equally many the first by name; units all of whose incidents lack an area have no row.
    """
    placed = incidents.select(F.expr(unit).alias("unit"), "area").where("unit IS NOT NULL AND area IS NOT NULL")
    counted = placed.groupBy("unit", "area").agg(F.count(F.lit(1)).alias("rows"))
    most = F.min_by("area", F.struct(-F.col("rows"), F.col("area"))).alias("area")
    return counted.groupBy("unit").agg(most)
