"""Chicago's offenses, police districts, premises and street grid.

Offense codes, descriptions and FBI codes: the more frequent ones in "Crimes - 2001 to Present"
(data.cityofchicago.org, ijzp-q8t2), where the portal also explains them. Weights and rates of offenses, and number of
beats, centers, spreads, weights and tilts of districts: from its rows of 2015, rounded. The State Plane formula is
fitted to the same rows; it is wrong by about 20 feet. tables/chicago.yml and tables/chicago_patterns.yml give the
sources of the other values.
"""

from __future__ import annotations

from typing import NamedTuple

from crime_spark.sample.pattern import read_patterns
from crime_spark.sample.place import Area
from crime_spark.sample.tables import read_records, read_values


class Offense(NamedTuple):
    """An offense code.

    Attributes:
        iucr: IUCR code.
        primary_type: published text of its group.
        description: published text.
        fbi_code: FBI code.
        pattern: name of its pattern.
        weight: share of all incidents in per mille.
        arrest: share of its incidents with an arrest.
        domestic: share of its incidents that are domestic.
    """

    iucr: str
    primary_type: str
    description: str
    fbi_code: str
    pattern: str
    weight: float
    arrest: float
    domestic: float


OFFENSES = read_records("chicago_offenses", Offense)
# Tilts follow the order of PATTERNS.
DISTRICTS = read_records("chicago_districts", Area)
PATTERNS = read_patterns("chicago_patterns")

_VALUES = read_values("chicago")
RECLASSIFIED: dict[str, str] = _VALUES["reclassified"]
WARDS: list[tuple[float, float]] = _VALUES["wards"]
COMMUNITY_AREAS: list[tuple[float, float]] = _VALUES["community_areas"]
OPENING: dict[str, tuple[float, float, float, float]] = _VALUES["opening"]
PREMISES = tuple(
    sorted({premise for pattern in PATTERNS for premise in pattern.premises} | {*_VALUES["other_premises"]})
)
NORTH_SOUTH: list[str] = _VALUES["north_south"]
EAST_WEST: list[str] = _VALUES["east_west"]
SHORE: dict[float, float] = _VALUES["shore"]

# The street grid has 800 house numbers to the mile, counted from State and Madison.
STATE_AND_MADISON = (41.8820, -87.6278)
DEGREES_A_BLOCK = (0.001811, 0.002425)  # latitude, longitude of 100 numbers
CITY_LIMITS = (41.645, 42.022, -87.93)  # south, north, west

# Illinois State Plane East (EPSG:3435) in feet, approximated: offset, per degree of latitude, per degree of longitude.
STATE_PLANE_X = (1162262.9, -2848.5, 272444.2)
STATE_PLANE_Y = (1888613.2, 364383.2, 2060.0)
STATE_PLANE_ORIGIN = (41.85, -87.68)

# State Plane 0, 0 lies in Missouri. The portal has it where an incident could not be located.
MISSOURI = ("36.619446395", "-91.686565684")
