"""What a written sample holds, so that whoever reads it can check their own count against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FileTruth:
    """One written file.

    records counts CSV records without the header; hopeless counts, by reason, those that no reader can use; superseded
    counts, by kind, those that repeat an incident written before, here or in an earlier file. incidents is the rest.
    """

    city: str
    year: int
    path: str
    records: int
    hopeless: Mapping[str, int]
    superseded: Mapping[str, int]

    @property
    def incidents(self) -> int:
        """Records that bring an incident not written before."""
        return self.records - sum(self.hopeless.values()) - sum(self.superseded.values())


@dataclass(frozen=True)
class CityTruth:
    """All files of one city; the counts are sums over the files."""

    city: str
    files: tuple[FileTruth, ...]

    @property
    def records(self) -> int:
        """CSV records, headers not counted."""
        return sum(file.records for file in self.files)

    @property
    def hopeless(self) -> dict[str, int]:
        """Reason -> records that no reader can use; each such record has exactly one fault."""
        return dict(sum((Counter(file.hopeless) for file in self.files), Counter()))

    @property
    def superseded(self) -> dict[str, int]:
        """Kind -> records that are one version too many of an incident: copies and revisions."""
        return dict(sum((Counter(file.superseded) for file in self.files), Counter()))

    @property
    def incidents(self) -> int:
        """Distinct incidents that can be read: records - hopeless - superseded."""
        return sum(file.incidents for file in self.files)


@dataclass(frozen=True)
class Truth:
    """The whole sample: city name -> CityTruth, in the order written."""

    cities: Mapping[str, CityTruth]

    @property
    def files(self) -> tuple[FileTruth, ...]:
        """Every file of every city, in the order written."""
        return tuple(file for city in self.cities.values() for file in city.files)
