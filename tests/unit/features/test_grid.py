"""Grid cells: equal areas, known cells, centres and neighbours."""

from __future__ import annotations

from math import radians, sin

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.cities.city import Box
from crime_spark.errors import UsageError
from crime_spark.features.grid import AROUND, KM2, RADIUS, SMALL_KM2, Grid, neighbours, place, with_cells
from tests.incidents import incident, incidents

BOX = Box(south=41.6, north=42.1, west=-88.0, east=-87.5)
WIDE = Box(south=33.6, north=34.4, west=-118.8, east=-118.0)


def ids(spark: SparkSession, *cells: str | None) -> DataFrame:
    return spark.createDataFrame([(cell,) for cell in cells], "cell STRING")


@pytest.mark.parametrize("km2", [KM2, SMALL_KM2])
@pytest.mark.parametrize("box", [BOX, WIDE])
def test_every_cell_has_the_same_area_on_the_sphere(spark, box, km2):
    grid = Grid(box, km2)
    corners = ids(spark, "r000c000", "r007c012", "r064c000", "r033c048").select(
        F.expr(grid.latitude("cell", 0.0)).alias("south"),
        F.expr(grid.latitude("cell", 1.0)).alias("north"),
        F.expr(grid.longitude("cell", 0.0)).alias("west"),
        F.expr(grid.longitude("cell", 1.0)).alias("east"),
    )
    for south, north, west, east in corners.collect():
        # Between two parallels a sphere has as much area as the cylinder around it.
        area = RADIUS**2 * radians(east - west) * (sin(radians(north)) - sin(radians(south)))
        assert area == pytest.approx(km2, rel=1e-6)


def test_a_cell_in_the_middle_of_the_box_is_a_square(spark):
    grid = Grid(BOX, 1.0)
    cell = spark.sql(f"SELECT {grid.cell('41.85D', '-87.75D')} AS cell")
    sides = cell.select(
        F.expr(f"{grid.latitude('cell', 1.0)} - {grid.latitude('cell', 0.0)}"),
        F.expr(f"{grid.longitude('cell', 1.0)} - {grid.longitude('cell', 0.0)}"),
    ).collect()[0]
    # Radians of a side of 1 km: along the meridian, and along the parallel of 41.85 degrees.
    assert radians(sides[0]) == pytest.approx(1 / RADIUS, rel=1e-3)
    assert radians(sides[1]) == pytest.approx(1 / (RADIUS * 0.7448), rel=1e-3)


def test_known_cells_and_none_without_coordinates_or_outside_the_box(spark):
    # A kilometre is 0.012074 degrees of longitude and, at 41.6 degrees, 0.008960 of latitude.
    points = [
        ("corner", 41.6001, -87.9999, "r000c000"),
        ("second column", 41.6001, -87.9875, "r000c001"),
        ("second row", 41.6091, -87.9999, "r001c000"),
        ("far", 41.6001, -87.5001, "r000c041"),
        ("outside", 36.6, -91.7, None),
        ("no latitude", None, -87.9, None),
        ("no longitude", 41.7, None, None),
    ]
    rows = spark.createDataFrame(points, "name STRING, latitude DOUBLE, longitude DOUBLE, cell STRING")
    assert_df_equality(rows.withColumn("cell", F.expr(Grid(BOX, 1.0).cell())), rows, ignore_nullable=True)


def test_the_centre_of_a_cell_lies_in_it(spark):
    grid = Grid(WIDE, SMALL_KM2)
    rows = ids(spark, "r000c000", "r123c045", "r294c245", None)
    again = grid.cell(grid.latitude("cell"), grid.longitude("cell"))
    assert_df_equality(rows.select(F.expr(again).alias("cell")), rows, ignore_nullable=True)


def test_neighbours_are_the_eight_around_and_fewer_at_the_edge(spark):
    units = ids(spark, "r010c009", "r000c000").withColumnRenamed("cell", "unit")
    around = ["r009c008", "r009c009", "r009c010", "r010c008", "r010c010", "r011c008", "r011c009", "r011c010"]
    expected = [("r010c009", cell) for cell in around]
    expected += [("r000c000", cell) for cell in ("r000c001", "r001c000", "r001c001")]
    assert_df_equality(
        units.select("unit", F.explode(F.expr(neighbours("unit"))).alias("neighbour")),
        spark.createDataFrame(expected, "unit STRING, neighbour STRING"),
        ignore_row_order=True,
        ignore_nullable=True,
    )


def test_places_tell_neighbours_from_others(spark):
    # From one side of the box to the other, in rows above each other, is no step.
    cells = ["r010c009", "r010c000", "r009c998", "r000c000", "r001c998", "r998c998"]
    cells += [f"r{row:03}c{column:03}" for row in (8, 9, 10, 11, 12) for column in (0, 1, 2, 7, 8, 9, 10, 11, 998)]
    first, other = ids(spark, *set(cells)), ids(spark, *set(cells)).withColumnRenamed("cell", "other")
    step = f"{place('other')} - {place('cell')}"
    by_place = F.expr(f"cell <> other AND ({' OR '.join(f'{step} BETWEEN {low} AND {high}' for low, high in AROUND)})")
    pairs = first.crossJoin(other).where(by_place)
    expected = first.select("cell", F.explode(F.expr(neighbours("cell"))).alias("other")).join(
        other, "other", how="inner"
    )
    assert_df_equality(pairs, expected.select("cell", "other"), ignore_row_order=True, ignore_nullable=True)
    assert pairs.where("cell = 'r010c009'").count() == 8


def test_cells_of_several_cities_in_two_sizes(spark):
    rows = incidents(
        spark,
        incident(incident_id="1", latitude=41.6001, longitude=-87.9999),
        incident(incident_id="2", latitude=None, longitude=None),
        incident(incident_id="3", city="los_angeles", latitude=33.6041, longitude=-118.7999),
        incident(incident_id="4", city="elsewhere", latitude=41.7, longitude=-87.7),
    )
    result = with_cells(rows, {"chicago": BOX, "los_angeles": WIDE}, {"cell": 0.72, "small": 0.09})
    expected = [("1", "r000c000", "r000c000"), ("2", None, None), ("3", "r000c000", "r001c000"), ("4", None, None)]
    assert_df_equality(
        result.select("incident_id", "cell", "small"),
        spark.createDataFrame(expected, "incident_id STRING, cell STRING, small STRING"),
        ignore_nullable=True,
        ignore_metadata=True,
    )
    assert result.columns == [*rows.columns, "cell", "small"]


@pytest.mark.parametrize(
    ("km2", "words"), [(0.0, "must be positive"), (float("nan"), "must be positive"), (0.001, "too small")]
)
def test_sizes_that_no_id_can_be_given_for_are_refused(km2, words):
    with pytest.raises(UsageError, match=words):
        Grid(BOX, km2)
