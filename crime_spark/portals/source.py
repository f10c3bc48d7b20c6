"""One dataset of one city's portal; whether the settings name such datasets; whether a header is of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.cities.spelling import letters_and_digits
from crime_spark.config import unknown
from crime_spark.errors import PortalError
from crime_spark.settings import Portals

_HOST = re.compile(r"(https?://)?[A-Za-z0-9.-]+(:\d+)?/?", re.ASCII)
_DATASET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A dataset, and where it is published: base is a URL without a path."""

    city: City
    dataset: str
    base: str

    def __str__(self) -> str:
        return f"{self.city.name} {self.dataset}"

    @property
    def host(self) -> str:
        """The base without its scheme."""
        return self.base.partition("://")[2]


def sources(portals: Portals, cities: Sequence[City]) -> list[Source]:
    """Every dataset of these cities, in the order of the settings."""
    return [
        Source(city, dataset, _base(portals.cities[city.name].host))
        for city in cities
        for dataset in portals.cities[city.name].datasets
    ]


def check_portals(landing: str, portals: Portals, cities: Sequence[City]) -> list[str]:
    """Faults of the settings that can be seen without a request."""
    faults = []
    if "://" in landing:
        faults.append(
            f"setting landing is {landing!r}; fetch writes to a local or mounted folder: give one, copy what lands "
            "there to the store, and give the store's URI as the input of ingest"
        )
    if not _VARIABLE.fullmatch(portals.token_variable):
        # Not shown: someone may have put the token itself there.
        faults.append("setting portals.token_variable is not the name of an environment variable")
    known = {city.name for city in (*CITIES, *cities)}
    for name, portal in portals.cities.items():
        at = f"portals.cities.{name}"
        if name not in known:
            faults.append(f"setting {at}: {unknown('city', name, sorted(known))}")
        if not _HOST.fullmatch(portal.host):
            faults.append(f"setting {at}.host is neither a host such as data.example.org nor a URL without a path")
        faults += [
            f"setting {at}.datasets: {dataset!r} is no dataset id; one looks like abcd-1234"
            for dataset in portal.datasets
            if not _DATASET.fullmatch(dataset)
        ]
    for city in cities:
        if city.name not in portals.cities or not portals.cities[city.name].datasets:
            faults.append(f"setting portals.cities.{city.name} gives no dataset; add it, or choose other cities")
    return faults


def check_header(source: Source, header: list[str]) -> None:
    """Whether the published columns are those that the city needs.

    Raises:
        PortalError: required ones are missing; all are named.
    """
    absent = source.city.positions(header)[1]
    if absent:
        raise PortalError(
            f"the portal no longer publishes {', '.join(map(repr, absent))}, which {source.city.name} needs; it gives "
            f"{', '.join(header)[:500]}; if columns were renamed, add their new headers to the city's columns"
        )


def changes(before: Sequence[str], now: Sequence[str]) -> str:
    """What is new and what is gone, for people; empty if neither. Spellings of one header are the same column."""
    old, new = ({letters_and_digits(name): name for name in names} for names in (before, now))
    parts = [("new columns: ", [new[key] for key in new if key not in old])]
    parts += [("columns gone: ", [old[key] for key in old if key not in new])]
    return "; ".join(what + ", ".join(map(repr, names)) for what, names in parts if names)


def _base(host: str) -> str:
    return (host if "://" in host else f"https://{host}").rstrip("/")
