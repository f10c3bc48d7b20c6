"""Where it happened: police areas, and the kind of place."""

from crime_spark.features.feature import Feature

AREA = Feature("area", "category", "area", ("area",), "police area")
PREMISE = Feature("premise", "category", "premise", ("premise",), "kind of place, the city's own words")
