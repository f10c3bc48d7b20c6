"""Where incidents happen: areas, their beats, and the blocks in a beat, some of them far busier than others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crime_spark.sample.columns import Floats, Ints, pick

# How unequal blocks are: with these the busiest 1 % of cells hold several times their share, as in both cities.
_BEAT_SPREAD, _BLOCK_SPREAD, _BLOCK_TASTE = 0.35, 1.1, 0.35
# Beats differ more than the areas whose averages the tilts are; a small sample can show that for whole areas only.
_CONTRAST = 1.5


@dataclass(frozen=True)
class Area:
    """A police district or area: weight is its share of all incidents (relative), latitude, longitude and the two
    spreads (standard deviations) are degrees, tilts one factor in tenths per pattern in the city's order.
    """

    code: str
    weight: float
    latitude: float
    longitude: float
    spread_latitude: float
    spread_longitude: float
    beats: int
    tilts: str
    name: str = ""


@dataclass(frozen=True)
class Blocks:
    """Every block of a city: index of its area, number of its beat within the city, degrees, weight by pattern."""

    area: Ints
    beat: Ints
    latitude: Floats
    longitude: Floats
    weights: Floats  # patterns x blocks

    def draw(self, pattern: int, chances: Floats) -> Ints:
        """One block per uniform chance, for incidents of the pattern."""
        return pick(self.weights[pattern], chances)

    def centres(self) -> tuple[Floats, Floats]:
        """Mean latitude and longitude of each beat."""
        blocks = np.bincount(self.beat)
        return np.bincount(self.beat, self.latitude) / blocks, np.bincount(self.beat, self.longitude) / blocks


def build(
    areas: Sequence[Area],
    blocks_per_beat: int,
    ashore: Callable[[Floats, Floats], tuple[Floats, Floats]],
    rng: np.random.Generator,
) -> Blocks:
    """Lay out the city; ashore moves points (latitudes, longitudes) that fell into water or beyond the city limits."""
    beats = np.array([area.beats for area in areas])
    area_of_beat = np.repeat(np.arange(len(areas)), beats)
    centre = np.array([(area.latitude, area.longitude) for area in areas])
    spread = np.array([(area.spread_latitude, area.spread_longitude) for area in areas])
    beat_centre = centre[area_of_beat] + spread[area_of_beat] * rng.standard_normal((len(area_of_beat), 2))
    beat_weight = np.exp(_BEAT_SPREAD * rng.standard_normal(len(area_of_beat)))

    beat = np.repeat(np.arange(len(area_of_beat)), blocks_per_beat)
    area = area_of_beat[beat]
    # Beats tile an area, so a beat is about as wide as the area over the root of its number of beats.
    width = spread[area] / np.sqrt(beats[area])[:, None]
    point = beat_centre[beat] + width * rng.standard_normal((len(beat), 2))
    latitude, longitude = ashore(point[:, 0], point[:, 1])

    share = beat_weight[beat] * np.exp(_BLOCK_SPREAD * rng.standard_normal(len(beat)))
    share /= np.bincount(area, share)[area]
    tilts = np.array([area.tilts.split() for area in areas], dtype=float).T / 10
    tilts = tilts**_CONTRAST
    taste = np.exp(_BLOCK_TASTE * rng.standard_normal((len(tilts), len(beat))))
    weight = np.array([area.weight for area in areas])
    return Blocks(area, beat, latitude, longitude, weight[area] * share * tilts[:, area] * taste)


def nearest(latitude: Floats, longitude: Floats, centres: str) -> Ints:
    """Number, from 1, of the nearest of the centres, written `lat,lon lat,lon ...` in degrees."""
    points = np.array([pair.split(",") for pair in centres.split()], dtype=float)
    north = latitude[:, None] - points[:, 0]
    east = (longitude[:, None] - points[:, 1]) * np.cos(np.radians(points[:, 0].mean()))
    found: Ints = np.argmin(north**2 + east**2, axis=1) + 1
    return found
