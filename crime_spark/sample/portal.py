"""How a city publishes: what the file writer has to know about it, and the styles its files come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from crime_spark.sample.columns import Columns

# Kinds of repeats: further versions of an incident.
COPY_HERE, COPY_LATER = "copy in the same file", "copy in a later file"
REVISION_HERE, REVISION_LATER = "revision in the same file", "revision in a later file"
STALE_LATER, MOVED_LATER = "older version in a later file", "revision into the next year"


@dataclass(frozen=True)
class Style:
    """How one file looks.

    suffix ends the file's name; dress turns the portal's columns into this file's; iso, dates are ISO 8601; quoted,
    every value that is not blank stands in quotes, as the portals' API has it; without_ids, an older export.
    """

    suffix: str
    header: tuple[str, ...]
    dress: Callable[[Columns, np.random.Generator], Columns]
    iso: bool = False
    quoted: bool = False
    without_ids: bool = False


@dataclass(frozen=True)
class Repeats:
    """Further versions of incidents, by kind: here go into the same file, later into the next year's."""

    here: dict[str, Columns] = field(default_factory=dict)
    later: dict[str, Columns] = field(default_factory=dict)


@dataclass(frozen=True)
class Portal:
    """A city's published files.

    years: those that may be asked for. keys, date, offense: columns whose loss makes a record hopeless. draw(year,
    rows, style, rng) yields a year in pieces, in order of time. repeat(piece, year, style, least, rng): further
    versions, at least so many of each kind. style(index, count, year): of the index-th of so many files.
    fresh_key(year, serial): texts for keys that no incident has. latest_first: a repeat may come before the original.
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
    """The portal's own style."""
    return columns
