"""Los Angeles: incidents as rows of the portal's "Crime Data" (data.lacity.org, 63jg-8b9z and 2nrs-mtv8)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from crime_spark.sample.columns import Columns, Floats, Ints, Texts, numbers, some, texts
from crime_spark.sample.incident import Incidents, Structure, draw, premise_tables
from crime_spark.sample.los_angeles_reports import mo_codes, statuses, victims, weapons
from crime_spark.sample.los_angeles_tables import AREAS, CITY_LIMITS, OFFENSES, OPENING, PATTERNS, PREMISES, STREETS
from crime_spark.sample.pattern import date_texts
from crime_spark.sample.place import build

COLUMNS = (
    "DR_NO", "Date Rptd", "DATE OCC", "TIME OCC", "AREA", "AREA NAME", "Rpt Dist No", "Part 1-2", "Crm Cd",
    "Crm Cd Desc", "Mocodes", "Vict Age", "Vict Sex", "Vict Descent", "Premis Cd", "Premis Desc", "Weapon Used Cd",
    "Weapon Desc", "Status", "Status Desc", "Crm Cd 1", "Crm Cd 2", "Crm Cd 3", "Crm Cd 4", "LOCATION",
    "Cross Street", "LAT", "LON",
)  # fmt: skip
# The department moved to NIBRS from 2024-03-07 on, so the sample ends before that day.
YEARS = range(2010, 2024)
LAST_REPORT = (2024, 2, 29)

_CITY_SEED = 213  # the city is the same in every sample, whatever the seed of the sample
_BLOCKS_PER_DISTRICT = 7
_PIECE = 50_000  # rows that are turned into text together; limits the memory that a large year needs
_JITTER = 0.0005  # degrees
_DEFAULT_TIMES = {12 * 60: 0.6, 1: 0.4}
_OLD_NUMBERS = 0.0005  # share of rows
_AT_CORNERS = 0.14  # share of rows
_SLOW_TO_REPORT = ("fraud", "sexual")


@cache
def structure() -> Structure:
    """What stays the same from year to year. Beats stand for reporting districts."""
    rng = np.random.default_rng(_CITY_SEED)
    names = [pattern.name for pattern in PATTERNS]
    blocks = build(AREAS, _BLOCKS_PER_DISTRICT, _inside, rng)
    return Structure(
        2021,
        PATTERNS,
        np.array([offense.weight for offense in OFFENSES]),
        np.array([names.index(offense.pattern) for offense in OFFENSES]),
        *premise_tables(PATTERNS, tuple(PREMISES), OPENING, len(AREAS), rng),
        default_times=_DEFAULT_TIMES,
        blocks=blocks,
    )


def _inside(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Latitudes and longitudes after moving points into the city limits."""
    south, north, west, east = CITY_LIMITS
    return np.clip(latitude, south, north), np.clip(longitude, west, east)


@cache
def _block_texts() -> tuple[Texts, Texts, Texts]:
    """For every block: its LOCATION, the street of that location, and a street that crosses it."""
    rng = np.random.default_rng(_CITY_SEED + 1)
    count = len(structure().blocks.area)
    padded = texts(f"{name:<29}{suffix}".strip() for name, suffix in STREETS)
    street, cross = (rng.random((2, count)) * len(STREETS)).astype(int)
    hundreds = (1 + rng.random(count) * 180).astype(int) * 100
    heading = texts(["N", "S", "E", "W", " ", " "])[(rng.random(count) * 6).astype(int)]
    return texts(map(str, hundreds.tolist())) + " " + heading + "  " + padded[street], padded[street], padded[cross]


@cache
def _district_texts() -> Texts:
    """The numbers of all reporting districts: the code of the area and two digits."""
    return texts(f"{area.code}{1 + number * 99 // area.beats:02d}" for area in AREAS for number in range(area.beats))


def draw_year(year: int, rows: int, rng: np.random.Generator) -> Iterator[Columns]:
    """Yield the rows of a year as published, by time, in pieces of at most _PIECE rows."""
    incidents = draw(structure(), year, rows, rng)
    reported = incidents.day + _delay(incidents, rng)
    first = np.datetime64(f"{year}-01-01", "D")
    last = np.datetime64("{:04d}-{:02d}-{:02d}".format(*LAST_REPORT), "D")
    days = int((np.datetime64(f"{year + 2}-01-01", "D") - first).astype(int)) - 1
    reported = np.minimum(reported, min(days, int((last - first).astype(int))))
    next_year = reported >= int((np.datetime64(f"{year + 1}-01-01", "D") - first).astype(int))
    dr_no = _report_numbers(structure().blocks.area[incidents.block], next_year, year, rng)
    for start in range(0, rows, _PIECE):
        piece = slice(start, min(rows, start + _PIECE))
        yield _rows(incidents.part(piece), reported[piece], dr_no[piece], year, rng)


