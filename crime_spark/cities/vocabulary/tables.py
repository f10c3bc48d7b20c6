"""Checks and reads the CSV tables of the vocabulary."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from crime_spark.cities.spelling import letters_and_digits

NATURES = ("victim_reported", "arrest_only", "mixed")
PROXIES = ("", "policing", "deprivation")
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class Group:
    """A group of offenses, premises or weapons.

    Attributes:
        name: the value in silver/incidents.
        title: the name on pages.
        nature: for offense groups, how offenses become known: victim_reported, arrest_only or mixed.
        proxy: for offense groups, what else their number measures: policing, deprivation or nothing.
        note: a remark for docs/vocabulary.md.
    """

    name: str
    title: str
    nature: str = ""
    proxy: str = ""
    note: str = ""


@dataclass(frozen=True)
class Terms:
    """The codes or words of a city, with their groups.

    Attributes:
        exact: term to group, in the order in which terms are compared.
        prefixes: beginning of a term to group.
    """

    exact: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    @property
    def loose(self) -> dict[str, str]:
        """The exact terms reduced to letters and digits, in capitals."""
        return {letters_and_digits(term).upper(): group for term, group in self.exact.items()}


@dataclass(frozen=True)
class TableRow:
    """A row of a CSV table.

    Attributes:
        place: file and line, for messages.
        values: text by column.
    """

    place: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


def read_rows(file: str, text: str, columns: Collection[str], optional: Collection[str] = ()) -> Iterator[TableRow]:
    """Read a CSV table.

    Args:
        file: its name, for messages.
        text: its content.
        columns: the expected header.
        optional: columns that may be empty.

    Raises:
        ValueError: the header differs, or a line has a wrong number of fields, an empty field or unexpected blanks.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    header = next(reader, [])
    if header != list(columns):
        raise ValueError(f"{file}, line 1: the columns must be {list(columns)}; got {header}")
    for cells in reader:
        place = f"{file}, line {reader.line_num}"
        if len(cells) != len(header):
            raise ValueError(f"{place}: expected {len(header)} fields; got {len(cells)}")
        row = dict(zip(header, cells, strict=True))
        for name, value in row.items():
            if value != value.strip() or re.search(r"[\t\r\n\\]", value):
                raise ValueError(
                    f"{place}: {name} {value!r} must not start or end with blanks, or contain tabs, line breaks or "
                    "backslashes"
                )
            if not value and name not in optional:
                raise ValueError(f"{place}: {name} must not be empty")
        yield TableRow(place, row)


def read_groups(rows: Iterable[TableRow], kind: str) -> dict[str, Group]:
    """Groups by name.

    Args:
        rows: rows of a group table.
        kind: the column with the name of the group.

    Raises:
        ValueError: a name is duplicated, reserved or malformed, or a nature or proxy is unknown.
    """
    groups: dict[str, Group] = {}
    for row in rows:
        name, nature, proxy = row[kind], row.values.get("nature"), row.values.get("proxy", "")
        if name in groups or name == UNMAPPED or not re.fullmatch(r"[a-z_]+", name):
            raise ValueError(f"{row.place}: {kind} {name!r} must be unique, not {UNMAPPED!r}, and consist of a-z and _")
        if nature not in (None, *NATURES):
            raise ValueError(f"{row.place}: nature {nature!r} must be one of {NATURES}")
        if proxy not in PROXIES:
            raise ValueError(f"{row.place}: proxy {proxy!r} must be one of {PROXIES}")
        groups[name] = Group(name, row["title"], nature or "", proxy, row.values.get("note", ""))
    return groups


def read_terms(rows: Iterable[TableRow], term: str, kind: str, groups: Collection[str]) -> Terms:
    """The terms of a city with their groups. A term that ends in % stands for all terms with this beginning.

    Args:
        rows: rows of a code list.
        term: the column with the code or words.
        kind: the column with the group.
        groups: the known groups.

    Raises:
        ValueError: a term is duplicated or not in capitals, its group is unknown, or two spellings of a term have
            different groups.
    """
    exact, prefixes = dict[str, str](), dict[str, str]()
    group_by_spelling: dict[str, str] = {}
    for row in rows:
        value, group = row[term], row[kind]
        beginning = value.removesuffix("%")
        target = exact if beginning == value else prefixes
        if group not in groups:
            raise ValueError(f"{row.place}: {kind} {group!r} is not a group of the vocabulary")
        if value != value.upper():
            raise ValueError(f"{row.place}: {term} {value!r} must be in capitals")
        if beginning in target:
            raise ValueError(f"{row.place}: {term} {value!r} is listed twice")
        if group_by_spelling.setdefault(letters_and_digits(value), group) != group:
            raise ValueError(f"{row.place}: {term} {value!r} has another group in another spelling")
        target[beginning] = group
    return Terms(exact, prefixes)
