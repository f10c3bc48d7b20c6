"""What is known of a unit's past when one of its periods is to be predicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from crime_spark.features.grid import AROUND, place

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
    """Column -> comment, of what with_past adds; all are DOUBLE."""
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


def period_number(past: Past) -> str:
    """SQL: periods from _MONDAY to occurred_at."""
    return f"datediff(occurred_at, DATE'{_MONDAY}') * {past.per_day} + hour(occurred_at) DIV {past.hours}"


def with_past(panel: DataFrame, past: Past, incidents: bool = False, near: bool = False) -> DataFrame:
    """Rows of `panel` with the columns of past_columns; for near_repeat the units must be ids of grid cells.

    panel: unit, occurred_at, label, and incidents where they are to be counted besides; every period at most once a
    unit. Periods that are no rows count as nothing. No sum reaches back beyond past.window_days.

    Every sum is a difference of running totals, so that a row costs the same whatever the window; with labels that are
    whole numbers they are exact.
    """
    rows = panel.withColumn("_period", F.expr(period_number(past)))
    added = list(past_columns(past, incidents, near))
    if near:
        rows = _with_neighbours(rows)
    rows = _with_totals(rows, past, incidents, near)
    if past.per_day > 1:
        rows = _with_same_slot(rows, past)
    return _with_same_weekday(rows, past).select(*panel.columns, *added)


def _within(past: Past, days: int) -> int:
    """So many days, in periods, but no more than the window."""
    return min(days, past.window_days) * past.per_day


def _total(value: Column, window: WindowSpec, back: int) -> Column:
    """Of all periods that are at least so many before the row's own."""
    return F.coalesce(F.sum(value).over(window.rangeBetween(Window.unboundedPreceding, -back)), F.lit(0.0))


def _with_totals(rows: DataFrame, past: Past, incidents: bool, near: bool) -> DataFrame:
    """count_*, incidents_*, decay, near_repeat, history_days."""
    window = past.window_days
    a_day = 1 / (HALF_LIFE_DAYS * past.per_day)  # half-lives a period
    wanted: dict[str, tuple[Column, Iterable[int]]] = {
        "count": (F.col("label"), {*COUNTED_DAYS, window}),
        "decay": (F.col("label") * F.pow(F.lit(2.0), F.col("_period") * F.lit(a_day)), {window}),
        "rows": (F.lit(1.0), {window}),
    }
    if incidents:
        wanted["incidents"] = (F.col("incidents"), INCIDENT_DAYS)
    if near:
        wanted["near"] = (F.col("_near"), {NEAR_DAYS})
    unit = Window.partitionBy("unit").orderBy("_period")
    totals = {
        f"_{name}_{days}": _total(value, unit, past.back + _within(past, days))
        for name, (value, each) in wanted.items()
        for days in sorted({0, *each})
    }
    rows = rows.withColumns(totals)

    def over(name: str, days: int) -> Column:
        return F.col(f"_{name}_0") - F.col(f"_{name}_{days}")

    last_seen = F.col("_period") - past.back
    found = {f"count_{days}d": over("count", days) for days in COUNTED_DAYS}
    found["count_all"] = over("count", window)
    found["decay"] = over("decay", window) * F.pow(F.lit(2.0), -last_seen * F.lit(a_day))
    found["history_days"] = over("rows", window) / past.per_day
    if incidents:
        found |= {f"incidents_{days}d": over("incidents", days) for days in INCIDENT_DAYS}
    if near:
        found["near_repeat"] = over("near", NEAR_DAYS)
    return rows.withColumns(found)


def _with_same_slot(rows: DataFrame, past: Past) -> DataFrame:
    """same_slot_*."""
    slot = Window.partitionBy("unit", F.expr(f"pmod(_period, {past.per_day})")).orderBy("_period")
    totals = {
        f"_slot_{days}": _total(F.col("label"), slot, past.back + _within(past, days)) for days in (0, *SLOT_DAYS)
    }
    rows = rows.withColumns(totals)
    return rows.withColumns({f"same_slot_{d}d": F.col("_slot_0") - F.col(f"_slot_{d}") for d in SLOT_DAYS})


def _with_same_weekday(rows: DataFrame, past: Past) -> DataFrame:
    """same_weekday_*."""
    week = Window.partitionBy("unit", F.expr(f"pmod(_period, {7 * past.per_day})")).orderBy("_period")
    backs = {0: past.back, **{weeks: past.back + _within(past, 7 * weeks) for weeks in WEEKS}}
    rows = rows.withColumns({f"_sum_{weeks}": _total(F.col("label"), week, back) for weeks, back in backs.items()})
    rows = rows.withColumns({f"_rows_{weeks}": _total(F.lit(1.0), week, back) for weeks, back in backs.items()})
    # NULL where there is nothing to divide by.
    means = {f"same_weekday_{w}w": F.expr(f"try_divide(_sum_0 - _sum_{w}, _rows_0 - _rows_{w})") for w in WEEKS}
    return rows.withColumns(means)


def _with_neighbours(rows: DataFrame) -> DataFrame:
    """_near: the sum of the label in the unit's neighbours in the same period.

    Cells in the order of their places have their neighbours in three short stretches: no join, no row made eightfold.
    """
    cells = Window.partitionBy("occurred_at").orderBy("_place")
    around = [F.coalesce(F.sum("label").over(cells.rangeBetween(*each)), F.lit(0.0)) for each in AROUND]
    below, beside, above = around
    return rows.withColumn("_place", F.expr(place("unit"))).withColumn("_near", below + beside + above - F.col("label"))
