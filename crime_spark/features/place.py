"""Where it happened: police and council areas, coordinates, and the kind of place."""

from crime_spark.features.feature import Feature

AREA = Feature("area", "category", "area", ("area",), "police area")
BEAT = Feature("beat", "category", "beat", ("beat",), "smaller police area")
WARD = Feature("ward", "category", "ward", ("ward",), "city council ward")
COMMUNITY_AREA = Feature("community_area", "category", "community_area", ("community_area",), "community area")
LATITUDE = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
LONGITUDE = Feature("longitude", "number", "longitude", ("longitude",), "degrees east")

PLACE = (AREA, BEAT, WARD, COMMUNITY_AREA, LATITUDE, LONGITUDE)

PREMISE = (Feature("premise", "category", "premise", ("premise",), "kind of place, the city's own words"),)
