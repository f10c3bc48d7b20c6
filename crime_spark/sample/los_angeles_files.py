"""Los Angeles' files: peculiarities of rows, versions of incidents, and styles of files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crime_spark.sample.columns import Columns, Ints, height, put, some, take
from crime_spark.sample.los_angeles import COLUMNS, YEARS, draw_year
from crime_spark.sample.los_angeles_tables import STATUSES
from crime_spark.sample.portal import (
    COPY_HERE,
    COPY_LATER,
    REVISION_HERE,
    REVISION_LATER,
    Portal,
    Repeats,
    Style,
    untouched,
)
from crime_spark.sample.quirks import iso_dates, retyped_dates, without_zeros

# Shares of rows.
NOWHERE = 0.001  # LAT and LON 0, 0
SECOND_CODE, THIRD_CODE, FOURTH_CODE = 0.06, 0.002, 0.0003
RARE_VALUES = 0.0004  # for each value
REPEATED = 0.0004  # for each type of repeat

_LAST_WITH_BLANK = 2019  # exports up to this year have a column `AREA ` instead of `AREA`
_DATES = ("Date Rptd", "DATE OCC")
_ZERO_PADDED = ("DR_NO", "AREA", "Rpt Dist No", "TIME OCC", "Mocodes")
_ENOUGH_FOR_SPREADSHEET, _ENOUGH_FOR_API = 3, 4  # files; with fewer files, all have the style of the portal

_API_HEADER = (
    "dr_no", "date_rptd", "date_occ", "time_occ", "area", "area_name", "rpt_dist_no", "part_1_2", "crm_cd",
    "crm_cd_desc", "mocodes", "vict_age", "vict_sex", "vict_descent", "premis_cd", "premis_desc", "weapon_used_cd",
    "weapon_desc", "status", "status_desc", "crm_cd_1", "crm_cd_2", "crm_cd_3", "crm_cd_4", "location",
    "cross_street", "lat", "lon",
)  # fmt: skip


def _dress_spreadsheet(columns: Columns, rng: np.random.Generator) -> Columns:
    dates = {name: retyped_dates(columns[name], rng) for name in _DATES}
    return {**columns, **dates, **{name: without_zeros(columns[name]) for name in _ZERO_PADDED}}


def _dress_api(columns: Columns, rng: np.random.Generator) -> Columns:
    return {**columns, **{name: iso_dates(columns[name]) for name in _DATES}}


def _style(index: int, count: int, year: int) -> Style:
    """The style of a file: with enough files, the last but one is from the API and the third (of four: the second) is a
    saved spreadsheet.
    """
    if index == count - 2 and count >= _ENOUGH_FOR_API:
        return Style("_api", _API_HEADER, _dress_api, iso=True, quoted=True)
    header: tuple[str, ...] = COLUMNS
    if year <= _LAST_WITH_BLANK:
        header = tuple("AREA " if name == "AREA" else name for name in COLUMNS)
    spreadsheet = 1 if count == _ENOUGH_FOR_API else 2
    if index == spreadsheet and count >= _ENOUGH_FOR_SPREADSHEET:
        return Style("_spreadsheet", header, _dress_spreadsheet)
    return Style("", header, untouched)


def _draw(year: int, rows: int, style: Style, rng: np.random.Generator) -> Iterator[Columns]:
    """The rows of a year with their peculiarities."""
    least = 1
    for piece in draw_year(year, rows, rng):
        _lose(piece, least, rng)
        least = 0
        yield piece


def _lose(columns: Columns, least: int, rng: np.random.Generator) -> None:
    """Write values that are withheld, missing or rare into some rows, in place."""
    count = height(columns)

    def few(share: float) -> Ints:
        return some(count, share, least, rng)

    put(columns, few(NOWHERE), LAT="0", LON="0")
    put(columns, few(SECOND_CODE), Crm_Cd_2="998")
    put(columns, few(THIRD_CODE), Crm_Cd_2="930", Crm_Cd_3="998")
    put(columns, few(FOURTH_CODE), Crm_Cd_2="860", Crm_Cd_3="930", Crm_Cd_4="998")
    person = np.flatnonzero(columns["Vict Sex"] != "")

    def few_victims() -> Ints:
        return person[some(len(person), RARE_VALUES, least, rng)]

    put(columns, few_victims(), Vict_Age="-1")
    put(columns, few_victims(), Vict_Sex="H")
    put(columns, few_victims(), Vict_Sex="-", Vict_Descent="-")
    put(columns, few_victims(), Vict_Descent="-")
    put(columns, few_victims(), Vict_Descent="")
    put(columns, few(RARE_VALUES), Premis_Desc="")
    put(columns, few(RARE_VALUES), Status="CC", Status_Desc=STATUSES["CC"])


def _repeat(columns: Columns, year: int, style: Style, least: int, rng: np.random.Generator) -> Repeats:
    """Copies and revisions of the status. Only the order of rows shows which version is newer."""
    chosen = some(height(columns), 4 * REPEATED, 4 * least, rng)
    copies, revised, copies_later, revised_later = (chosen[kind::4] for kind in range(4))
    # An old number is repeated with its leading zero after a file that lost it, or without it after one that has it.
    old = np.flatnonzero([number.startswith("0") for number in columns["DR_NO"]])[:least]
    copies_later = np.union1d(copies_later, np.setdiff1d(old, revised_later))
    return Repeats(
        {COPY_HERE: take(columns, copies), REVISION_HERE: _revised(columns, revised)},
        {COPY_LATER: take(columns, copies_later), REVISION_LATER: _revised(columns, revised_later)},
    )


def _revised(columns: Columns, rows: Ints) -> Columns:
    """The rows with the status of an arrest."""
    revised = take(columns, rows)
    put(revised, np.arange(len(rows)), Status="AA", Status_Desc=STATUSES["AA"])
    return revised


def _fresh_key(year: int, serial: int) -> tuple[str, ...]:
    return (f"99{year % 100:02d}{serial:05d}",)


LOS_ANGELES = Portal(
    city="los_angeles",
    first_year=2018,
    years=YEARS,
    columns=COLUMNS,
    keys=("DR_NO",),
    date="DATE OCC",
    offense=("Part 1-2", "Crm Cd", "Crm Cd 1"),
    draw=_draw,
    repeat=_repeat,
    style=_style,
    fresh_key=_fresh_key,
    latest_first=False,
)
