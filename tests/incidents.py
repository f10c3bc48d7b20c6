"""Builders of rows, so that a test names only the columns it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crime_spark.schemas import INCIDENTS

_USUAL: dict[str, Any] = {
    "city": "chicago",
    "incident_id": "10000001",
    "case_number": "HZ100001",
    "occurred_at": datetime(2016, 1, 4, 22, 30),
    "reported_at": None,
    "time_is_default": False,
    "updated_at": datetime(2018, 2, 10, 15, 50, 1),
    "year": 2016,
    "offense_code": "0820",
    "offense_description": "THEFT - $500 AND UNDER",
    "offense_group": "theft",
    "serious": True,
    "premise": "STREET",
    "premise_group": "street",
    "weapon": None,
    "weapon_group": None,
    "area": "010",
    "beat": "1011",
    "ward": "24",
    "community_area": "29",
    "block": "014XX S AVERS AVE",
    "latitude": 41.86,
    "longitude": -87.72,
    "arrest": False,
    "domestic": False,
    "victim_age": None,
    "victim_sex": None,
    "victim_descent": None,
    "mo_codes": None,
    "source_file": "/landing/chicago/2016.csv",
}


def incident(**overrides: Any) -> dict[str, Any]:
    """A row of silver/incidents: a theft in Chicago, except for the columns given; year follows occurred_at."""
    unknown = set(overrides) - set(_USUAL)
    assert not unknown, f"not a column of silver/incidents: {unknown}"
    row = {**_USUAL, **overrides}
    if "occurred_at" in overrides and "year" not in overrides:
        row["year"] = overrides["occurred_at"].year
    return row


def incidents(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Rows made by `incident` as a frame with the schema of silver/incidents."""
    return spark.createDataFrame([tuple(row[name] for name in INCIDENTS.names) for row in rows], INCIDENTS.struct)
