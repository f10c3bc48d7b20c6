"""Features of the place of an incident: areas, coordinates and premise."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, radians, sin

from crime_spark.cities import CITIES
from crime_spark.cities.city import Box
from crime_spark.features.feature import Feature

AREA = Feature("area", "category", "area", ("area",), "police area")
PANEL_AREA = Feature("area", "category", "unit", ("area",), "police area, the panel's unit")
BEAT = Feature("beat", "category", "beat", ("beat",), "smaller police area")
WARD = Feature("ward", "category", "ward", ("ward",), "city council ward")
COMMUNITY_AREA = Feature("community_area", "category", "community_area", ("community_area",), "fixed part of the city")
PREMISE = Feature("premise", "category", "premise", ("premise",), "kind of place, the city's own words")
PREMISE_GROUP = Feature("premise_group", "category", "premise_group", ("premise_group",), "kind of place, one of few")
LATITUDE = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
LONGITUDE = Feature("longitude", "number", "longitude", ("longitude",), "degrees east")

# Mean radius of the earth, (2 * equatorial + polar) / 3 of WGS 84 (Moritz, Geodetic Reference System 1980).
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * pi / 180
ANGLES = (30, 45, 60)


def in_each_city(sql: Callable[[Box], str]) -> str:
    """SQL that depends on the box of the city; NULL for a city that is not in the registry."""
    cases = " ".join(f"WHEN '{city.name}' THEN {sql(city.bounds)}" for city in CITIES)
    return f"CASE city {cases} END"


def east_km(box: Box) -> str:
    """SQL for km east of the center of the box, by an equirectangular projection.

    Within 50 km of the center, at the latitudes of the cities, the error of distances is at most 0.5 %.
    """
    return f"((longitude - {_middle(box)[1]!r}) * {KM_PER_DEGREE * cos(radians(_middle(box)[0]))!r})"


def north_km(box: Box) -> str:
    """SQL for km north of the center of the box."""
    return f"((latitude - {_middle(box)[0]!r}) * {KM_PER_DEGREE!r})"


def _middle(box: Box) -> tuple[float, float]:
    return (box.south + box.north) / 2, (box.west + box.east) / 2


def _along(angle: int) -> Callable[[Box], str]:
    """SQL for km from the center of the box in the direction `angle` degrees north of east."""
    across, up = cos(radians(angle)), sin(radians(angle))
    return lambda box: f"({east_km(box)} * {across!r} + {north_km(box)} * {up!r})"


def _distance(box: Box) -> str:
    return f"sqrt(pow({east_km(box)}, 2) + pow({north_km(box)}, 2))"


def _by_coordinates(name: str, sql: Callable[[Box], str], comment: str) -> Feature:
    return Feature(name, "number", in_each_city(sql), ("city", "latitude", "longitude"), comment)


# A tree splits along axes. Rotated axes let it follow diagonal streets and shores.
ROTATED = tuple(
    _by_coordinates(f"along_{angle}", _along(angle), f"km from the middle of the city's box, {angle}° north of east")
    for first in ANGLES
    for angle in (first, first + 90)
)
DISTANCE_TO_CENTRE = _by_coordinates("distance_to_centre", _distance, "km to the middle of the city's box")
