"""The declaration of a city is checked when it is created."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfoNotFoundError

import pytest

from crime_spark.cities.city import DERIVED, Box, City, Column
from crime_spark.schemas import INCIDENTS

INCIDENT = {name: "CAST(NULL AS STRING)" for name in INCIDENTS.names if name not in DERIVED}
TOWN = City(
    name="town",
    title="Town",
    zone="America/Chicago",
    columns=(Column("key", ("Record No",)), Column("day"), Column("area", optional=True)),
    given={"number": "upper(key)"},
    incident=INCIDENT,
    refuse={},
    unreadable={},
    bounds=Box(1, 2, 3, 4),
    first_year=2000,
)


def test_positions_of_published_columns():
    assert TOWN.published == ("key", "day", "area")
    assert TOWN.positions(["DAY ", "other", "record_no"]) == ([2, 0, None], [])
    assert TOWN.positions(["Area", "Key"]) == ([1, None, 0], ["day"])


def test_first_of_equal_headers_counts():
    assert TOWN.positions(["Record No", "Day", "day", "KEY"])[0] == [0, 1, None]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"incident": {k: v for k, v in INCIDENT.items() if k != "serious"}}, r"lacks columns \['serious'\]"),
        ({"incident": {**INCIDENT, "colour": "''"}}, r"has unknown columns \['colour'\]"),
        ({"incident": {**INCIDENT, "year": "2000"}}, r"has unknown columns \['year'\]"),
        ({"unreadable": {"colour": "true"}}, r"unreadable has unknown columns \['colour'\]"),
        ({"given": {"area": "''", "serious": "true"}}, r"given must not use the names of .* \['area', 'serious'\]"),
        ({"columns": (Column("part"), Column("key"))}, r"the names \['part'\] are reserved for ingest"),
        ({"columns": (Column("key"), Column("no", ("K E Y",)))}, "columns key and no share header 'key'"),
    ],
)
def test_declaration_that_does_not_fit_the_schema_is_refused(change, words):
    with pytest.raises(ValueError, match=f"city town: .*{words}"):
        replace(TOWN, **change)


def test_unknown_time_zone_is_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        replace(TOWN, zone="America/Gotham")


@pytest.mark.parametrize("sides", [(2, 1, 3, 4), (1, 2, 4, 3), (-91, 2, 3, 4), (1, 2, 3, 181)])
def test_box_with_wrong_sides_is_refused(sides):
    with pytest.raises(ValueError, match=r"Box\(.*\): expected -90 <= south < north <= 90"):
        Box(*sides)


def test_box_holds_the_points_between_its_sides(spark):
    points = spark.createDataFrame([(1.0, 4.0), (2.1, 3.0), (1.5, 2.9), (None, 3.0)], "north DOUBLE, east DOUBLE")
    inside = points.selectExpr(Box(1, 2, 3, 4).holds("north", "east")).collect()
    assert [row[0] for row in inside] == [True, False, False, None]
