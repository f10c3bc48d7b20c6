"""The last periods that are seen, one by one, for learners of sequences."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

SERIES_PERIODS = 30

# Column -> comment, of what series_ending gives; all are ARRAY<DOUBLE> of SERIES_PERIODS numbers.
SERIES = {
    "last_30": f"label of each of the last {SERIES_PERIODS} periods seen, the earliest first",
    "all_last_30": f"the same of all units together: the sum of their labels in each of the last {SERIES_PERIODS}",
}


def with_single_periods(rows: DataFrame, backs: Iterable[int]) -> DataFrame:
    """Rows of unit, occurred_at, label and _period with what series_ending reads, for series that end at each of backs.

    A period of which the unit has no row counts as 0.
    """
    unit = Window.partitionBy("unit").orderBy("_period")
    rows = rows.withColumn("_all", F.sum("label").over(Window.partitionBy("occurred_at")))
    wanted = sorted({back + at for back in backs for at in range(SERIES_PERIODS)})
    return rows.withColumns(
        {
            # A frame of the one period: lag would count rows, and a period need not be one.
            _single(column, back): F.coalesce(F.sum(of).over(unit.rangeBetween(-back, -back)), F.lit(0.0))
            for column, of in zip(SERIES, ("label", "_all"), strict=True)
            for back in wanted
        }
    )


def series_ending(back: int) -> dict[str, Column]:
    """The columns of SERIES, of which the last period lies so many before the row's own."""
    backs = [back + at for at in reversed(range(SERIES_PERIODS))]
    return {column: F.array(*(_single(column, each) for each in backs)) for column in SERIES}


def _single(column: str, back: int) -> str:
    return f"_{column}_{back}"
