"""Declarations of descriptive statistics, which check themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from crime_spark.schemas import INCIDENTS


@dataclass(frozen=True)
class Dimension:
    """A dimension of breakdowns.

    Attributes:
        name: name in gold/statistics.
        sql: SQL over silver/incidents for the name of the group; NULL means not recorded.
        groups: all groups in order, if the order is neither alphabetical nor numerical.

    Raises:
        ValueError: the SQL uses no column.
    """

    name: str
    sql: str
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse(f"dimension {self.name}", _reads_nothing(self.sql))


def banded(name: str, number: str, starts: Sequence[int]) -> Dimension:
    """A dimension of bands of a whole number.

    The starts (0, 1, 2, 8) give the bands `<0`, `0`, `1`, `2-7` and `8+`.

    Args:
        name: name of the dimension.
        number: SQL for the number.
        starts: the first number of each band, ascending.

    Raises:
        ValueError: the starts are not ascending.
    """
    if not starts or list(starts) != sorted(set(starts)):
        raise ValueError(f"dimension {name}: starts of bands must be ascending; got {list(starts)}")
    labels = [str(low) if low == following - 1 else f"{low}-{following - 1}" for low, following in pairwise(starts)]
    groups = (f"<{starts[0]}", *labels, f"{starts[-1]}+")
    below = " ".join(f"WHEN {number} < {start} THEN '{group}'" for start, group in zip(starts, groups, strict=False))
    return Dimension(name, f"CASE {below} WHEN {number} >= {starts[-1]} THEN '{groups[-1]}' END", groups)


@dataclass(frozen=True)
class Number:
    """A number of an incident in whole steps, whose sums do not depend on the order of addition.

    Attributes:
        name: name in gold/statistics.
        sql: SQL over silver/incidents for the number of steps.
        steps: number of steps in a unit.
        leave_out: a flag; if it is true, the number is unknown.

    Raises:
        ValueError: the SQL uses no column, steps is less than 1, or leave_out is not a flag.
    """

    name: str
    sql: str
    steps: int = 1
    leave_out: str | None = None

    def __post_init__(self) -> None:
        faults = [_not_a_flag(self.leave_out)] if self.leave_out is not None else []
        if self.steps < 1:
            faults.append(f"steps must be at least 1; got {self.steps}")
        _refuse(f"number {self.name}", _reads_nothing(self.sql), *faults)

    @property
    def known_sql(self) -> str:
        """SQL for the number of steps; NULL if the number is unknown."""
        return self.sql if self.leave_out is None else f"CASE WHEN NOT {self.leave_out} <=> true THEN {self.sql} END"


@dataclass(frozen=True)
class Share:
    """A measure of all breakdowns: the share of rows where a flag is true, among rows where it is known.

    Raises:
        ValueError: it is not a flag.
    """

    measure: str
    flag: str

    def __post_init__(self) -> None:
        _refuse(f"share {self.measure}", _not_a_flag(self.flag))


@dataclass(frozen=True)
class Breakdown:
    """Rows and shares in each group of at most two dimensions, or of all incidents.

    Attributes:
        name: name of the statistic.
        dimensions: the dimensions.
        leave_out: a flag; incidents where it is true are not counted.

    Raises:
        ValueError: there are more than two dimensions, one is listed twice, or leave_out is not a flag.
    """

    name: str
    dimensions: tuple[Dimension, ...] = ()
    leave_out: str | None = None

    def __post_init__(self) -> None:
        faults = [_not_a_flag(self.leave_out)] if self.leave_out is not None else []
        if len(self.dimensions) > 2:
            faults.append("at most two dimensions are possible")
        _refuse(f"statistic {self.name}", *faults, *_twice(dimension.name for dimension in self.dimensions))

    @property
    def keys(self) -> tuple[str, ...]:
        """The SQL that determines where an incident is counted: the dimensions and the flag."""
        return (*(dimension.sql for dimension in self.dimensions), *([self.leave_out] if self.leave_out else []))


@dataclass(frozen=True)
class Missing:
    """The number and share of NULLs in each column.

    Raises:
        ValueError: a column is unknown or listed twice.
    """

    name: str
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [
            f"{name} is not a column of {INCIDENTS.name}" for name in self.columns if name not in INCIDENTS.names
        ]
        _refuse(f"statistic {self.name}", *unknown, *_twice(self.columns))


@dataclass(frozen=True)
class Summary:
    """Count, mean, standard deviation, extremes and quartiles of each number, over the rows where it is known.

    Raises:
        ValueError: a number is listed twice.
    """

    name: str
    numbers: tuple[Number, ...]

    def __post_init__(self) -> None:
        _refuse(f"statistic {self.name}", *_twice(number.name for number in self.numbers))

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        """A breakdown by the steps of each number; the summary follows from the number of rows by value."""
        return tuple(Breakdown(self.name, (Dimension(n.name, n.sql),), leave_out=n.leave_out) for n in self.numbers)


@dataclass(frozen=True)
class Correlations:
    """Pearson's correlation of each pair of numbers, over the rows where both are known.

    Raises:
        ValueError: a number is listed twice.
    """

    name: str
    numbers: tuple[Number, ...]

    def __post_init__(self) -> None:
        _refuse(f"statistic {self.name}", *_twice(number.name for number in self.numbers))

    @property
    def pairs(self) -> tuple[tuple[Number, Number], ...]:
        """All pairs of different numbers."""
        return tuple(combinations(self.numbers, 2))


Statistic = Breakdown | Missing | Summary | Correlations


def registered(*statistics: Statistic) -> tuple[Statistic, ...]:
    """Check that all statistics and all numbers have different names.

    Raises:
        ValueError: a name is used twice.
    """
    numbers = {n for s in statistics if isinstance(s, Summary | Correlations) for n in s.numbers}
    _refuse("statistics", *_twice(n.name for n in statistics), *_twice(n.name for n in numbers))
    return statistics


def _refuse(what: str, *faults: str | None) -> None:
    present = [fault for fault in faults if fault]
    if present:
        raise ValueError(f"{what}: {'; '.join(present)}")


def _reads_nothing(sql: str) -> str | None:
    words = set(re.findall(r"\w+", sql))
    return None if words & set(INCIDENTS.names) else f"{sql!r} uses no column of {INCIDENTS.name}"


def _not_a_flag(name: str) -> str | None:
    flags = [column.name for column in INCIDENTS.columns if column.type == "BOOLEAN"]
    return None if name in flags else f"{name} must be one of the flags {', '.join(flags)}"


def _twice(names: Iterable[str]) -> list[str]:
    all_names = list(names)
    return [f"{name} is declared twice" for name in sorted({name for name in all_names if all_names.count(name) > 1})]
