"""What a city's published data looks like, declared once and checked when it is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from crime_spark.cities.limits import Limit
from crime_spark.cities.spelling import letters_and_digits
from crime_spark.schemas import INCIDENTS

# Added by ingest, the same for every city.
DERIVED = ("city", "year", "source_file")


@dataclass(frozen=True)
class Column:
    """A published column: our name for it in SQL, and the headers it is published under besides that name."""

    name: str
    headers: tuple[str, ...] = ()
    optional: bool = False

    @property
    def matches(self) -> frozenset[str]:
        """Headers, reduced to letters and digits, that mean this column."""
        return frozenset(map(letters_and_digits, (self.name, *self.headers)))


@dataclass(frozen=True)
class Box:
    """Degrees that enclose the city; coordinates outside it are wrong or withheld."""

    south: float
    north: float
    west: float
    east: float

    def __post_init__(self) -> None:
        if not (-90 <= self.south < self.north <= 90 and -180 <= self.west < self.east <= 180):
            raise ValueError(f"not a box on earth: {self}")

    def holds(self, latitude: str, longitude: str) -> str:
        """SQL: whether the point of these two SQL expressions lies in the box."""
        return f"({latitude} BETWEEN {self.south} AND {self.north} AND {longitude} BETWEEN {self.west} AND {self.east})"


@dataclass(frozen=True)
class Event:
    """Something that makes the numbers before, during and after it incomparable; without a last day, from then on."""

    name: str
    first: date
    last: date | None
    what: str

    def within(self, first: date, last: date) -> bool:
        """Whether days from first to last see it begin, last or end."""
        return self.first <= last and first <= (self.last or self.first)


@dataclass(frozen=True)
class City:
    """A city's published columns and the SQL that turns them into a row of silver/incidents.

    given names SQL over the published columns that several others read, so that it is computed once.
    incident maps each column of silver/incidents (but city, year and source_file) to SQL over these and the published
    columns, which are strings, trimmed, NULL where blank. refuse and unreadable are conditions over all of these and
    `incident.<column>`: refuse says why a row cannot be used at all; unreadable, by column, that there was a value
    which could not be read and became NULL. A NULL condition counts as false. limits says what the data is expected to
    be. reveals names columns of silver/incidents that in this city, unlike in others, give labels away. Reports of the
    last delay_days are still coming in when the data is published. events are what a comparison of years must not pass
    over. source is who publishes the data and as what; notes are what to know before its columns are read, each with
    what it is about. others maps a header that only another publication of the city has to what that is, so that a file
    given by mistake can be told what it is.
    """

    name: str
    title: str
    zone: str
    columns: tuple[Column, ...]
    given: Mapping[str, str]
    incident: Mapping[str, str]
    refuse: Mapping[str, str]
    unreadable: Mapping[str, str]
    bounds: Box
    first_year: int
    limits: tuple[Limit, ...] = ()
    reveals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delay_days: int = 0
    events: tuple[Event, ...] = ()
    source: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        names = [limit.name for limit in self.limits]
        if len(set(names)) != len(names):
            raise ValueError(f"city {self.name}: a limit is declared twice in {names}")
        wanted = set(INCIDENTS.names) - set(DERIVED)
        if wanted != set(self.incident):
            missing, unknown = sorted(wanted - set(self.incident)), sorted(set(self.incident) - wanted)
            raise ValueError(f"city {self.name}: incident lacks {missing} and has unknown {unknown}")
        if unknown := sorted(set(self.unreadable) - wanted):
            raise ValueError(f"city {self.name}: unreadable names unknown columns {unknown}")
        if unknown := sorted({*self.reveals, *(label for held in self.reveals.values() for label in held)} - wanted):
            raise ValueError(f"city {self.name}: reveals names unknown columns {unknown}")
        if taken := sorted(set(self.given) & {*self.published, *wanted}):
            raise ValueError(f"city {self.name}: given names {taken}, which are columns already")
        claimed: dict[str, str] = {}
        for column in self.columns:
            for header in column.matches:
                if header in claimed:
                    raise ValueError(f"city {self.name}: header {header!r} means {claimed[header]} and {column.name}")
                claimed[header] = column.name

    @property
    def published(self) -> tuple[str, ...]:
        """Names of the published columns, in order."""
        return tuple(column.name for column in self.columns)

    def known_otherwise(self, header: Sequence[str]) -> str | None:
        """What a file with this header is instead, if one of `others` tells."""
        reduced = set(map(letters_and_digits, header))
        return next((what for cell, what in self.others.items() if letters_and_digits(cell) in reduced), None)

    def positions(self, header: Sequence[str]) -> tuple[list[int | None], list[str]]:
        """Where each published column stands in a file's header (None: absent), and the required ones that are absent.

        The first of two equal headers counts.
        """
        found: dict[str, int] = {}
        for at, cell in enumerate(header):
            found.setdefault(letters_and_digits(cell), at)
        places = [min((found[h] for h in column.matches if h in found), default=None) for column in self.columns]
        absent = [c.name for c, place in zip(self.columns, places, strict=True) if place is None and not c.optional]
        return places, absent
