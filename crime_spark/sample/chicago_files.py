"""Chicago's files: peculiarities of rows, versions of incidents, and styles of files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crime_spark.sample.chicago import COLUMNS, YEARS, draw_year, mass_update, offense_columns
from crime_spark.sample.chicago_tables import MISSOURI, OFFENSES, RECLASSIFIED
from crime_spark.sample.columns import Columns, Ints, height, put, some, take, texts
from crime_spark.sample.portal import (
    COPY_HERE,
    MOVED_LATER,
    REVISION_HERE,
    REVISION_LATER,
    STALE_LATER,
    Portal,
    Repeats,
    Style,
    untouched,
)
from crime_spark.sample.quirks import blanked, without_zeros

# Shares of rows.
NO_COORDINATES = 0.01
FAR_AWAY = 0.0003
NO_PREMISE = 0.003
NO_WARD = 0.0005
SECOND_VICTIMS = 0.06  # of homicides
REPEATED = 0.0004  # for each type of repeat

_HOMICIDE = "0110"
# Columns that are blank in exports of the first years. ID is blank too.
_NOT_YET_KNOWN = ("Updated On", "District", "Community Area", "Ward")
_ENOUGH_FILES = 3  # with fewer files, all have the style of the portal today


def _dress_old(columns: Columns, rng: np.random.Generator) -> Columns:
    return blanked(columns, _NOT_YET_KNOWN)


def _dress_spreadsheet(columns: Columns, rng: np.random.Generator) -> Columns:
    numbers = {name: without_zeros(columns[name]) for name in ("IUCR", "Beat", "District", "FBI Code")}
    flags = {name: texts(text.upper() for text in columns[name]) for name in ("Arrest", "Domestic")}
    return {**columns, **numbers, **flags}


PLAIN = Style("", COLUMNS, untouched)
OLD = Style("_no_ids", COLUMNS, _dress_old, without_ids=True)
SPREADSHEET = Style("_spreadsheet", COLUMNS, _dress_spreadsheet)


def _style(index: int, count: int, year: int) -> Style:
    """The style of a file: with several files, the first is an old export and the third a saved spreadsheet."""
    return {0: OLD, 2: SPREADSHEET}.get(index, PLAIN) if count >= _ENOUGH_FILES else PLAIN


def _draw(year: int, rows: int, style: Style, rng: np.random.Generator) -> Iterator[Columns]:
    """The rows of a year with their peculiarities. An old export has one row for each Case Number."""
    least = 1
    for piece in draw_year(year, rows, rng):
        _lose(piece, least, rng)
        if style.without_ids:
            piece["ID"][:] = ""
            yield piece
        else:
            yield _with_second_victims(piece, rng)
        least = 0


def _lose(columns: Columns, least: int, rng: np.random.Generator) -> None:
    """Blank some values and move some incidents to Missouri, in place."""
    count = height(columns)
    blank = some(count, NO_COORDINATES, least, rng)
    put(columns, blank, X_Coordinate="", Y_Coordinate="", Latitude="", Longitude="", Location="")
    north, east = MISSOURI
    far = some(count, FAR_AWAY, least, rng)
    put(columns, far, X_Coordinate="0", Y_Coordinate="0", Latitude=north, Longitude=east, Location=f"({north}, {east})")
    put(columns, some(count, NO_PREMISE, least, rng), Location_Description="")
    put(columns, some(count, NO_WARD, least, rng), Ward="", Community_Area="")


def _with_second_victims(columns: Columns, rng: np.random.Generator) -> Columns:
    """The rows, with a second row for some homicides: a second victim with the same Case Number and another ID."""
    homicides = np.flatnonzero(columns["IUCR"] == _HOMICIDE)
    if not len(homicides):
        return columns
    chosen = homicides[some(len(homicides), SECOND_VICTIMS, 1, rng)]
    rows = np.sort(np.concatenate([np.arange(height(columns)), chosen]))
    again = np.flatnonzero(rows[1:] == rows[:-1]) + 1
    columns = take(columns, rows)
    columns["ID"][again] = texts(str(int(number) + 1) for number in columns["ID"][again])
    return columns


def _repeat(columns: Columns, year: int, style: Style, least: int, rng: np.random.Generator) -> Repeats:
    """Copies and revisions. Without Updated On, only those whose order does not depend on it."""
    chosen = some(height(columns), 4 * REPEATED, 4 * least, rng)
    same, revised, later, stale = (chosen[kind::4] for kind in range(4))
    repeats = Repeats(here={COPY_HERE: take(columns, same)})
    repeats.later[REVISION_LATER] = _revised(columns, later, year, rng)
    if not style.without_ids:
        repeats.here[REVISION_HERE] = _revised(columns, revised, year, rng)
        repeats.later[STALE_LATER] = _stale(columns, stale)
        last = np.array([height(columns) - 1], dtype=np.intp)
        if columns["Date"][last[0]].startswith("12/31"):
            repeats.later[MOVED_LATER] = _moved(columns, last, year, rng)
    return repeats


def _revised(columns: Columns, rows: Ints, year: int, rng: np.random.Generator) -> Columns:
    """The rows at a later Updated On: all with an arrest, and some with another offense."""
    revised = take(columns, rows)
    revised["Arrest"][:] = "true"
    day = 1 + (28 * rng.random(len(rows))).astype(int)
    revised["Updated On"] = texts(f"03/{d:02d}/{mass_update(year) + 1} 03:55:00 PM" for d in day)
    index = {offense.iucr: number for number, offense in enumerate(OFFENSES)}
    offense = np.array([index[RECLASSIFIED.get(code, code)] for code in revised["IUCR"]], dtype=np.intp)
    return {**revised, **offense_columns(offense)}


def _stale(columns: Columns, rows: Ints) -> Columns:
    """The rows as on the day of the incident, as if an older export was delivered later."""
    stale = take(columns, rows)
    stale["Updated On"] = texts(f"{date[:10]} 11:59:00 PM" for date in stale["Date"])
    return stale


def _moved(columns: Columns, rows: Ints, year: int, rng: np.random.Generator) -> Columns:
    """The rows of December 31, revised so that they happened after midnight."""
    moved = _revised(columns, rows, year, rng)
    put(moved, np.arange(len(rows)), Date=f"01/01/{year + 1} 12:30:00 AM", Year=str(year + 1))
    return moved


def _fresh_key(year: int, serial: int) -> tuple[str, ...]:
    return f"99{year % 100:02d}{serial:04d}", f"ZZ{year % 100:02d}{serial:04d}"


CHICAGO = Portal(
    city="chicago",
    first_year=2014,
    years=YEARS,
    columns=COLUMNS,
    keys=("ID", "Case Number"),
    date="Date",
    offense=("IUCR", "FBI Code"),
    draw=_draw,
    repeat=_repeat,
    style=_style,
    fresh_key=_fresh_key,
    latest_first=True,
)
