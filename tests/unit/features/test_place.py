"""Coordinates in km, turned, and measured from the middle of each city's box."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

import pytest
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.features.place import DISTANCE_TO_CENTRE, EARTH_RADIUS_KM, ROTATED


def haversine(south: float, west: float, north: float, east: float) -> float:
    """Distance in km on a sphere (Sinnott 1984)."""
    across, up = radians(east - west), radians(north - south)
    chord = sin(up / 2) ** 2 + cos(radians(south)) * cos(radians(north)) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_distance_to_the_middle_of_the_box(spark, city):
    box = city.bounds
    middle = ((box.south + box.north) / 2, (box.west + box.east) / 2)
    points = [middle, (box.south, box.west), (box.north, box.east), (box.north, middle[1]), (middle[0], box.west)]
    rows = spark.createDataFrame(
        [(city.name, *point) for point in points], "city STRING, latitude DOUBLE, longitude DOUBLE"
    )
    results = [row[0] for row in rows.coalesce(1).select(F.expr(DISTANCE_TO_CENTRE.sql)).collect()]
    assert results == pytest.approx([haversine(*middle, *point) for point in points], rel=0.005, abs=1e-6)


def test_unknown_coordinates_or_an_unregistered_city_have_no_distance(spark):
    rows = [(CITIES[0].name, None, -87.0), (CITIES[0].name, 41.0, None), ("atlantis", 41.0, -87.0)]
    frame = spark.createDataFrame(rows, "city STRING, latitude DOUBLE, longitude DOUBLE")
    numbers = [F.expr(feature.sql).alias(feature.name) for feature in (DISTANCE_TO_CENTRE, *ROTATED)]
    assert {value for row in frame.select(*numbers).collect() for value in row} == {None}


def test_turned_axes(spark):
    """A point north-east of the middle lies on the axis at 45 degrees, at its whole distance, and nothing aside."""
    box = CITIES[0].bounds
    north, east = (box.south + box.north) / 2, (box.west + box.east) / 2
    rows = spark.createDataFrame(
        [(CITIES[0].name, north + 0.1 * cos(radians(north)), east + 0.1)],
        "city STRING, latitude DOUBLE, longitude DOUBLE",
    )
    result = rows.select(*(F.expr(item.sql).alias(item.name) for item in (*ROTATED, DISTANCE_TO_CENTRE))).first()
    distance = result["distance_to_centre"]
    assert result["along_45"] == pytest.approx(distance)
    assert result["along_135"] == pytest.approx(0, abs=1e-9)
    assert result["along_30"] == pytest.approx(distance * cos(radians(15)))
    assert result["along_60"] == pytest.approx(distance * cos(radians(15)))
    assert result["along_120"] == pytest.approx(distance * cos(radians(75)))
    assert result["along_150"] == pytest.approx(distance * cos(radians(105)))
