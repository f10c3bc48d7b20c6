"""Where it happened: police areas, coordinates, and the kind of place."""

from crime_spark.features.feature import Feature

AREA = Feature("area", "category", "area", ("area",), "police area")
BEAT = Feature("beat", "category", "beat", ("beat",), "smaller police area")
LATITUDE = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
LONGITUDE = Feature("longitude", "number", "longitude", ("longitude",), "degrees east")

PLACE = (AREA, BEAT, LATITUDE, LONGITUDE)

PREMISE = (Feature("premise", "category", "premise", ("premise",), "kind of place, the city's own words"),)
