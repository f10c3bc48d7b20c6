"""The keys of histories, each a category of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crime_spark.features.calendar import HOUR, MINUTE, WEEKDAY, WEEKEND
from crime_spark.features.circumstance import DOMESTIC, OFFENSE_CODE, WEAPON
from crime_spark.features.feature import Feature
from crime_spark.features.place import AREA, BEAT, PREMISE

# Columns that the examples stage adds to the incidents: their grid cells.
CELL, SMALL_CELL = "_cell", "_small_cell"

BLOCK = Feature("block", "category", "block", ("block",), "address to the hundred block")
_PLACED = ("city", "latitude", "longitude")

KEYS: Mapping[str, Feature] = {
    feature.name: feature
    for feature in (
        *(AREA, BEAT, PREMISE, HOUR, MINUTE, WEEKDAY, WEEKEND, WEAPON, BLOCK, OFFENSE_CODE),
        # Not every city publishes it, and a key with a NULL part has no past.
        replace(DOMESTIC, sql="coalesce(CAST(domestic AS STRING), 'not said')"),
        Feature("cell", "category", CELL, _PLACED, "grid cell"),
        Feature("small_cell", "category", SMALL_CELL, _PLACED, "small grid cell"),
    )
}
