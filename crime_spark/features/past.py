"""What is known of a unit's past when one of its periods is to be predicted."""

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
WEEKS = (1, 4, 8, 52)  # a week ago is the naive forecast, four weeks the customary mean
HALF_LIFE_DAYS = 28
NEAR_DAYS = 14

# Days are counted from this Monday. Weights of the decaying sum double every HALF_LIFE_DAYS from here on: as DOUBLE
# they last for 1,022 doublings, 78 years, both ways.
_MONDAY = "2000-01-03"


@dataclass(frozen=True)
class Past:
    """What of the past may be seen: periods of so many hours that ended early enough, back to window_days.

    The last period seen ends `delay` days and `ahead` - 1 periods before the predicted one starts.

    Raises:
        ValueError: a negative delay, nothing ahead, no window, or periods that do not divide the day.
    """

    hours: int
    delay: int = 0
    ahead: int = 1
    window_days: int = 1096

    def __post_init__(self) -> None:
        if self.delay < 0 or self.ahead < 1 or self.window_days < 1 or self.hours < 1 or 24 % self.hours:
            raise ValueError(f"no past that can be seen: {self}")

    @property
    def per_day(self) -> int:
        """Periods of a day."""
        return 24 // self.hours

    @property
    def back(self) -> int:
        """From a period to the last one seen, in periods."""
        return self.ahead + self.delay * self.per_day


def past_columns(past: Past, incidents: bool = False, near: bool = False) -> dict[str, str]:
    """Column -> comment, of what with_pasts adds; all are DOUBLE."""
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
    """SQL: periods from _MONDAY to occurred_at."""
    return f"datediff(occurred_at, DATE'{_MONDAY}') * {past.per_day} + hour(occurred_at) DIV {past.hours}"


def with_pasts(
    panel: DataFrame,
    pasts: Sequence[Past],
    *,
    incidents: bool = False,
    near: bool = False,
    series: bool = False,
) -> DataFrame:
    """Each row of `panel` once for each of pasts, with the columns delay INT, past_columns and SERIES.

    panel: unit, occurred_at, label, and incidents where they are to be counted besides; every period at most once a
    unit. Periods that are no rows count as nothing. No sum reaches back beyond past.window_days. For near the units
    must be ids of grid cells; without series the columns of SERIES are left out.

    Every sum is a difference of running totals, so that a row costs the same whatever the window; with labels that are
    whole numbers they are exact. Rows are shuffled and sorted no more often for several pasts than for one.

    Raises:
        ValueError: the pasts are not of periods of the same length.
    """
    if len({past.hours for past in pasts}) != 1:
        raise ValueError(f"pasts of one panel have periods of one length: {pasts}")
    rows = panel.withColumn("_period", F.expr(_period_number(pasts[0])))
    if near:
        rows = _with_neighbours(rows)
    if series:
        rows = with_single_periods(rows, [past.back for past in pasts])
    rows = _with_totals(rows, pasts, incidents, near)
    if pasts[0].per_day > 1:
        rows = _with_same_slot(rows, pasts)
    rows = _with_same_weekday(rows, pasts)
    seen = []
    for past in pasts:
        found = _seen(past, incidents, near)
        columns = [found[name].alias(name) for name in past_columns(past, incidents, near)]
        if series:
            columns += [column.alias(name) for name, column in series_ending(past.back).items()]
        seen.append(F.struct(F.lit(past.delay).alias("delay"), *columns))
    return rows.select(*panel.columns, F.inline(F.array(*seen)))


def _within(past: Past, days: int) -> int:
    """So many days, in periods, but no more than the window."""
    return min(days, past.window_days) * past.per_day


def _total(value: Column, window: WindowSpec, back: int) -> Column:
    """Of all periods that are at least so many before the row's own."""
    return F.coalesce(F.sum(value).over(window.rangeBetween(Window.unboundedPreceding, -back)), F.lit(0.0))


def _starts(past: Past, days: Iterable[int]) -> set[int]:
    """From a period to the first that is too early for stretches of so many days, and to the last one seen."""
    return {past.back, *(past.back + _within(past, each) for each in days)}


def _totals(rows: DataFrame, window: WindowSpec, wanted: Mapping[str, tuple[Column, Iterable[int]]]) -> DataFrame:
    """wanted is name -> value and from how many periods before the row's own it is summed up: _<name>_<periods>."""
    return rows.withColumns(
        {
            f"_{name}_{back}": _total(value, window, back)
            for name, (value, backs) in wanted.items()
            for back in sorted(set(backs))
        }
    )


def _with_totals(rows: DataFrame, pasts: Sequence[Past], incidents: bool, near: bool) -> DataFrame:
    """What count_*, incidents_*, decay, near_repeat and history_days are made of."""

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
    """What same_slot_* are made of."""
    slot = Window.partitionBy("unit", F.expr(f"pmod(_period, {pasts[0].per_day})")).orderBy("_period")
    starts = {start for past in pasts for start in _starts(past, SLOT_DAYS)}
    return _totals(rows, slot, {"slot": (F.col("label"), starts)})


def _with_same_weekday(rows: DataFrame, pasts: Sequence[Past]) -> DataFrame:
    """What same_weekday_* are made of."""
    week = Window.partitionBy("unit", F.expr(f"pmod(_period, {7 * pasts[0].per_day})")).orderBy("_period")
    starts = {start for past in pasts for start in _starts(past, [7 * weeks for weeks in WEEKS])}
    return _totals(rows, week, {"alike": (F.col("label"), starts), "weeks": (F.lit(1.0), starts)})


def _seen(past: Past, incidents: bool, near: bool) -> dict[str, Column]:
    """The columns of past_columns, of running totals."""

    def over(name: str, days: int) -> Column:
        return F.col(f"_{name}_{past.back}") - F.col(f"_{name}_{past.back + _within(past, days)}")

    window = past.window_days
    found = {f"count_{days}d": over("count", days) for days in COUNTED_DAYS}
    found["count_all"] = over("count", window)
    last_seen = F.col("_period") - past.back
    found["decay"] = over("decay", window) * F.pow(F.lit(2.0), -last_seen * F.lit(_half_lives(past)))
    found["history_days"] = over("rows", window) / past.per_day
    # NULL where there is nothing to divide by.
    found |= {f"same_weekday_{w}w": F.try_divide(over("alike", 7 * w), over("weeks", 7 * w)) for w in WEEKS}
    if past.per_day > 1:
        found |= {f"same_slot_{days}d": over("slot", days) for days in SLOT_DAYS}
    if incidents:
        found |= {f"incidents_{days}d": over("incidents", days) for days in INCIDENT_DAYS}
    if near:
        found["near_repeat"] = over("near", NEAR_DAYS)
    return found


def _half_lives(past: Past) -> float:
    """Of the decaying sum, in a period."""
    return 1 / (HALF_LIFE_DAYS * past.per_day)


def _with_neighbours(rows: DataFrame) -> DataFrame:
    """_near: the sum of the label in the unit's neighbours in the same period.

    Cells in the order of their places have their neighbours in three short stretches: no join, no row made eightfold.
    """
    cells = Window.partitionBy("occurred_at").orderBy("_place")
    around = [F.coalesce(F.sum("label").over(cells.rangeBetween(*each)), F.lit(0.0)) for each in AROUND]
    below, beside, above = around
    return rows.withColumn("_place", F.expr(place("unit"))).withColumn("_near", below + beside + above - F.col("label"))
