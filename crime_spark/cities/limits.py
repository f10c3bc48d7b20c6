"""Limits: numbers computed from the data of a city, and the bounds between which they are expected to lie.

The SQL of a limit selects city, scope (a year, a day, a code) and value. Its placeholders are three small frames of all
cities, which quality/measures.py computes:

    {days}      city, day, offense_group, rows, without_coordinates, <term>_recorded and <term>_unmapped (<term>: TERMS)
    {unmapped}  city, year, term (one of TERMS), word (a code or words without a group), rows
    {files}     the ledger
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

FRAMES = ("days", "unmapped", "files")
# Columns of silver/incidents that the vocabulary groups, and the columns of their groups.
TERMS = {"offense_code": "offense_group", "premise": "premise_group", "weapon": "weapon_group"}

# Shares of fewer rows vary by chance and are not judged.
FEW = 1000
# Days at the end of the data that are incomplete.
LAG = 2
# Smaller numbers of rows per day vary by chance and are not judged.
LEAST_A_DAY = 50
_JUDGED = f"the last {LAG} days of the data are not judged"


@dataclass(frozen=True)
class Limit:
    """A number that is expected to lie between low and high.

    Attributes:
        name: its name in settings and messages.
        what: what the number is.
        per: what a scope is, for example a year.
        sql: SELECT of city, scope and value over the placeholders of FRAMES.
        low: the lower bound, or None.
        high: the upper bound, or None. Without any bound, the values are listed and never judged.
        remark: what to know or do if the limit is crossed.

    Raises:
        ValueError: the name, the SQL or the bounds are malformed, or a text is empty.
    """

    name: str
    what: str
    per: str
    sql: str
    low: float | None = None
    high: float | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z_]*", self.name):
            raise ValueError(f"limit {self.name!r}: the name must consist of a-z and _")
        if not (self.what and self.per):
            raise ValueError(f"limit {self.name}: what and per must not be empty")
        used = re.findall(r"{(\w*)}", self.sql)
        if not used or not set(used) <= set(FRAMES):
            raise ValueError(f"limit {self.name}: the SQL must read some of {list(FRAMES)}; got {used}")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"limit {self.name}: low must not be above high; got low={self.low}, high={self.high}")

    @property
    def bounds(self) -> int:
        """The number of bounds."""
        return (self.low is not None) + (self.high is not None)


# A bound in settings: a number for the only bound of a limit, [low, high], or None for no bound.
Bound = float | Sequence[float | None] | None


def bounded(limits: Iterable[Limit], bounds: Mapping[str, Bound]) -> tuple[Limit, ...]:
    """Replace bounds of limits.

    Args:
        limits: the declared limits.
        bounds: limit name to its new bound.

    Raises:
        ValueError: no limit with a bound has this name, or the new bound does not fit the limit.
    """
    limit_by_name = {limit.name: limit for limit in limits}
    with_bounds = [name for name, limit in limit_by_name.items() if limit.bounds]
    for name, bound in bounds.items():
        if name not in with_bounds:
            raise ValueError(f"unknown limit {name!r}; limits with bounds: {', '.join(with_bounds)}")
        limit = limit_by_name[name]
        if bound is None:
            low, high = None, None
        elif isinstance(bound, Sequence):
            if len(bound) != 2:
                raise ValueError(f"limit {name}: expected a number or [low, high]; got {bound!r}")
            low, high = bound
        elif limit.bounds == 2:
            raise ValueError(f"limit {name} has two bounds; give both, as [{limit.low:g}, {limit.high:g}]")
        else:
            low, high = (bound, None) if limit.high is None else (None, bound)
        limit_by_name[name] = replace(limit, low=low, high=high)
    return tuple(limit_by_name.values())


def quarantined(high: float = 0.01, high_of_file: float = 0.05) -> tuple[Limit, Limit]:
    """Shares of quarantined records, per city and per file."""
    share = "try_divide(sum(rows_quarantined), sum(rows_read))"
    return (
        Limit(
            "share_quarantined",
            "share of the city's records that were refused",
            "city",
            f"SELECT city, 'all' AS scope, {share} AS value FROM {{files}} GROUP BY city HAVING sum(rows_read) > 0",
            high=high,
            remark="the table quarantine has the records and why",
        ),
        Limit(
            "share_quarantined_of_file",
            "share of a file's records that were refused",
            "file",
            f"SELECT city, file AS scope, {share} AS value FROM {{files}} GROUP BY city, file "
            f"HAVING sum(rows_read) >= {FEW}",
            high=high_of_file,
            remark="the table quarantine has the records and why",
        ),
    )


def without_coordinates(high: float = 0.05) -> Limit:
    """Share of a year's rows without coordinates."""
    return Limit(
        "share_without_coordinates",
        "share of the year's rows without coordinates inside the city",
        "year",
        f"SELECT city, CAST(year(day) AS STRING) AS scope, try_divide(sum(without_coordinates), sum(rows)) AS value "
        f"FROM {{days}} GROUP BY city, year(day) HAVING sum(rows) >= {FEW}",
        high=high,
    )


