"""Published tables of the vocabulary: CSV text to checked groups and terms; ValueError names the line at fault."""

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
    """A word of the vocabulary; of offenses also how they come to be known, and what else their number measures."""

    name: str
    title: str
    nature: str = ""
    proxy: str = ""
    note: str = ""


@dataclass(frozen=True)
class Terms:
    """A city's own words or codes -> group: exact ones in the order to try them, and beginnings of words."""

    exact: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    @property
    def loose(self) -> dict[str, str]:
        """The exact ones by letters and digits alone, in capitals."""
        return {letters_and_digits(term).upper(): group for term, group in self.exact.items()}


Row = dict[str, str]


def records(file: str, text: str, columns: Collection[str], optional: Collection[str] = ()) -> Iterator[Row]:
    """Rows of a table, by column, with its place in "line"; all columns are filled but the optional ones."""
    reader = csv.reader(io.StringIO(text), strict=True)
    header = next(reader, [])
    if header != list(columns):
        raise ValueError(f"{file}, line 1: the columns are {header}, not {list(columns)}")
    for cells in reader:
        at = f"{file}, line {reader.line_num}"
        if len(cells) != len(header):
            raise ValueError(f"{at}: {len(cells)} fields in place of {len(header)}")
        row = dict(zip(header, cells, strict=True))
        for name, value in row.items():
            if value != value.strip() or re.search(r"[\t\r\n\\]", value):
                raise ValueError(
                    f"{at}: {name} {value!r} has blanks around it, or a tab, line break or backslash in it"
                )
            if not value and name not in optional:
                raise ValueError(f"{at}: no {name}")
        yield {**row, "line": at}


def read_groups(rows: Iterable[Row], kind: str) -> dict[str, Group]:
    """Groups by name, which stands in the column `kind`; nature and proxy are checked where the table has them."""
    groups: dict[str, Group] = {}
    for row in rows:
        name, nature, proxy = row[kind], row.get("nature"), row.get("proxy", "")
        if name in groups or name == UNMAPPED or not re.fullmatch(r"[a-z_]+", name):
            raise ValueError(f"{row['line']}: {kind} {name!r} is there already, is taken, or is not in a-z and _")
        if nature not in (None, *NATURES):
            raise ValueError(f"{row['line']}: nature {nature!r} is none of {NATURES}")
        if proxy not in PROXIES:
            raise ValueError(f"{row['line']}: proxy {proxy!r} is none of {PROXIES}")
        groups[name] = Group(name, row["title"], nature or "", proxy, row.get("note", ""))
    return groups


def read_terms(rows: Iterable[Row], term: str, kind: str, groups: Collection[str]) -> dict[str, Terms]:
    """City -> its terms in the column `term` with the group in the column `kind`.

    A term that ends in % stands for every term that begins so.
    """
    exact: dict[str, dict[str, str]] = {}
    prefixes: dict[str, dict[str, str]] = {}
    spelled: dict[tuple[str, str], str] = {}
    for row in rows:
        city, value, group = row["city"], row[term], row[kind]
        said = value.removesuffix("%")
        into = (exact if said == value else prefixes).setdefault(city, {})
        if group not in groups:
            raise ValueError(f"{row['line']}: {kind} {group!r} is no group")
        if value != value.upper():
            raise ValueError(f"{row['line']}: {term} {value!r} is not in capitals")
        if said in into:
            raise ValueError(f"{row['line']}: {term} {value!r} of {city} is there twice")
        if spelled.setdefault((city, letters_and_digits(value)), group) != group:
            raise ValueError(f"{row['line']}: {term} {value!r} of {city} has another group in another spelling")
        into[said] = group
    return {city: Terms(exact.get(city, {}), prefixes.get(city, {})) for city in {**exact, **prefixes}}
