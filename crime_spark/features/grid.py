"""Square cells of equal area over a city, by SQL alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import cos, degrees, radians, sin, sqrt

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import Box
from crime_spark.errors import UsageError

KM2 = 0.72
SMALL_KM2 = 0.09

# Of the sphere that has the area of the WGS 84 ellipsoid, km.
RADIUS = 6371.0072
_MOST = 999  # an id has three digits for the row and three for the column
_ROW = _MOST + 1

# What `place` of a cell's neighbours, and of itself, differs by: from, to.
AROUND = tuple((up * _ROW - 1, up * _ROW + 1) for up in (-1, 0, 1))


@dataclass(frozen=True)
class Grid:
    """Squares of km2 square kilometres over a box, counted from its south-west corner: r012c034.

    Lambert's cylindrical equal-area projection, true in shape at the box's middle latitude s:
    x = R (longitude - west) cos(s), y = R (sin(latitude) - sin(south)) / cos(s). Source: J. P. Snyder, Map Projections:
    A Working Manual, USGS Professional Paper 1395, 1987, formulas 10-1 and 10-2. All cells have the same area on the
    sphere; away from s they are a little higher or wider than a square (under 1 % in a box half a degree high).

    Raises:
        UsageError: km2 is not above 0, or so small that the box has more than 999 rows or columns.
    """

    box: Box
    km2: float = KM2

    def __post_init__(self) -> None:
        if not self.km2 > 0:
            raise UsageError(f"grid cells of {self.km2} km2: the size must be above 0")
        rows = (sin(radians(self.box.north)) - sin(radians(self.box.south))) / self._row_step
        columns = (self.box.east - self.box.west) / self._column_step
        if max(rows, columns) >= _MOST:
            raise UsageError(f"grid cells of {self.km2} km2 are too small: over {_MOST} in a row or column")

    @property
    def _standard(self) -> float:
        """cos(s)."""
        return cos(radians((self.box.south + self.box.north) / 2))

    @property
    def _row_step(self) -> float:
        """Height of a row, in sines of the latitude."""
        return sqrt(self.km2) * self._standard / RADIUS

    @property
    def _column_step(self) -> float:
        """Width of a column in degrees of longitude."""
        return degrees(sqrt(self.km2) / (RADIUS * self._standard))

    def cell(self, latitude: str = "latitude", longitude: str = "longitude") -> str:
        """SQL: id of the cell of a point in degrees; NULL without coordinates and outside the box."""
        south = _double(sin(radians(self.box.south)))
        row = f"floor((sin(radians({latitude})) - {south}) / {_double(self._row_step)})"
        column = f"floor(({longitude} - {_double(self.box.west)}) / {_double(self._column_step)})"
        return f"CASE WHEN {self.box.holds(latitude, longitude)} THEN {_id(row, column)} END"

    def latitude(self, cell: str, at: float = 0.5) -> str:
        """SQL: degrees north in the cell of this id: of its south side (at=0), its centre, or its north side (at=1)."""
        south = _double(sin(radians(self.box.south)))
        return f"degrees(asin({south} + ({_row(cell)} + {_double(at)}) * {_double(self._row_step)}))"

    def longitude(self, cell: str, at: float = 0.5) -> str:
        """SQL: degrees east in the cell of this id: of its west side (at=0), its centre, or its east side (at=1)."""
        return f"({_double(self.box.west)} + ({_column(cell)} + {_double(at)}) * {_double(self._column_step)})"


def neighbours(cell: str) -> str:
    """SQL: ARRAY<STRING> of the ids of the up to 8 cells that share a side or a corner with the cell of this id."""
    around = [(row, column) for row, column in product((-1, 0, 1), repeat=2) if (row, column) != (0, 0)]
    ids = []
    for up, right in around:
        row, column = f"({_row(cell)} + {up})", f"({_column(cell)} + {right})"
        within = f"{row} BETWEEN 0 AND {_MOST - 1} AND {column} BETWEEN 0 AND {_MOST - 1}"
        ids.append(f"CASE WHEN {within} THEN {_id(row, column)} END")
    return f"array_compact(array({', '.join(ids)}))"


def place(cell: str) -> str:
    """SQL: INT from the id of a cell, by which those of its neighbours differ as AROUND says, and no others."""
    return f"({_row(cell)} * {_ROW} + {_column(cell)})"


def with_cells(incidents: DataFrame, boxes: Mapping[str, Box], sizes: Mapping[str, float]) -> DataFrame:
    """Incidents with a column of cell ids (STRING) for each of sizes, column name -> km2; boxes are by city.

    NULL without coordinates, outside the box, and for a city that has no box. Computed row by row: the sine and the two
    floors cost less than finding the distinct coordinates and joining their ids back.

    Raises:
        UsageError: a size is not above 0, or too small for the box.
    """
    found = {
        name: " ".join(f"WHEN '{city}' THEN {Grid(box, km2).cell()}" for city, box in boxes.items())
        for name, km2 in sizes.items()
    }
    return incidents.withColumns({name: F.expr(f"CASE city {cells} END") for name, cells in found.items()})


def _double(value: float) -> str:
    """A literal that is a DOUBLE: without the letter it would be a DECIMAL."""
    return f"{value!r}D"


def _id(row: str, column: str) -> str:
    return f"concat('r', lpad(CAST({row} AS STRING), 3, '0'), 'c', lpad(CAST({column} AS STRING), 3, '0'))"


def _row(cell: str) -> str:
    return f"CAST(substr({cell}, 2, 3) AS INT)"


def _column(cell: str) -> str:
    return f"CAST(substr({cell}, 6, 3) AS INT)"