def _delay(incidents: Incidents, rng: np.random.Generator) -> Ints:
    """Days from incident to report: mostly 0, with a long tail that is longest for fraud and sexual offenses."""
    slow = np.array([3.0 if offense.pattern in _SLOW_TO_REPORT else 1.0 for offense in OFFENSES])
    chance = 1 - rng.random(len(incidents.day))
    days: Ints = (1.1 * slow[incidents.offense] * (chance**-0.8 - 1)).astype(np.intp)
    return np.minimum(days, 360)


def _report_numbers(area: Ints, next_year: npt.NDArray[np.bool_], year: int, rng: np.random.Generator) -> Texts:
    """DR_NO: year of the report, area, and a serial number that is unique for both.

    Some reports get a number of the 2000s, as in the real data. A spreadsheet loses the leading zero of these numbers.
    """
    group = next_year.astype(int)
    group[some(len(area), _OLD_NUMBERS, 3, rng)] = 2
    openings = np.array([year % 100, (year + 1) % 100, year % 10])[group]
    firsts = np.array([4_000, 70_000, 96_000 if year < 2020 else 98_000])[group]
    rank = group * len(AREAS) + area
    order = np.argsort(rank, kind="stable")
    serial = np.empty(len(area), dtype=np.intp)
    serial[order] = np.arange(len(area)) - np.searchsorted(rank[order], rank[order])
    codes = [place.code for place in AREAS]
    rows = zip(openings.tolist(), area.tolist(), (firsts + serial).tolist(), strict=True)
    return texts(f"{opening:02d}{codes[place]}{number:05d}" for opening, place, number in rows)


def _rows(incidents: Incidents, reported: Ints, dr_no: Texts, year: int, rng: np.random.Generator) -> Columns:
    """The incidents as columns of text."""
    count = len(dr_no)
    dates, blocks = date_texts(year) + " 12:00:00 AM", structure().blocks
    area, district = blocks.area[incidents.block], blocks.beat[incidents.block]
    # The portal has no 0000; midnight is 0001.
    minute = np.maximum(incidents.minute, 1)
    shift = _JITTER * (2 * rng.random((2, count)) - 1)
    fields = zip(*((offense.code, offense.description, offense.part) for offense in OFFENSES), strict=True)
    code, description, part = (texts(values)[incidents.offense] for values in fields)
    blank = texts([""] * count)
    columns = {
        "DR_NO": dr_no,
        "Date Rptd": dates[reported],
        "DATE OCC": dates[incidents.day],
        "TIME OCC": texts(f"{m // 60:02d}{m % 60:02d}" for m in range(1440))[minute],
        "AREA": texts(place.code for place in AREAS)[area],
        "AREA NAME": texts(place.name for place in AREAS)[area],
        "Rpt Dist No": _district_texts()[district],
        "Part 1-2": part,
        "Crm Cd": code,
        "Crm Cd Desc": description,
        "Mocodes": mo_codes(incidents.offense, rng),
        "Premis Cd": texts(PREMISES)[incidents.premise],
        "Premis Desc": texts(PREMISES.values())[incidents.premise],
        "Crm Cd 1": code.copy(),
        "Crm Cd 2": blank.copy(),
        "Crm Cd 3": blank.copy(),
        "Crm Cd 4": blank.copy(),
        "LAT": numbers(blocks.latitude[incidents.block] + shift[0], 4),
        "LON": numbers(blocks.longitude[incidents.block] + shift[1], 4),
        **victims(incidents.offense, area, rng),
        **weapons(incidents.offense, rng),
        **statuses(incidents.offense, rng),
        **_locations(incidents.block, rng),
    }
    return {name: columns[name] for name in COLUMNS}


def _locations(block: Ints, rng: np.random.Generator) -> Columns:
    """LOCATION with its runs of blanks, and Cross Street. At a corner, LOCATION has no house number."""
    numbered, streets, crossing = _block_texts()
    corner = rng.random(len(block)) < _AT_CORNERS
    return {
        "LOCATION": np.where(corner, streets[block], numbered[block]),
        "Cross Street": np.where(corner, crossing[block], ""),
    }
