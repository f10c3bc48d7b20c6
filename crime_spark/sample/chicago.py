"""Chicago: incidents as rows of the portal's "Crimes - 2001 to Present" (data.cityofchicago.org, ijzp-q8t2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from crime_spark.sample.chicago_tables import (
    CITY_LIMITS,
    COMMUNITY_AREAS,
    DEGREES_A_BLOCK,
    DISTRICTS,
    EAST_WEST,
    NORTH_SOUTH,
    OFFENSES,
    OPENING,
    PATTERNS,
    PREMISES,
    SHORE,
    STATE_AND_MADISON,
    STATE_PLANE_ORIGIN,
    STATE_PLANE_X,
    STATE_PLANE_Y,
    WARDS,
)
from crime_spark.sample.columns import Columns, Floats, Ints, Texts, numbers, texts
from crime_spark.sample.incident import Incidents, Structure, draw, premise_tables, tilted
from crime_spark.sample.pattern import clock_texts, date_texts
from crime_spark.sample.place import Blocks, build, nearest

COLUMNS = (
    "ID", "Case Number", "Date", "Block", "IUCR", "Primary Type", "Description", "Location Description", "Arrest",
    "Domestic", "Beat", "District", "Ward", "Community Area", "FBI Code", "X Coordinate", "Y Coordinate", "Year",
    "Updated On", "Latitude", "Longitude", "Location",
)  # fmt: skip
FIRST_YEAR = 2001
# The first letters of a Case Number by year from 2001: as published for 2013 to 2017, by analogy for other years.
_CASE_LETTERS = (
    "G", "HH", "HJ", "HK", "HL", "HM", "HN", "HP", "HR", "HS", "HT", "HV", "HW", "HX", "HY", "HZ", "JA", "JB", "JC",
    "JD", "JE", "JF", "JG", "JH",
)  # fmt: skip
YEARS = range(FIRST_YEAR, FIRST_YEAR + len(_CASE_LETTERS))
HOME = {"APARTMENT", "RESIDENCE", "CHA APARTMENT", "RESIDENCE PORCH/HALLWAY"}

_CITY_SEED = 312  # the city is the same in every sample, whatever the seed of the sample
_BLOCKS_PER_BEAT = 30
_PIECE = 50_000  # rows that are turned into text together; limits the memory that a large year needs
_JITTER = 0.0004  # degrees
_DEFAULT_TIMES = {0: 0.25, 1: 0.35, 9 * 60: 0.15, 12 * 60: 0.25}
_MASS_UPDATE_YEAR = 2018  # the year in which the portal updated every row
_TOUCHED_LATER = 0.3


@cache
def structure() -> Structure:
    """What stays the same from year to year."""
    rng = np.random.default_rng(_CITY_SEED)
    names = [pattern.name for pattern in PATTERNS]
    blocks = build(DISTRICTS, _BLOCKS_PER_BEAT, _ashore, rng)
    return Structure(
        2015,
        PATTERNS,
        np.array([offense.weight for offense in OFFENSES]),
        np.array([names.index(offense.pattern) for offense in OFFENSES]),
        *premise_tables(PATTERNS, PREMISES, OPENING, len(DISTRICTS), rng),
        default_times=_DEFAULT_TIMES,
        blocks=blocks,
    )


def _ashore(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Latitudes and longitudes after moving points into the city limits and out of the lake."""
    south, north, west = CITY_LIMITS
    latitude = np.clip(latitude, south, north)
    shore = np.interp(latitude, list(SHORE), list(SHORE.values()))
    # Mirroring instead of clipping keeps points from gathering along the shore.
    longitude = np.where(longitude > shore, 2 * shore - longitude, longitude)
    return latitude, np.maximum(longitude, west)


@cache
def _block_texts() -> Texts:
    """The text of every block, such as `014XX S AVERS AVE`, in turns on a north-south and on an east-west street."""
    blocks = structure().blocks
    north = np.round((blocks.latitude - STATE_AND_MADISON[0]) / DEGREES_A_BLOCK[0]).astype(int).tolist()
    east = np.round((blocks.longitude - STATE_AND_MADISON[1]) / DEGREES_A_BLOCK[1]).astype(int).tolist()
    column = np.clip((blocks.longitude + 87.83) / 0.0103, 0, len(NORTH_SOUTH) - 1).astype(int).tolist()
    block_texts = []
    for number, (up, right, street) in enumerate(zip(north, east, column, strict=True)):
        if number % 2:
            block_texts.append(f"{abs(up):03d}XX {'N' if up >= 0 else 'S'} {NORTH_SOUTH[street]}")
        else:
            block_texts.append(f"{abs(right):03d}XX {'E' if right >= 0 else 'W'} {_east_west(up)}")
    return texts(block_texts)


