"""Features of the past of a panel's unit, as known when a period is predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from crime_spark.features.grid import AROUND, place
from crime_spark.features.recent_periods import series_ending, with_single_periods

COUNTED_DAYS = (1, 7, 28, 365)
INCIDENT_DAYS = (7, 28, 365)
SLOT_DAYS = (28, 365)
WEEKS = (1, 4, 8, 52)  # one week gives the naive forecast, four weeks the usual mean
HALF_LIFE_DAYS = 28
NEAR_DAYS = 14

# Days are counted from this Monday. The weights of the decaying sum double every HALF_LIFE_DAYS; a DOUBLE holds 1,022
# doublings, which are 78 years before and after this day.
_MONDAY = "2000-01-03"


@dataclass(frozen=True)
class Past:
    """The visible part of the past. The last visible period ends `delay` days and `ahead` - 1 periods before a period.

    Attributes:
        hours: length of a period.
        delay: publication lag in days.
        ahead: number of periods from the last visible one to the predicted one, without delay.
        window_days: how far the past reaches back.

    Raises:
        ValueError: delay is negative, ahead or window_days is less than 1, or hours does not divide 24.
    """

    hours: int
    delay: int = 0
    ahead: int = 1
    window_days: int = 1096

    def __post_init__(self) -> None:
        if self.delay < 0 or self.ahead < 1 or self.window_days < 1 or self.hours < 1 or 24 % self.hours:
            raise ValueError(
                f"Past: hours must divide 24, ahead and window_days must be positive, delay at least 0; got {self}"
            )

    @property
    def per_day(self) -> int:
        """Number of periods in a day."""
        return 24 // self.hours

    @property
    def back(self) -> int:
        """Number of periods from a period back to the last visible one."""
        return self.ahead + self.delay * self.per_day


def past_columns(past: Past, incidents: bool = False, near: bool = False) -> dict[str, str]:
    """The columns (DOUBLE) that `with_pasts` adds, to their comments."""
    columns = {f"count_{days}d": f"sum of the label over the last {days} days seen" for days in COUNTED_DAYS}
    columns["count_all"] = f"sum of the label over the last {past.window_days} days seen"
    if incidents:
        columns |= {f"incidents_{days}d": f"incidents over the last {days} days seen" for days in INCIDENT_DAYS}
    columns["decay"] = f"sum of the label, each period weighing half as much every {HALF_LIFE_DAYS} days"
    alike = "weekday" if past.per_day == 1 else "weekday and time of day"
    columns |= {
        f"same_weekday_{weeks}w": f"mean of the label over the last {weeks} weeks seen, same {alike}; NULL if none was"
        for weeks in WEEKS
    }
    if past.per_day > 1:
        columns |= {f"same_slot_{days}d": f"sum over the last {days} days seen, same time of day" for days in SLOT_DAYS}
    if near:
        columns["near_repeat"] = f"sum of the label in the neighbouring cells over the last {NEAR_DAYS} days seen"
    columns["history_days"] = f"days of data behind these numbers, at most {past.window_days}"
    return columns


def _period_number(past: Past) -> str:
    """SQL for the number of periods from _MONDAY to occurred_at."""
    return f"datediff(occurred_at, DATE'{_MONDAY}') * {past.per_day} + hour(occurred_at) DIV {past.hours}"


def with_pasts(
    panel: DataFrame,
    pasts: Sequence[Past],
    *,
    incidents: bool = False,
    near: bool = False,
    series: bool = False,
) -> DataFrame:
    """Add the features of one or more pasts to a panel.

    A sum is the difference of two running totals, so its cost does not depend on the window. It is exact for labels
    that are whole numbers. Several pasts need no more shuffles and sorts than one.

    Args:
        panel: unit, occurred_at, label, and incidents if `incidents` is set. Missing periods count as 0.
        pasts: the pasts, all with periods of the same length.
        incidents: also count incidents.
        near: also sum the label of neighboring units, which must be grid cells.
        series: also add the columns of SERIES.

    Returns:
        Each row for each past, with delay INT and the columns of `past_columns`.

    Raises:
        ValueError: the pasts have periods of different lengths.
    """
    if len({past.hours for past in pasts}) != 1:
        raise ValueError(f"the pasts of a panel must have periods of the same length; got {pasts}")
    rows = panel.withColumn("_period", F.expr(_period_number(pasts[0])))
    if near:
        rows = _with_neighbours(rows)
    if series:
        rows = with_single_periods(rows, [past.back for past in pasts])
    rows = _with_totals(rows, pasts, incidents, near)
    if pasts[0].per_day > 1:
        rows = _with_same_slot(rows, pasts)
    rows = _with_same_weekday(rows, pasts)
    structs = []
    for past in pasts:
        by_name = _features(past, incidents, near)
        columns = [by_name[name].alias(name) for name in past_columns(past, incidents, near)]
        if series:
            columns += [column.alias(name) for name, column in series_ending(past.back).items()]
        structs.append(F.struct(F.lit(past.delay).alias("delay"), *columns))
    return rows.select(*panel.columns, F.inline(F.array(*structs)))


def _within(past: Past, days: int) -> int:
    """A number of days, at most the window, in periods."""
    return min(days, past.window_days) * past.per_day


def _total(value: Column, window: WindowSpec, back: int) -> Column:
    """The sum over all periods at least `back` before the period of the row."""
    return F.coalesce(F.sum(value).over(window.rangeBetween(Window.unboundedPreceding, -back)), F.lit(0.0))


def _starts(past: Past, days: Iterable[int]) -> set[int]:
    """How far a period is from the last visible one, and from the last one before each stretch of days, in periods."""
    return {past.back, *(past.back + _within(past, length) for length in days)}


def _totals(rows: DataFrame, window: WindowSpec, wanted: Mapping[str, tuple[Column, Iterable[int]]]) -> DataFrame:
    """Add running totals `_<name>_<back>`; `wanted` has for each name the value and the numbers of periods back."""
    return rows.withColumns(
        {
            f"_{name}_{back}": _total(value, window, back)
            for name, (value, backs) in wanted.items()
            for back in sorted(set(backs))
        }
    )


def _with_totals(rows: DataFrame, pasts: Sequence[Past], incidents: bool, near: bool) -> DataFrame:
    """Add the running totals for count_*, incidents_*, decay, near_repeat and history_days."""

    def starts(*days: int) -> set[int]:
        return {start for past in pasts for start in _starts(past, days or [past.window_days])}

    growing = F.pow(F.lit(2.0), F.col("_period") * F.lit(_half_lives(pasts[0])))
    wanted: dict[str, tuple[Column, Iterable[int]]] = {
        "count": (F.col("label"), starts(*COUNTED_DAYS) | starts()),
        "decay": (F.col("label") * growing, starts()),
        "rows": (F.lit(1.0), starts()),
    }
    if incidents:
        wanted["incidents"] = (F.col("incidents"), starts(*INCIDENT_DAYS))
    if near:
        wanted["near"] = (F.col("_near"), starts(NEAR_DAYS))
    return _totals(rows, Window.partitionBy("unit").orderBy("_period"), wanted)


def _with_same_slot(rows: DataFrame, pasts: Sequence[Past]) -> DataFrame:
    """Add the running totals for same_slot_*."""
    slot = Window.partitionBy("unit", F.expr(f"pmod(_period, {pasts[0].per_day})")).orderBy("_period")
    starts = {start for past in pasts for start in _starts(past, SLOT_DAYS)}
    return _totals(rows, slot, {"slot": (F.col("label"), starts)})


def _with_same_weekday(rows: DataFrame, pasts: Sequence[Past]) -> DataFrame:
    """Add the running totals for same_weekday_*."""
    week = Window.partitionBy("unit", F.expr(f"pmod(_period, {7 * pasts[0].per_day})")).orderBy("_period")
    starts = {start for past in pasts for start in _starts(past, [7 * weeks for weeks in WEEKS])}
    return _totals(rows, week, {"alike": (F.col("label"), starts), "weeks": (F.lit(1.0), starts)})


def _features(past: Past, incidents: bool, near: bool) -> dict[str, Column]:
    """The columns of `past_columns`, computed from running totals."""

    def over(name: str, days: int) -> Column:
        return F.col(f"_{name}_{past.back}") - F.col(f"_{name}_{past.back + _within(past, days)}")

    window = past.window_days
    columns = {f"count_{days}d": over("count", days) for days in COUNTED_DAYS}
    columns["count_all"] = over("count", window)
    last_seen = F.col("_period") - past.back
    columns["decay"] = over("decay", window) * F.pow(F.lit(2.0), -last_seen * F.lit(_half_lives(past)))
    columns["history_days"] = over("rows", window) / past.per_day
    # NULL without a week of data.
    columns |= {f"same_weekday_{w}w": F.try_divide(over("alike", 7 * w), over("weeks", 7 * w)) for w in WEEKS}
    if past.per_day > 1:
        columns |= {f"same_slot_{days}d": over("slot", days) for days in SLOT_DAYS}
    if incidents:
        columns |= {f"incidents_{days}d": over("incidents", days) for days in INCIDENT_DAYS}
    if near:
        columns["near_repeat"] = over("near", NEAR_DAYS)
    return columns


def _half_lives(past: Past) -> float:
    """Half-lives of the decaying sum in a period."""
    return 1 / (HALF_LIFE_DAYS * past.per_day)


def _with_neighbours(rows: DataFrame) -> DataFrame:
    """Add _near, the sum of the label of the unit's neighbors in the same period.

    In the order of `place`, the neighbors of a cell lie in three short ranges, so this needs no join.
    """
    cells = Window.partitionBy("occurred_at").orderBy("_place")
    around = [F.coalesce(F.sum("label").over(cells.rangeBetween(*stretch)), F.lit(0.0)) for stretch in AROUND]
    below, same_row, above = around
    return rows.withColumn("_place", F.expr(place("unit"))).withColumn(
        "_near", below + same_row + above - F.col("label")
    )
