"""The declaration of a city: its published columns, and the SQL that turns them into incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from crime_spark.cities.limits import Limit
from crime_spark.cities.spelling import letters_and_digits
from crime_spark.cities.vocabulary import Vocabulary
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import CityPortal

# Columns of silver/incidents that ingest adds for every city.
DERIVED = ("city", "year", "source_file")
# Columns that ingest keeps next to the published ones (ingest/reader.py, ingest/conformance.py).
RESERVED = frozenset({"file", "part", "record", "text", "problem", "reasons", "unreadable"})


@dataclass(frozen=True)
class Column:
    """A published column.

    Attributes:
        name: its name in the SQL of the declaration, and one of its headers.
        headers: further headers under which it is published.
        optional: whether a file may lack it.
    """

    name: str
    headers: tuple[str, ...] = ()
    optional: bool = False

    @property
    def matches(self) -> frozenset[str]:
        """The headers of this column, reduced to letters and digits."""
        return frozenset(map(letters_and_digits, (self.name, *self.headers)))


@dataclass(frozen=True)
class Box:
    """The bounding box of a city in degrees. Coordinates outside it are wrong or withheld.

    Raises:
        ValueError: the sides are in the wrong order or out of range.
    """

    south: float
    north: float
    west: float
    east: float

    def __post_init__(self) -> None:
        if not (-90 <= self.south < self.north <= 90 and -180 <= self.west < self.east <= 180):
            raise ValueError(f"{self}: expected -90 <= south < north <= 90 and -180 <= west < east <= 180")

    def holds(self, latitude: str, longitude: str) -> str:
        """SQL for whether a point lies in the box, from SQL for its latitude and longitude."""
        return f"({latitude} BETWEEN {self.south} AND {self.north} AND {longitude} BETWEEN {self.west} AND {self.east})"


@dataclass(frozen=True)
class Event:
    """An event that makes numbers before, during and after it incomparable.

    Attributes:
        name: its name in tables.
        first: its first day.
        last: its last day; None if it changes the data for good.
        what: what happened, for pages.
    """

    name: str
    first: date
    last: date | None
    what: str

    def within(self, first: date, last: date) -> bool:
        """Whether any day of the event, or its first day if it has no last, lies between two days."""
        return self.first <= last and first <= (self.last or self.first)


@dataclass(frozen=True)
class City:
    """The published data of a city and the SQL that turns a record into a row of silver/incidents.

    In the SQL, published columns are strings, trimmed, NULL if blank. A condition that is NULL counts as false.

    Attributes:
        name: the name in settings, tables and paths.
        title: the name on pages.
        zone: the IANA time zone of its local times.
        columns: the published columns.
        given: intermediate values that several expressions use: name to SQL over the published columns.
        incident: column of silver/incidents (except city, year and source_file) to SQL over the published columns and
            `given`.
        refuse: reason to condition over these and `incident.<column>`; a record is quarantined if one is true.
        unreadable: column to condition that is true if a published value could not be read and became NULL.
        bounds: the bounding box of its coordinates.
        first_year: the first year of the published data.
        portal: the default host and data set ids for fetch; the setting portals.cities overrides them.
        vocabulary: the city's codes and words with their groups.
        limits: the limits that its data is checked against.
        reveals: column of silver/incidents to the labels that it gives away in this city.
        delay_days: the publication lag: reports of the last days are incomplete when the data is published.
        events: events that comparisons of years must account for.
        source: publisher and data sets, for the datasheet.
        notes: topic and text of what to know before the data is used, for the datasheet.
        others: header that only another format of the city's files has, to a description of that format.

    Raises:
        ValueError: a column is missing, unknown, reserved or declared twice, or a limit is declared twice.
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
    portal: CityPortal = field(default_factory=CityPortal)
    vocabulary: Vocabulary = field(default_factory=Vocabulary, repr=False)
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
            raise ValueError(f"city {self.name}: limits must have different names; got {names}")
        columns = set(INCIDENTS.names) - set(DERIVED)
        if columns != set(self.incident):
            missing, unknown = sorted(columns - set(self.incident)), sorted(set(self.incident) - columns)
            raise ValueError(f"city {self.name}: incident lacks columns {missing} and has unknown columns {unknown}")
        if unknown := sorted(set(self.unreadable) - columns):
            raise ValueError(f"city {self.name}: unreadable has unknown columns {unknown}")
        if unknown := sorted({*self.reveals}.union(*self.reveals.values()) - columns):
            raise ValueError(f"city {self.name}: reveals has unknown columns {unknown}")
        if taken := sorted(set(self.given) & {*self.published, *columns}):
            raise ValueError(f"city {self.name}: given must not use the names of columns; got {taken}")
        if reserved := sorted({*self.published, *self.given} & RESERVED):
            raise ValueError(f"city {self.name}: the names {reserved} are reserved for ingest; rename these columns")
        column_by_header: dict[str, str] = {}
        for column in self.columns:
            for header in column.matches:
                if (other := column_by_header.setdefault(header, column.name)) != column.name:
                    raise ValueError(f"city {self.name}: the columns {other} and {column.name} share header {header!r}")

    @property
    def published(self) -> tuple[str, ...]:
        """Names of the published columns, in order."""
        return tuple(column.name for column in self.columns)

    def other_format(self, header: Sequence[str]) -> str | None:
        """The description of the other format that a file with this header has; None if it has none of `others`."""
        reduced = set(map(letters_and_digits, header))
        return next((text for cell, text in self.others.items() if letters_and_digits(cell) in reduced), None)

    def positions(self, header: Sequence[str]) -> tuple[list[int | None], list[str]]:
        """Find the published columns in the header of a file. If a header occurs twice, the first one counts.

        Returns:
            The position of each published column, None if absent, and the names of required columns that are absent.
        """
        position_by_header: dict[str, int] = {}
        for position, cell in enumerate(header):
            position_by_header.setdefault(letters_and_digits(cell), position)
        positions = [
            min((position_by_header[h] for h in column.matches if h in position_by_header), default=None)
            for column in self.columns
        ]
        absent = [c.name for c, p in zip(self.columns, positions, strict=True) if p is None and not c.optional]
        return positions, absent