def _east_west(north: int) -> str:
    """The street that lies this number of blocks north of Madison; south of it, most streets are numbers."""
    if north >= -11:
        return EAST_WEST[min(max(north, 0) // 4, len(EAST_WEST) - 1)]
    street = -north
    ending = "TH" if 10 < street % 100 < 14 else {1: "ST", 2: "ND", 3: "RD"}.get(street % 10, "TH")
    return f"{street}{ending} ST"


@cache
def _beat_texts() -> tuple[Texts, Texts, Texts]:
    """Texts of the number, the ward and the community area of every beat."""
    blocks = structure().blocks
    beats = []
    for district in DISTRICTS:
        beats += [f"{district.code[1:]}{car // 5 + 1}{car % 5 + 1}" for car in range(district.beats)]
    latitude, longitude = blocks.centers()
    wards, areas = nearest(latitude, longitude, WARDS), nearest(latitude, longitude, COMMUNITY_AREAS)
    return texts(beats), texts(map(str, wards)), texts(map(str, areas))


@cache
def _tilts() -> tuple[Floats, Floats, Floats]:
    """Log-odds of an arrest by premise and by district, and of a domestic incident by premise."""
    rng = np.random.default_rng(_CITY_SEED + 1)
    by_premise = 0.4 * rng.standard_normal(len(PREMISES))
    by_district = 0.25 * rng.standard_normal(len(DISTRICTS))
    return by_premise, by_district, np.array([0.5 if name in HOME else -0.7 for name in PREMISES])


def draw_year(year: int, rows: int, rng: np.random.Generator) -> Iterator[Columns]:
    """Yield the rows of a year as published, by time, in pieces of at most _PIECE rows."""
    incidents = draw(structure(), year, rows, rng)
    since = year - FIRST_YEAR
    # Homicides have a range of their own with five or six digits. Every second number stays free for a second victim.
    homicide = np.array([offense.fbi_code == "01A" for offense in OFFENSES])[incidents.offense]
    ids = 2_000_000 + since * max(500_000, 2 * rows) + np.arange(rows)
    ids[homicide] = 10_000 + since * max(2_000, rows // 20) + 2 * np.arange(homicide.sum())
    for start in range(0, rows, _PIECE):
        piece = slice(start, min(rows, start + _PIECE))
        yield _rows(incidents.part(piece), ids[piece], start, year, rng)


def _rows(incidents: Incidents, ids: Ints, start: int, year: int, rng: np.random.Generator) -> Columns:
    """The incidents as columns of text."""
    count = len(ids)
    block, district = incidents.block, structure().blocks.area[incidents.block]
    beat = structure().blocks.beat[block]
    beat_texts, wards, areas = _beat_texts()
    arrest_premise, arrest_district, domestic_premise = _tilts()
    arrest = np.array([offense.arrest for offense in OFFENSES])[incidents.offense]
    domestic = np.array([offense.domestic for offense in OFFENSES])[incidents.offense]
    arrested = rng.random(count) < tilted(arrest, arrest_premise[incidents.premise] + arrest_district[district])
    at_home = rng.random(count) < tilted(domestic, domestic_premise[incidents.premise])
    flag = texts(["false", "true"])
    case = _CASE_LETTERS[year - FIRST_YEAR]
    columns = {
        "ID": texts(map(str, ids.tolist())),
        "Case Number": texts(f"{case}{number}" for number in range(100_000 + start, 100_000 + start + count)),
        "Date": date_texts(year)[incidents.day] + " " + clock_texts()[incidents.minute],
        "Block": _block_texts()[block],
        "Location Description": texts(PREMISES)[incidents.premise],
        "Arrest": flag[arrested.astype(int)],
        "Domestic": flag[at_home.astype(int)],
        "Beat": beat_texts[beat],
        "District": texts(area.code for area in DISTRICTS)[district],
        "Ward": wards[beat],
        "Community Area": areas[beat],
        "Year": texts([str(year)] * count),
        "Updated On": _updated(incidents, year, rng),
        **offense_columns(incidents.offense),
        **_coordinates(structure().blocks, block, rng),
    }
    return {name: columns[name] for name in COLUMNS}


def offense_columns(offense: Ints) -> Columns:
    """IUCR, Primary Type, Description and FBI Code by index of OFFENSES."""
    fields = zip(*((o.iucr, o.primary_type, o.description, o.fbi_code) for o in OFFENSES), strict=True)
    names = ("IUCR", "Primary Type", "Description", "FBI Code")
    return {name: texts(values)[offense] for name, values in zip(names, fields, strict=True)}


def mass_update(year: int) -> int:
    """The year in which the portal updated all rows of the given year together."""
    return max(_MASS_UPDATE_YEAR, year + 1)


def _updated(incidents: Incidents, year: int, rng: np.random.Generator) -> Texts:
    """Updated On: the day of the mass update, or for some rows a day one to twelve months after the incident."""
    updated = texts([f"02/10/{mass_update(year)} 03:50:01 PM"] * len(incidents.day))
    rows = np.flatnonzero(rng.random(len(updated)) < _TOUCHED_LATER)
    day = incidents.day[rows] + 30 + (335 * rng.random(len(rows))).astype(int)
    updated[rows] = date_texts(year)[day] + " 03:40:00 PM"
    return updated


def _coordinates(blocks: Blocks, block: Ints, rng: np.random.Generator) -> Columns:
    """State Plane feet, degrees and the text of both degrees, for a random point near the center of each block."""
    shift = _JITTER * (2 * rng.random((2, len(block))) - 1)
    latitude, longitude = blocks.latitude[block] + shift[0], blocks.longitude[block] + shift[1]
    north, east = latitude - STATE_PLANE_ORIGIN[0], longitude - STATE_PLANE_ORIGIN[1]
    feet = {}
    for name, (offset, per_latitude, per_longitude) in (("X", STATE_PLANE_X), ("Y", STATE_PLANE_Y)):
        exact = offset + per_latitude * north + per_longitude * east
        feet[f"{name} Coordinate"] = texts(map(str, np.round(exact).astype(int).tolist()))
    degrees = {"Latitude": numbers(latitude, 9), "Longitude": numbers(longitude, 9)}
    return {**feet, **degrees, "Location": "(" + degrees["Latitude"] + ", " + degrees["Longitude"] + ")"}
