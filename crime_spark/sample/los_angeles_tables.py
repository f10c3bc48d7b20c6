"""Los Angeles' offenses, police areas, premises, streets, weapons, statuses and descent of victims.

Offense codes and descriptions: the more frequent ones in "Crime Data from 2020 to Present" (data.lacity.org,
2nrs-mtv8), where the portal also explains descent and status. Weights and shares of offenses, and centers, spreads and
tilts of areas: from its rows of January to March 2023, February 2024 and a part of 2020, rounded. Weights of areas are
adjusted by hand where that part of 2020 holds too much of an area. tables/los_angeles.yml and
tables/los_angeles_patterns.yml give the sources of the other values.
"""

from __future__ import annotations

from typing import NamedTuple

from crime_spark.sample.pattern import read_patterns
from crime_spark.sample.place import Area
from crime_spark.sample.tables import read_records, read_values


class Offense(NamedTuple):
    """A crime code.

    Attributes:
        code: crime code.
        description: published text.
        part: 1 for serious, 2 for less serious.
        pattern: name of its pattern.
        weight: share of all incidents in per mille.
        no_victim: share of its reports without victim columns.
        unknown: share of its victims whose sex is unknown, mostly companies.
        female: share of women among the other victims.
        age: median age of its victims in years.
        weapon: key of WEAPONS.
        cleared: share of its reports whose status is not "continuing".
    """

    code: str
    description: str
    part: str
    pattern: str
    weight: float
    no_victim: float
    unknown: float
    female: float
    age: float
    weapon: str
    cleared: float


OFFENSES = read_records("los_angeles_offenses", Offense)
# Tilts follow the order of PATTERNS.
AREAS = read_records("los_angeles_areas", Area)
PATTERNS = read_patterns("los_angeles_patterns")

_VALUES = read_values("los_angeles")
PREMISES: dict[str, str] = _VALUES["premises"]
OPENING: dict[str, tuple[float, float, float, float]] = _VALUES["opening"]
STREETS: list[tuple[str, str]] = _VALUES["streets"]
WEAPON_NAMES: dict[str, str] = _VALUES["weapon_names"]
WEAPONS: dict[str, dict[str, float]] = _VALUES["weapons"]
STATUSES: dict[str, str] = _VALUES["statuses"]
CLEARED_AS: dict[str, float] = _VALUES["cleared_as"]
MO_CODES: dict[str, str] = _VALUES["mo_codes"]
DESCENT_CODES: list[dict[str, float]] = _VALUES["descent_codes"]
DESCENT_BY_AREA: list[list[float]] = _VALUES["descent_by_area"]
DESCENT_TILT: dict[str, list[float]] = _VALUES["descent_tilt"]

CITY_LIMITS = (33.705, 34.335, -118.665, -118.157)  # south, north, west, east
