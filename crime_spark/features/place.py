"""Where it happened: police areas, and the kind of place."""

from crime_spark.features.feature import Feature

AREA = Feature("area", "category", "area", ("area",), "police area")
BEAT = Feature("beat", "category", "beat", ("beat",), "smaller police area", one_hot_only=True)
PREMISE = Feature("premise", "category", "premise", ("premise",), "kind of place, the city's own words")
