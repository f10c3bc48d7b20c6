"""How many incidents there are in each group of each breakdown and summary, all counted in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.statistics.dimensions import COUNTED_TOGETHER, SHARES
from crime_spark.statistics.long_form import with_all_years
from crime_spark.statistics.statistic import Breakdown, Statistic, Summary

GROUP = ("statistic", "dimension_1", "value_1", "dimension_2", "value_2")
FLAGS = tuple(share.flag for share in SHARES)
# Rows; and for each flag the rows in which it is known, and those in which it is true.
COUNTS = ("rows", *(f"{flag}_{what}" for flag in FLAGS for what in ("known", "true")))

Cube = tuple[str, ...]

_TOGETHER = [{each.sql for each in together} for together in COUNTED_TOGETHER]


def count_groups(incidents: DataFrame, statistics: Sequence[Statistic]) -> DataFrame:
    """city, year, GROUP and COUNTS of every Breakdown and Summary; year NULL = all years together.

    One pass over the incidents counts cubes: the breakdowns whose keys no other breakdown's keys include, those of
    COUNTED_TOGETHER in one. The rest follows from those counts, as by_hour is a sum over by_weekday_hour. Each incident
    is repeated for every cube with the cell that it falls in, and one aggregation counts them all. An aggregation for
    every breakdown took more than twice as long, from the table as from a cached copy of it.
    """
    breakdowns = list(_counted(statistics))
    cubes = _cubes(breakdowns)
    return incidents.transform(_count_cubes, cubes).transform(_sum_up, breakdowns, cubes)


def _counted(statistics: Sequence[Statistic]) -> Iterable[Breakdown]:
    for each in statistics:
        if isinstance(each, Breakdown):
            yield each
        elif isinstance(each, Summary):
            yield from each.breakdowns


def _cubes(breakdowns: Sequence[Breakdown]) -> list[Cube]:
    keys = {frozenset(each.keys): each.keys for each in breakdowns}
    joined: dict[int | Cube, Cube] = {}
    for cube in (keys[held] for held in keys if not any(held < other for other in keys)):
        place = next((at for at, sqls in enumerate(_TOGETHER) if sqls & set(cube)), cube)
        joined[place] = tuple(dict.fromkeys((*joined.get(place, ()), *cube)))
    return list(joined.values())


def _count_cubes(incidents: DataFrame, cubes: Sequence[Cube]) -> DataFrame:
    """city, year, cube (its position), key_1 and so on, as many as the longest cube has, and COUNTS."""
    keys = range(max(map(len, cubes)))
    cells = [
        f"named_struct('cube', {at}{''.join(f', {_key(i)!r}, {_string(cube, i)}' for i in keys)})"
        for at, cube in enumerate(cubes)
    ]
    counts = [F.count(F.lit(1)).alias("rows")]
    for flag in FLAGS:
        counts += [F.count(flag).alias(f"{flag}_known"), F.count_if(F.col(flag)).alias(f"{flag}_true")]
    repeated = incidents.select("city", "year", *FLAGS, F.expr(f"inline(array({', '.join(cells)}))"))
    return repeated.groupBy("city", "year", "cube", *map(_key, keys)).agg(*counts)


def _sum_up(counted: DataFrame, breakdowns: Sequence[Breakdown], cubes: Sequence[Cube]) -> DataFrame:
    """Counts of cubes' cells to counts of the breakdowns' groups, by year and over all years."""
    # The smallest cube that has the keys, so that by_year is not summed over every beat.
    homes = [
        min((cube for cube in cubes if set(cube) >= set(each.keys)), key=lambda cube: (len(cube), cubes.index(cube)))
        for each in breakdowns
    ]
    branches = []
    for at, cube in enumerate(cubes):
        groups = [_group(i, each, cube) for i, each in enumerate(breakdowns) if homes[i] == cube]
        branches.append(f"WHEN {at} THEN array({', '.join(groups)})")
    names = ", ".join(_names(each) for each in breakdowns)
    return (
        with_all_years(counted.select("city", "year", *COUNTS, F.expr(f"inline(CASE cube {' '.join(branches)} END)")))
        .where("breakdown IS NOT NULL")
        .groupBy("city", "year", "breakdown", "value_1", "value_2")
        .agg(*(F.sum(name).alias(name) for name in COUNTS))
        .select("*", F.expr(f"array({names})[breakdown]").alias("names"))
        .select("city", "year", *(F.expr(name if "value" in name else f"names.{name}") for name in GROUP), *COUNTS)
    )


def _key(at: int) -> str:
    return f"key_{at + 1}"


def _string(keys: Cube, at: int) -> str:
    return f"CAST({keys[at] if at < len(keys) else 'NULL'} AS STRING)"


def _group(at: int, breakdown: Breakdown, cube: Cube) -> str:
    """SQL: the breakdown's position and the group that a cell of the cube belongs to; NULL if it is left out."""
    values = [_key(cube.index(dimension.sql)) for dimension in breakdown.dimensions]
    first, second = (*values, "CAST(NULL AS STRING)", "CAST(NULL AS STRING)")[:2]
    group = f"named_struct('breakdown', {at}, 'value_1', {first}, 'value_2', {second})"
    if breakdown.leave_out is None:
        return group
    return f"CASE WHEN NOT {_key(cube.index(breakdown.leave_out))} <=> 'true' THEN {group} END"


def _names(breakdown: Breakdown) -> str:
    quoted = [f"'{name}'" for name in (breakdown.name, *(dimension.name for dimension in breakdown.dimensions))]
    statistic, first, second = (*quoted, "CAST(NULL AS STRING)", "CAST(NULL AS STRING)")[:3]
    return f"named_struct('statistic', {statistic}, 'dimension_1', {first}, 'dimension_2', {second})"
