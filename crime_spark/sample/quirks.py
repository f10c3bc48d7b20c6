"""Changes by spreadsheets and by the portals' API, and records that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from crime_spark.sample.columns import Columns, Texts, height, some, texts
from crime_spark.sample.portal import Portal, Style

# Why a record cannot be used. Each such record has exactly one of these faults.
NO_KEY = "no key"
UNREADABLE_DATE = "unreadable date"
FEBRUARY_30 = "February 30"
YEAR_19 = "year 0019"
FUTURE_DATE = "future date"
NO_OFFENSE_CODE = "no offense code"
WRONG_FIELDS = "wrong number of fields"
HOPELESS = (NO_KEY, UNREADABLE_DATE, FEBRUARY_30, YEAR_19, FUTURE_DATE, NO_OFFENSE_CODE, WRONG_FIELDS)

_SHARE_OF_EACH = 0.0002
_FUTURE_YEAR = 2099
_RETYPED = (0.30, 0.45)  # shares of the dates in a spreadsheet: MM/dd/yyyy HH:mm, and both this and M/d/yyyy H:mm


def without_zeros(column: Texts) -> Texts:
    """The texts after a spreadsheet read them as numbers: without leading zeros. Other texts do not change."""
    return texts(str(int(text)) if text.isdigit() else text for text in column)


def retyped_dates(column: Texts, rng: np.random.Generator) -> Texts:
    """Dates such as `01/08/2020 12:00:00 AM`, some as `01/08/2020 00:00` or `1/8/2020 0:00`."""

    def retyped(text: str, chance: float) -> str:
        if chance >= sum(_RETYPED):
            return text
        month, day, year = text[:10].split("/")
        return f"{month}/{day}/{year} 00:00" if chance < _RETYPED[0] else f"{int(month)}/{int(day)}/{year} 0:00"

    return texts(map(retyped, column, rng.random(len(column)).tolist()))


def iso_dates(column: Texts) -> Texts:
    """`01/08/2020 12:00:00 AM` as `2020-01-08T00:00:00.000`; all times must be midnight."""
    return texts(f"{text[6:10]}-{text[:2]}-{text[3:5]}T00:00:00.000" for text in column)


def blanked(columns: Columns, names: Iterable[str]) -> Columns:
    """The columns, with some of them blank."""
    blank = texts([""] * height(columns))
    return {**columns, **dict.fromkeys(names, blank)}


def hopeless_records(
    portal: Portal,
    style: Style,
    columns: Columns,
    year: int,
    serials: Iterator[int],
    least: int,
    rng: np.random.Generator,
) -> list[tuple[str, list[str]]]:
    """Records that cannot be used: copies of some rows with a new key and a fault.

    Args:
        portal: the portal.
        style: style of the file.
        columns: columns of the file, in that style.
        year: year of the file.
        serials: serial numbers for the new keys.
        least: the least number of records for each fault.
        rng: random numbers.

    Returns:
        The fault and the fields of each record.
    """
    records = []
    for reason in HOPELESS:
        for row in some(height(columns), _SHARE_OF_EACH, least, rng):
            serial = next(serials)
            record = {name: str(column[row]) for name, column in columns.items()}
            for name, key in zip(portal.keys, portal.fresh_key(year, serial), strict=True):
                record[name] = "" if reason == NO_KEY or not record[name] else key
            records.append((reason, _spoiled(portal, style, record, reason, year, serial)))
    return records


def _spoiled(portal: Portal, style: Style, record: dict[str, str], reason: str, year: int, serial: int) -> list[str]:
    """The fields of the record with the fault; the serial number chooses between variants of a fault."""
    dates = {
        UNREADABLE_DATE: ("UNKNOWN", _date(style, year, 13, 45), "")[serial % 3],
        FEBRUARY_30: _date(style, year, 2, 30),
        YEAR_19: _date(style, 19, 3, 5),
        FUTURE_DATE: _date(style, _FUTURE_YEAR, 7, 4),
    }
    if reason in dates:
        record[portal.date] = dates[reason]
    if reason == NO_OFFENSE_CODE:
        record.update(dict.fromkeys(portal.offense, ""))
    fields = list(record.values())
    if reason == WRONG_FIELDS:
        half = len(fields) // 2
        return fields[:half] if serial % 2 else [*fields[:half], "SEE NARRATIVE", *fields[half:]]
    return fields


def _date(style: Style, year: int, month: int, day: int) -> str:
    """A date of the file's style, whether it exists or not."""
    if style.iso:
        return f"{year:04d}-{month:02d}-{day:02d}T00:00:00.000"
    return f"{month:02d}/{day:02d}/{year:04d} 12:00:00 AM"
