"""Writing the files of the sample and counting their records."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TextIO

import numpy as np

from crime_spark.cities.generated import GENERATED
from crime_spark.sample.chicago_files import CHICAGO
from crime_spark.sample.columns import Columns, height, join
from crime_spark.sample.los_angeles_files import LOS_ANGELES
from crime_spark.sample.portal import Portal, Style
from crime_spark.sample.quirks import hopeless_records
from crime_spark.sample.truth import CityTruth, FileTruth, Truth

PORTALS = {portal.city: portal for portal in (CHICAGO, LOS_ANGELES)}
PLAIN, GZIP, MIXED = "plain", "gzip", "mixed"
COMPRESSIONS = (MIXED, PLAIN, GZIP)
YEARS = 4  # the least number that has every style of file
ROWS_PER_YEAR = 10_500
MOST_ROWS = 800_000  # serial numbers of a year have no more digits
FEWEST_ROWS = 100
SEED = 7


def write_sample(
    folder: str | os.PathLike[str],
    *,
    cities: Sequence[str] = tuple(PORTALS),
    first_year: int | None = None,
    years: int = YEARS,
    rows_per_year: int = ROWS_PER_YEAR,
    seed: int = SEED,
    compress: str = MIXED,
) -> Truth:
    """Write a file for each city and year, in the format of the portal, into folder/<city>/.

    The same arguments give the same bytes. Files with the same name are replaced. The names begin with GENERATED, by
    which pages recognize generated data. Memory grows with the rows of a year (about 100 bytes a row), not with years.

    Args:
        folder: where to write.
        cities: names of the cities.
        first_year: by default 2014 for Chicago and 2018 for Los Angeles.
        years: number of years.
        rows_per_year: incidents a year; copies, revisions and records that cannot be used are added to them.
        seed: seed of the random numbers.
        compress: "plain", "gzip", or "mixed" (every second file of Chicago is compressed).

    Returns:
        What the files contain.

    Raises:
        ValueError: an argument is out of range; nothing is written.
    """
    _check(cities, first_year, years, rows_per_year, compress)
    by_city = {}
    for city in cities:
        files = _files(PORTALS[city], Path(folder), first_year, years, rows_per_year, seed, compress)
        by_city[city] = CityTruth(city, tuple(files))
    return Truth(by_city)


def _check(cities: Sequence[str], first_year: int | None, years: int, rows_per_year: int, compress: str) -> None:
    faults = [f"unknown city {city!r}: known are {', '.join(PORTALS)}" for city in cities if city not in PORTALS]
    if years < 1:
        faults.append(f"years must be at least 1, not {years}")
    for portal in (PORTALS[city] for city in cities if city in PORTALS):
        first = portal.first_year if first_year is None else first_year
        if first not in portal.years or first + max(years, 1) - 1 not in portal.years:
            within = f"{portal.years[0]} to {portal.years[-1]}"
            faults.append(f"{portal.city}: {years} years from {first} do not lie within {within}")
    if not FEWEST_ROWS <= rows_per_year <= MOST_ROWS:
        faults.append(f"rows_per_year must lie between {FEWEST_ROWS} and {MOST_ROWS}, not {rows_per_year}")
    if compress not in COMPRESSIONS:
        faults.append(f"unknown compression {compress!r}: known are {', '.join(COMPRESSIONS)}")
    if faults:
        raise ValueError("; ".join(faults))


def _files(
    portal: Portal, folder: Path, first_year: int | None, years: int, rows: int, seed: int, compress: str
) -> Iterator[FileTruth]:
    """Write the files of a city and yield what each contains."""
    first = portal.first_year if first_year is None else first_year
    target = folder / portal.city
    target.mkdir(parents=True, exist_ok=True)
    carried: list[tuple[str, Columns]] = []
    for index, year in enumerate(range(first, first + years)):
        style = portal.style(index, years, year)
        zipped = compress == GZIP or (compress == MIXED and portal is CHICAGO and index % 2 == 1)
        path = target / f"{GENERATED}{portal.city}_{year}{style.suffix}.csv{'.gz' if zipped else ''}"
        rng = np.random.default_rng([seed, list(PORTALS).index(portal.city), year])
        truth, carried = _write_year(portal, style, path, year, rows, carried, rng)
        yield truth


def _write_year(
    portal: Portal,
    style: Style,
    path: Path,
    year: int,
    rows: int,
    carried: list[tuple[str, Columns]],
    rng: np.random.Generator,
) -> tuple[FileTruth, list[tuple[str, Columns]]]:
    """Write a file, with versions carried over from the year before; also return those for the next year."""
    hopeless: Counter[str] = Counter()
    superseded: Counter[str] = Counter()
    records, least, serials = 0, 1, count(1)
    later: list[tuple[str, Columns]] = []
    with _open(path) as file:
        lines = _Lines(file, style)
        lines.write([style.header])
        for piece in portal.draw(year, rows, style, rng):
            repeats = portal.repeat(piece, year, style, least, rng)
            extra = [*repeats.here.items(), *carried]
            for kind, versions in extra:
                superseded[kind] += height(versions)
            dressed = style.dress(join([piece, *(versions for _, versions in extra)]), rng)
            bad = hopeless_records(portal, style, dressed, year, serials, least, rng)
            hopeless.update(reason for reason, _ in bad)
            good = list(zip(*(dressed[name].tolist() for name in portal.columns), strict=True))
            records += len(good) + len(bad)
            lines.write(_in_order(portal, height(piece), good, [fields for _, fields in bad], rng))
            later += repeats.later.items()
            carried, least = [], 0
    name = path.relative_to(path.parent.parent).as_posix()
    return FileTruth(portal.city, year, name, records, dict(hopeless), dict(superseded)), later


def _in_order(
    portal: Portal, drawn: int, good: list[tuple[str, ...]], bad: list[list[str]], rng: np.random.Generator
) -> list[Sequence[str]]:
    """All rows: those drawn by time, the unusable between them at random, further versions between them or last."""
    rows: list[Sequence[str]] = [*good, *bad]
    place = np.concatenate([np.arange(drawn), drawn * rng.random(len(rows) - drawn)])
    if not portal.latest_first:
        place[drawn : len(good)] = drawn
    return [rows[index] for index in np.argsort(place, kind="stable").tolist()]


class _Lines:
    """Writes lines of CSV. The API quotes every value that is not blank, an export only those that need it."""

    def __init__(self, file: TextIO, style: Style) -> None:
        self._file, self._quoted = file, style.quoted
        self._writer = csv.writer(file, lineterminator="\n")

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        if not self._quoted:
            self._writer.writerows(rows)
            return
        for row in rows:
            self._file.write(",".join('"' + text.replace('"', '""') + '"' if text else "" for text in row) + "\n")


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """A text file. A compressed file contains neither time nor path, so that its bytes are always the same."""
    if path.suffix != ".gz":
        with path.open("w", encoding="utf-8", newline="") as plain:
            yield plain
        return
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename=path.stem, mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped,
        io.TextIOWrapper(zipped, encoding="utf-8", newline="") as text,
    ):
        yield text
