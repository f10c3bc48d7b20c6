"""A grid of square cells of equal area over a city, in SQL."""

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

# Radius of the sphere with the area of the WGS 84 ellipsoid, km.
RADIUS = 6371.0072
_MOST = 999  # an id has three digits for the row and three for the column
_ROW = _MOST + 1

# Differences of `place` between a cell and its neighbors, itself included: from, to.
AROUND = tuple((up * _ROW - 1, up * _ROW + 1) for up in (-1, 0, 1))


@dataclass(frozen=True)
class Grid:
    """Squares of `km2` square kilometers over a box, with ids such as r012c034 counted from its south-west corner.

    Lambert's cylindrical equal-area projection, which keeps shapes at the middle latitude s of the box:
    x = R (longitude - west) cos(s), y = R (sin(latitude) - sin(south)) / cos(s). Source: J. P. Snyder, Map Projections:
    A Working Manual, USGS Professional Paper 1395, 1987, formulas 10-1 and 10-2. All cells have the same area on the
    sphere. Away from s their height and width differ slightly (less than 1 % in a box half a degree high).

    Raises:
        UsageError: km2 is not positive, or so small that the box has more than 999 rows or columns.
    """

    box: Box
    km2: float = KM2

    def __post_init__(self) -> None:
        if not self.km2 > 0:
            raise UsageError(f"grid cells of {self.km2} km2: the size must be positive")
        rows = (sin(radians(self.box.north)) - sin(radians(self.box.south))) / self._row_step
        columns = (self.box.east - self.box.west) / self._column_step
        if max(rows, columns) >= _MOST:
            raise UsageError(f"grid cells of {self.km2} km2 are too small: more than {_MOST} in a row or column")

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
        """SQL for the id of the cell of a point in degrees; NULL without coordinates and outside the box."""
        south = _double(sin(radians(self.box.south)))
        row = f"floor((sin(radians({latitude})) - {south}) / {_double(self._row_step)})"
        column = f"floor(({longitude} - {_double(self.box.west)}) / {_double(self._column_step)})"
        return f"CASE WHEN {self.box.holds(latitude, longitude)} THEN {_id(row, column)} END"

    def latitude(self, cell: str, share: float = 0.5) -> str:
        """SQL for degrees north in the cell of an id: its south side (share=0), center, or north side (share=1)."""
        south = _double(sin(radians(self.box.south)))
        return f"degrees(asin({south} + ({_row(cell)} + {_double(share)}) * {_double(self._row_step)}))"

    def longitude(self, cell: str, share: float = 0.5) -> str:
        """SQL for degrees east in the cell of an id: its west side (share=0), center, or east side (share=1)."""
        return f"({_double(self.box.west)} + ({_column(cell)} + {_double(share)}) * {_double(self._column_step)})"


def neighbours(cell: str) -> str:
    """SQL for the ids (ARRAY<STRING>) of the up to 8 cells that share a side or a corner with the cell of an id."""
    around = [(row, column) for row, column in product((-1, 0, 1), repeat=2) if (row, column) != (0, 0)]
    ids = []
    for up, right in around:
        row, column = f"({_row(cell)} + {up})", f"({_column(cell)} + {right})"
        within = f"{row} BETWEEN 0 AND {_MOST - 1} AND {column} BETWEEN 0 AND {_MOST - 1}"
        ids.append(f"CASE WHEN {within} THEN {_id(row, column)} END")
    return f"array_compact(array({', '.join(ids)}))"


def place(cell: str) -> str:
    """SQL for an INT from the id of a cell. Only neighbors have values that differ as in AROUND."""
    return f"({_row(cell)} * {_ROW} + {_column(cell)})"


def with_cells(incidents: DataFrame, boxes: Mapping[str, Box], sizes: Mapping[str, float]) -> DataFrame:
    """Add columns of cell ids (STRING) to incidents; NULL without coordinates, outside the box, or without a box.

    The ids are computed for each row, which costs less than joining them to the distinct coordinates.

    Args:
        incidents: with city, latitude and longitude.
        boxes: box by city.
        sizes: new column to the size of its cells in km2.

    Raises:
        UsageError: a size is not positive, or too small for the box.
    """
    cases_by_column = {
        name: " ".join(f"WHEN '{city}' THEN {Grid(box, km2).cell()}" for city, box in boxes.items())
        for name, km2 in sizes.items()
    }
    return incidents.withColumns({name: F.expr(f"CASE city {cells} END") for name, cells in cases_by_column.items()})


def _double(value: float) -> str:
    """A DOUBLE literal; without the letter it would be a DECIMAL."""
    return f"{value!r}D"


def _id(row: str, column: str) -> str:
    return f"concat('r', lpad(CAST({row} AS STRING), 3, '0'), 'c', lpad(CAST({column} AS STRING), 3, '0'))"


def _row(cell: str) -> str:
    return f"CAST(substr({cell}, 2, 3) AS INT)"


def _column(cell: str) -> str:
    return f"CAST(substr({cell}, 6, 3) AS INT)"
