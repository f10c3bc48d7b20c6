"""How a city publishes its files, as the writer needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from crime_spark.sample.columns import Columns

# Types of repeats: further versions of an incident.
COPY_HERE, COPY_LATER = "copy in the same file", "copy in a later file"
REVISION_HERE, REVISION_LATER = "revision in the same file", "revision in a later file"
STALE_LATER, MOVED_LATER = "older version in a later file", "revision into the next year"


@dataclass(frozen=True)
class Style:
    """The format of a file.

    Attributes:
        suffix: end of the file's name.
        header: names of the columns.
        dress: turns columns as the portal has them into columns of this file.
        iso: dates are ISO 8601.
        quoted: every value that is not blank is quoted, as by the portals' API.
        without_ids: an older export.
    """

    suffix: str
    header: tuple[str, ...]
    dress: Callable[[Columns, np.random.Generator], Columns]
    iso: bool = False
    quoted: bool = False
    without_ids: bool = False


@dataclass(frozen=True)
class Repeats:
    """Further versions of incidents by type.

    Attributes:
        here: rows for the same file.
        later: rows for the file of the next year.
    """

    here: dict[str, Columns] = field(default_factory=dict)
    later: dict[str, Columns] = field(default_factory=dict)


@dataclass(frozen=True)
class Portal:
    """The published files of a city.

    Attributes:
        city: name of the city.
        first_year: first year by default.
        years: years that can be generated.
        columns: names of the columns.
        keys, date, offense: columns that a record needs.
        draw: (year, rows, style, rng) to pieces of a year, by time.
        repeat: (piece, year, style, least, rng) to further versions, at least `least` of each type.
        style: (index, count, year) to the style of a file.
        fresh_key: (year, serial number) to values of the keys that no incident has.
        latest_first: a repeat can precede the original.
    """

    city: str
    first_year: int
    years: range
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    date: str
    offense: tuple[str, ...]
    draw: Callable[[int, int, Style, np.random.Generator], Iterator[Columns]]
    repeat: Callable[[Columns, int, Style, int, np.random.Generator], Repeats]
    style: Callable[[int, int, int], Style]
    fresh_key: Callable[[int, int], tuple[str, ...]]
    latest_first: bool


def untouched(columns: Columns, rng: np.random.Generator) -> Columns:
    """The columns as the portal has them."""
    return columns
