"""Areas, their beats and the blocks of each beat. Incidents concentrate on some blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crime_spark.sample.columns import Floats, Ints, pick

# How much beats and blocks differ. With these values the busiest 1 % of cells hold several times their share, as in
# both cities.
_BEAT_SPREAD, _BLOCK_SPREAD, _BLOCK_TASTE = 0.35, 1.1, 0.35
# Tilts are averages of areas; single beats differ more. A higher contrast lets a small sample show it between areas.
_CONTRAST = 1.5


@dataclass(frozen=True)
class Area:
    """A police district or area.

    Attributes:
        code: published code.
        weight: relative share of all incidents.
        latitude, longitude: center in degrees.
        spread_latitude, spread_longitude: standard deviations in degrees.
        beats: number of beats.
        tilts: a factor in tenths for each pattern, in the order of the city's patterns, separated by blanks.
        name: published name.
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
    """Every block of a city.

    Attributes:
        area: index of its area.
        beat: number of its beat in the city.
        latitude, longitude: center in degrees.
        weights: relative share of incidents, patterns x blocks.
    """

    area: Ints
    beat: Ints
    latitude: Floats
    longitude: Floats
    weights: Floats

    def draw(self, pattern: int, chances: Floats) -> Ints:
        """A block for each uniform random number, for incidents of a pattern."""
        return pick(self.weights[pattern], chances)

    def centers(self) -> tuple[Floats, Floats]:
        """Mean latitude and longitude of each beat."""
        blocks = np.bincount(self.beat)
        return np.bincount(self.beat, self.latitude) / blocks, np.bincount(self.beat, self.longitude) / blocks


def build(
    areas: Sequence[Area],
    blocks_per_beat: int,
    ashore: Callable[[Floats, Floats], tuple[Floats, Floats]],
    rng: np.random.Generator,
) -> Blocks:
    """Draw the blocks of a city.

    Args:
        areas: the areas.
        blocks_per_beat: number of blocks in each beat.
        ashore: moves latitudes and longitudes out of the water and into the city limits.
        rng: random numbers.
    """
    beats = np.array([area.beats for area in areas])
    area_of_beat = np.repeat(np.arange(len(areas)), beats)
    center = np.array([(area.latitude, area.longitude) for area in areas])
    spread = np.array([(area.spread_latitude, area.spread_longitude) for area in areas])
    beat_center = center[area_of_beat] + spread[area_of_beat] * rng.standard_normal((len(area_of_beat), 2))
    beat_weight = np.exp(_BEAT_SPREAD * rng.standard_normal(len(area_of_beat)))

    beat = np.repeat(np.arange(len(area_of_beat)), blocks_per_beat)
    area = area_of_beat[beat]
    # Beats cover an area, so the width of a beat is that of the area divided by the root of the number of beats.
    width = spread[area] / np.sqrt(beats[area])[:, None]
    point = beat_center[beat] + width * rng.standard_normal((len(beat), 2))
    latitude, longitude = ashore(point[:, 0], point[:, 1])

    share = beat_weight[beat] * np.exp(_BLOCK_SPREAD * rng.standard_normal(len(beat)))
    share /= np.bincount(area, share)[area]
    tilts = np.array([area.tilts.split() for area in areas], dtype=float).T / 10
    tilts = tilts**_CONTRAST
    taste = np.exp(_BLOCK_TASTE * rng.standard_normal((len(tilts), len(beat))))
    weight = np.array([area.weight for area in areas])
    return Blocks(area, beat, latitude, longitude, weight[area] * share * tilts[:, area] * taste)


def nearest(latitude: Floats, longitude: Floats, centers: Sequence[tuple[float, float]]) -> Ints:
    """The number, counted from 1, of the nearest center of each point; centers are latitudes and longitudes."""
    points = np.array(centers)
    north = latitude[:, None] - points[:, 0]
    east = (longitude[:, None] - points[:, 1]) * np.cos(np.radians(points[:, 0].mean()))
    numbers: Ints = np.argmin(north**2 + east**2, axis=1) + 1
    return numbers
