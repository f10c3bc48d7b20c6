"""Series of the last visible periods, for learners of sequences."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

SERIES_PERIODS = 30

# The columns of `series_ending`, ARRAY<DOUBLE> of SERIES_PERIODS numbers, to their comments.
SERIES = {
    "last_30": f"label of each of the last {SERIES_PERIODS} periods seen, the earliest first",
    "all_last_30": f"the same of all units together: the sum of their labels in each of the last {SERIES_PERIODS}",
}


def with_single_periods(rows: DataFrame, backs: Iterable[int]) -> DataFrame:
    """Add the columns that `series_ending` reads, for series that end a number of periods back.

    Args:
        rows: unit, occurred_at, label and _period. A missing period counts as 0.
        backs: for each series, the number of periods from a row to the last period of the series.
    """
    unit = Window.partitionBy("unit").orderBy("_period")
    rows = rows.withColumn("_all", F.sum("label").over(Window.partitionBy("occurred_at")))
    wanted = sorted({back + step for back in backs for step in range(SERIES_PERIODS)})
    return rows.withColumns(
        {
            # A frame of a single period, because lag would count rows instead of periods.
            _single(column, back): F.coalesce(F.sum(value).over(unit.rangeBetween(-back, -back)), F.lit(0.0))
            for column, value in zip(SERIES, ("label", "_all"), strict=True)
            for back in wanted
        }
    )


def series_ending(back: int) -> dict[str, Column]:
    """The columns of SERIES; their last period lies `back` periods before that of the row."""
    backs = [back + step for step in reversed(range(SERIES_PERIODS))]
    return {column: F.array(*(_single(column, steps_back) for steps_back in backs)) for column in SERIES}


def _single(column: str, back: int) -> str:
    return f"_{column}_{back}"