def unmapped(offenses: float = 0.001, others: float = 0.01) -> tuple[Limit, ...]:
    """Shares of a year's codes, premises and weapons without a group, and a list of these with their rows."""
    shares = [
        Limit(
            f"share_unmapped_{term}",
            f"share of the year's rows whose {term} is in no group",
            "year",
            f"SELECT city, CAST(year(day) AS STRING) AS scope, "
            f"try_divide(sum({term}_unmapped), sum({term}_recorded)) AS value FROM {{days}} "
            f"GROUP BY city, year(day) HAVING sum({term}_recorded) >= {FEW}",
            high=high,
            remark="unmapped_words lists them; the project's docs/vocabulary.md says where to add them",
        )
        for term, high in zip(TERMS, (offenses, others, others), strict=True)
    ]
    listed = Limit(
        "unmapped_words",
        "rows of an offense code, premise or weapon that is in no group",
        "code or words",
        "SELECT city, concat(term, ' ', word) AS scope, sum(rows) AS value FROM {unmapped} GROUP BY city, term, word",
    )
    return (*shares, listed)


def vanished(low: float = 0.05, window: int = 90, least: int = 20) -> Limit:
    """Offense groups that occurred in each of the four windows before the latest, but hardly in the latest."""
    placed = (
        f"SELECT d.*, CAST(datediff(last, day) DIV {window} AS INT) AS back FROM {{days}} AS d "
        f"JOIN (SELECT city, date_sub(max(day), {LAG}) AS last FROM {{days}} GROUP BY city) AS e "
        f"ON d.city = e.city AND day <= last AND datediff(last, day) < 5 * {window}"
    )
    whole = f"SELECT city FROM ({placed}) GROUP BY city HAVING count(DISTINCT day) >= 5 * {window} - 10"
    return Limit(
        "category_vanished",
        f"rows of an offense group in the latest {window} days, as a share of what the year before them had in as many",
        "offense group",
        f"SELECT city, offense_group AS scope, "
        f"try_divide(4 * sum(IF(back = 0, rows, 0)), sum(IF(back > 0, rows, 0))) AS value "
        f"FROM ({placed}) LEFT SEMI JOIN ({whole}) USING (city) GROUP BY city, offense_group "
        f"HAVING sum(IF(back > 0, rows, 0)) >= {4 * least} AND count(DISTINCT IF(back > 0, back, NULL)) = 4",
        low=low,
        remark=f"only groups that had {least} rows and more in {window} days, and no quarter without any",
    )


def _weeks(week: int = 8) -> str:
    """SQL for city, day, week and rows: the last seven days (week 0) and the same weekdays of earlier weeks."""
    totals = "SELECT city, day, sum(rows) AS rows FROM {days} GROUP BY city, day"
    last = f"SELECT city, date_sub(max(day), {LAG}) AS last FROM {{days}} GROUP BY city"
    wanted = (
        f"SELECT city, date_sub(last, back) AS day, week, date_sub(last, back + 7 * week) AS at FROM ({last}) "
        f"LATERAL VIEW explode(sequence(0, 6)) AS back LATERAL VIEW explode(sequence(0, {week})) AS week"
    )
    return (
        f"SELECT w.city, w.day, week, coalesce(rows, 0) AS rows FROM ({wanted}) AS w "
        f"LEFT JOIN ({totals}) AS t ON t.city = w.city AND t.day = w.at"
    )


def rows_per_day(low: float = 0.3, high: float = 2.5) -> Limit:
    """Rows of each of the latest seven days, compared with the same weekday of the eight weeks before."""
    before = "IF(week > 0 AND rows > 0, rows, NULL)"
    return Limit(
        "rows_per_day",
        "rows of the day over the median of that weekday in the eight weeks before",
        "day",
        f"SELECT city, CAST(day AS STRING) AS scope, try_divide(max(IF(week = 0, rows, NULL)), median({before})) "
        f"AS value FROM ({_weeks()}) GROUP BY city, day "
        f"HAVING count({before}) >= 4 AND median({before}) >= {LEAST_A_DAY}",
        low=low,
        high=high,
        remark=f"{_JUDGED}; a holiday or a snowstorm may halve a day, and the first of January doubles it",
    )


def rows_per_week(low: float = 0.6, high: float = 1.5) -> Limit:
    """Rows of the latest seven days, compared with the eight weeks before."""
    weeks = (
        f"SELECT city, week, min(IF(week = 0, day, NULL)) AS first, sum(rows) AS rows, min(rows) > 0 AS complete "
        f"FROM ({_weeks()}) GROUP BY city, week"
    )
    before = "IF(week > 0 AND complete, rows, NULL)"
    return Limit(
        "rows_per_week",
        "rows of the seven days from that one on over the median of the eight weeks before",
        "week",
        f"SELECT city, CAST(max(first) AS STRING) AS scope, "
        f"try_divide(max(IF(week = 0, rows, NULL)), median({before})) AS value FROM ({weeks}) GROUP BY city "
        f"HAVING count({before}) >= 4 AND median({before}) >= {7 * LEAST_A_DAY}",
        low=low,
        high=high,
        remark=_JUDGED,
    )


def break_on(day: date, name: str, remark: str) -> Limit:
    """Rows from the day on which the data set stops counting what it counted before."""
    return Limit(
        name,
        f"rows from {day} on",
        "city",
        f"SELECT city, '{day}' AS scope, CAST(sum(rows) AS DOUBLE) AS value FROM {{days}} "
        f"WHERE day >= DATE'{day}' GROUP BY city",
        high=0,
        remark=remark,
    )


# The usual limits of a city. A city may change bounds, omit limits and add others.
STANDARD: tuple[Limit, ...] = (
    *quarantined(),
    without_coordinates(),
    rows_per_day(),
    rows_per_week(),
    *unmapped(),
    vanished(),
)
