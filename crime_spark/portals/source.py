"""The data sets to fetch: from the cities' declarations and the settings, with checks of both and of headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.cities.spelling import letters_and_digits
from crime_spark.config import unknown
from crime_spark.errors import PortalError
from crime_spark.settings import CityPortal, Portals

_HOST = re.compile(r"(https?://)?[A-Za-z0-9.-]+(:\d+)?/?", re.ASCII)
_DATASET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A data set on the portal of a city.

    Attributes:
        city: the city.
        dataset: the id of the data set.
        base: the URL of the portal, without a path.
    """

    city: City
    dataset: str
    base: str

    def __str__(self) -> str:
        return f"{self.city.name} {self.dataset}"

    @property
    def host(self) -> str:
        """The base URL without its scheme."""
        return self.base.partition("://")[2]


def sources(portals: Portals, cities: Sequence[City]) -> list[Source]:
    """The data sets of the cities, in the order of the declaration or of the settings that override it."""
    return [
        Source(city, dataset, _base_url(portal.host))
        for city in cities
        for portal in [_portal(portals, city)]
        for dataset in portal.datasets
    ]


def check_portals(landing: str, portals: Portals, cities: Sequence[City]) -> list[str]:
    """Faults of the settings of fetch, found without a request.

    Args:
        landing: the landing folder.
        portals: the settings of fetch.
        cities: the cities to fetch.
    """
    faults = []
    if "://" in landing:
        faults.append(
            f"setting landing is {landing!r}, but fetch writes only to a local or mounted folder; set a folder, copy "
            "the landed files to the store, and pass the URI of the store to ingest as input"
        )
    if not _VARIABLE.fullmatch(portals.token_variable):
        # The value is not shown because it may be the token itself.
        faults.append("setting portals.token_variable must be the name of an environment variable")
    city_by_name = {city.name: city for city in (*CITIES, *cities)}
    for name in portals.cities:
        if name not in city_by_name:
            faults.append(f"setting portals.cities.{name}: {unknown('city', name, sorted(city_by_name))}")
    for city in city_by_name.values():
        setting, portal = f"portals.cities.{city.name}", _portal(portals, city)
        if (portal.host or portal.datasets) and not _HOST.fullmatch(portal.host):
            faults.append(f"setting {setting}.host must be a host such as data.example.org or a URL without a path")
        faults += [
            f"setting {setting}.datasets: {dataset!r} is not a data set id; expected an id like abcd-1234"
            for dataset in portal.datasets
            if not _DATASET.fullmatch(dataset)
        ]
    for city in cities:
        if not _portal(portals, city).datasets:
            faults.append(f"city {city.name} has no data set to fetch; set portals.cities.{city.name}")
    return faults


def check_header(source: Source, header: list[str]) -> None:
    """Check that a header contains the columns that the city requires.

    Raises:
        PortalError: required columns are missing; the message lists them.
    """
    absent = source.city.positions(header)[1]
    if absent:
        raise PortalError(
            f"the portal does not publish the columns {', '.join(map(repr, absent))}, which {source.city.name} needs; "
            f"it publishes {', '.join(header)[:500]}; if columns were renamed, add the new headers to the declaration "
            "of the city"
        )


def changes(before: Sequence[str], now: Sequence[str]) -> str:
    """The columns that were added to a header or removed from it, for messages; empty without a difference.

    Headers that differ only in case, blanks and punctuation are equal.
    """
    old, new = ({letters_and_digits(name): name for name in names} for names in (before, now))
    parts = [("new columns: ", [new[key] for key in new if key not in old])]
    parts += [("removed columns: ", [old[key] for key in old if key not in new])]
    return "; ".join(label + ", ".join(map(repr, names)) for label, names in parts if names)


def _portal(portals: Portals, city: City) -> CityPortal:
    """The declared portal of the city, with what the settings override."""
    override = portals.cities.get(city.name, CityPortal())
    return CityPortal(override.host or city.portal.host, override.datasets or city.portal.datasets)


def _base_url(host: str) -> str:
    return (host if "://" in host else f"https://{host}").rstrip("/")
