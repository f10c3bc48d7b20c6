"""What a written sample contains, so that a reader's counts can be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FileTruth:
    """A written file.

    Attributes:
        city: name of the city.
        year: year of the file.
        path: path relative to the folder of the sample.
        records: number of CSV records without the header.
        hopeless: number of records that cannot be used, by reason.
        superseded: number of repeats of an incident of this or an earlier file, by type.
    """

    city: str
    year: int
    path: str
    records: int
    hopeless: Mapping[str, int]
    superseded: Mapping[str, int]

    @property
    def incidents(self) -> int:
        """The number of records with a new incident."""
        return self.records - sum(self.hopeless.values()) - sum(self.superseded.values())


@dataclass(frozen=True)
class CityTruth:
    """All files of a city; counts are sums over the files."""

    city: str
    files: tuple[FileTruth, ...]

    @property
    def records(self) -> int:
        """The number of CSV records without headers."""
        return sum(file.records for file in self.files)

    @property
    def hopeless(self) -> dict[str, int]:
        """The number of records that cannot be used, by reason. Each has exactly one fault."""
        return dict(sum((Counter(file.hopeless) for file in self.files), Counter()))

    @property
    def superseded(self) -> dict[str, int]:
        """The number of repeats, that is copies and revisions, by type."""
        return dict(sum((Counter(file.superseded) for file in self.files), Counter()))

    @property
    def incidents(self) -> int:
        """The number of distinct incidents: records - hopeless - superseded."""
        return sum(file.incidents for file in self.files)


@dataclass(frozen=True)
class Truth:
    """The whole sample: what was written by name of the city, in the order of writing."""

    cities: Mapping[str, CityTruth]

    @property
    def files(self) -> tuple[FileTruth, ...]:
        """All files of all cities, in the order of writing."""
        return tuple(file for city in self.cities.values() for file in city.files)
