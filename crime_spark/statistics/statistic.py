"""What a descriptive statistic is: small declarations that refuse themselves when they make no sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from crime_spark.schemas import INCIDENTS


@dataclass(frozen=True)
class Dimension:
    """What incidents are broken down by: SQL over silver/incidents whose value names the group, NULL = not recorded.

    groups lists the values in their order, where they have one that is neither alphabetical nor numerical.
    """

    name: str
    sql: str
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse(f"dimension {self.name}", _reads_nothing(self.sql))


def banded(name: str, number: str, starts: Sequence[int]) -> Dimension:
    """Bands of a whole number (SQL): below the first start, from each start to the next, from the last one on.

    starts (0, 1, 2, 8) gives `<0`, `0`, `1`, `2-7` and `8+`.
    """
    if not starts or list(starts) != sorted(set(starts)):
        raise ValueError(f"dimension {name}: the starts of its bands are not ascending: {list(starts)}")
    labels = [str(low) if low == following - 1 else f"{low}-{following - 1}" for low, following in pairwise(starts)]
    groups = (f"<{starts[0]}", *labels, f"{starts[-1]}+")
    below = " ".join(f"WHEN {number} < {start} THEN '{group}'" for start, group in zip(starts, groups, strict=False))
    return Dimension(name, f"CASE {below} WHEN {number} >= {starts[-1]} THEN '{groups[-1]}' END", groups)


@dataclass(frozen=True)
class Number:
    """A number of an incident: SQL over silver/incidents that gives whole steps, of which `steps` make one unit.

    Whole steps, because sums of whole numbers do not depend on the order in which they are added. leave_out names a
    flag: where it is true the number is not known.
    """

    name: str
    sql: str
    steps: int = 1
    leave_out: str | None = None

    def __post_init__(self) -> None:
        faults = [_not_a_flag(self.leave_out)] if self.leave_out is not None else []
        if self.steps < 1:
            faults.append(f"{self.steps} steps make no unit")
        _refuse(f"number {self.name}", _reads_nothing(self.sql), *faults)

    @property
    def known(self) -> str:
        """SQL: the steps, NULL where the number is not known."""
        return self.sql if self.leave_out is None else f"CASE WHEN NOT {self.leave_out} <=> true THEN {self.sql} END"


@dataclass(frozen=True)
class Share:
    """A measure of every breakdown: the share of the rows whose flag is known in which it is true."""

    measure: str
    flag: str

    def __post_init__(self) -> None:
        _refuse(f"share {self.measure}", _not_a_flag(self.flag))


@dataclass(frozen=True)
class Breakdown:
    """Rows and shares in each group of up to two dimensions; without any, of all incidents together.

    leave_out names a flag: incidents in which it is true are not counted.
    """

    name: str
    dimensions: tuple[Dimension, ...] = ()
    leave_out: str | None = None

    def __post_init__(self) -> None:
        faults = [_not_a_flag(self.leave_out)] if self.leave_out is not None else []
        if len(self.dimensions) > 2:
            faults.append("gold/statistics holds two dimensions at most")
        _refuse(f"statistic {self.name}", *faults, *_twice(each.name for each in self.dimensions))

    @property
    def keys(self) -> tuple[str, ...]:
        """SQL of all that must be known of an incident to count it: the dimensions, and the flag if there is one."""
        return (*(each.sql for each in self.dimensions), *([self.leave_out] if self.leave_out else []))


@dataclass(frozen=True)
class Missing:
    """How often each column is NULL."""

    name: str
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [f"{each} is no column of {INCIDENTS.name}" for each in self.columns if each not in INCIDENTS.names]
        _refuse(f"statistic {self.name}", *unknown, *_twice(self.columns))


@dataclass(frozen=True)
class Summary:
    """Count, mean, standard deviation, extremes and quartiles of each number, over the rows where it is known."""

    name: str
    numbers: tuple[Number, ...]

    def __post_init__(self) -> None:
        _refuse(f"statistic {self.name}", *_twice(each.name for each in self.numbers))

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        """A breakdown by each number's steps: all that is told of a number follows from how often each value occurs."""
        return tuple(
            Breakdown(self.name, (Dimension(each.name, each.sql),), leave_out=each.leave_out) for each in self.numbers
        )


@dataclass(frozen=True)
class Correlations:
    """Pearson's correlation of each pair of numbers, over the rows where both are known."""

    name: str
    numbers: tuple[Number, ...]

    def __post_init__(self) -> None:
        _refuse(f"statistic {self.name}", *_twice(each.name for each in self.numbers))

    @property
    def pairs(self) -> tuple[tuple[Number, Number], ...]:
        """Every two of the numbers, once."""
        return tuple(combinations(self.numbers, 2))


Statistic = Breakdown | Missing | Summary | Correlations


def registered(*statistics: Statistic) -> tuple[Statistic, ...]:
    """The statistics, after a check that no two have one name, and no two numbers either.

    Raises:
        ValueError: they do.
    """
    numbers = {each for one in statistics if isinstance(one, Summary | Correlations) for each in one.numbers}
    _refuse("statistics", *_twice(each.name for each in statistics), *_twice(each.name for each in numbers))
    return statistics


def _refuse(what: str, *faults: str | None) -> None:
    found = [fault for fault in faults if fault]
    if found:
        raise ValueError(f"{what}: {'; '.join(found)}")


def _reads_nothing(sql: str) -> str | None:
    words = set(re.findall(r"\w+", sql))
    return None if words & set(INCIDENTS.names) else f"{sql!r} reads no column of {INCIDENTS.name}"


def _not_a_flag(name: str) -> str | None:
    flags = [column.name for column in INCIDENTS.columns if column.type == "BOOLEAN"]
    return None if name in flags else f"{name} is none of the flags {', '.join(flags)}"


def _twice(names: Iterable[str]) -> list[str]:
    held = list(names)
    return [f"{name} is declared twice" for name in sorted({each for each in held if held.count(each) > 1})]
