"""Attributes that group the test rows of models: the area, and the victim in the report."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.features.descent import descent_class
from crime_spark.statistics.dimensions import VICTIM_AGE_BAND

AREA = "area"
OFFENSE_GROUP = "offense_group"
# Attribute to SQL over silver/incidents for the group; NULL if not recorded.
ATTRIBUTES: Mapping[str, str] = {
    AREA: "area",
    "victim_sex": "victim_sex",
    "victim_descent": descent_class("'{name}'"),
    VICTIM_AGE_BAND.name: VICTIM_AGE_BAND.sql,
}


def with_attributes(predictions: DataFrame, incidents: DataFrame) -> DataFrame:
    """Add ATTRIBUTES and OFFENSE_GROUP (STRING) to predictions of incidents; NULL for deleted incidents.

    Args:
        predictions: with city and example_id.
        incidents: rows of silver/incidents.
    """
    attributes = incidents.select(
        "city",
        F.col("incident_id").alias("example_id"),
        F.col("offense_group").alias(OFFENSE_GROUP),
        *(F.expr(sql).alias(name) for name, sql in ATTRIBUTES.items()),
    )
    return predictions.join(attributes, on=["city", "example_id"], how="left")


def areas_of(incidents: DataFrame, unit: str) -> DataFrame:
    """The area with most incidents of each unit, the first by name if several are equal.

    Args:
        incidents: rows of silver/incidents.
        unit: SQL over silver/incidents for the unit.

    Returns:
        unit and area; units without an area have no row.
    """
    placed = incidents.select(F.expr(unit).alias("unit"), "area").where("unit IS NOT NULL AND area IS NOT NULL")
    counted = placed.groupBy("unit", "area").agg(F.count(F.lit(1)).alias("rows"))
    most = F.min_by("area", F.struct(-F.col("rows"), F.col("area"))).alias("area")
    return counted.groupBy("unit").agg(most)
