"""The last periods that are seen, one by one, for learners of sequences."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from crime_spark.features.panel_features import Past, period_number

SERIES_PERIODS = 30

# Column -> comment, of what with_series adds; all are ARRAY<DOUBLE> of SERIES_PERIODS numbers.
SERIES = {
    "last_30": f"label of each of the last {SERIES_PERIODS} periods seen, the earliest first",
    "all_last_30": f"the same of all units together: the sum of their labels in each of the last {SERIES_PERIODS}",
}


def with_series(panel: DataFrame, past: Past) -> DataFrame:
    """Rows of `panel` with the columns of SERIES.

    panel: unit, occurred_at, label; every period at most once a unit. A period of which the unit has no row counts as
    0. The last one seen is that of `past`: what happens in any later one, the predicted one included, changes nothing.
    """
    rows = panel.withColumn("_period", F.expr(period_number(past)))
    together = Window.partitionBy("occurred_at")
    rows = rows.withColumn("_all", F.sum("label").over(together))
    first = past.back + SERIES_PERIODS - 1
    seen = Window.partitionBy("unit").orderBy("_period").rangeBetween(-first, -past.back)
    rows = rows.withColumn("_seen", F.collect_list(F.struct("_period", "label", "_all")).over(seen))
    for column, of in zip(SERIES, ("label", "_all"), strict=True):
        by_period = f"map_from_entries(transform(_seen, each -> struct(each._period, each.{of})))"
        value = f"coalesce(try_element_at(_known, _period - {first} + at), 0D)"
        numbers = f"transform(sequence(0, {SERIES_PERIODS - 1}), at -> {value})"
        rows = rows.withColumn("_known", F.expr(by_period)).withColumn(column, F.expr(numbers))
    return rows.select(*panel.columns, *SERIES)
