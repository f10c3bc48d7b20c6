"""The data dictionary: all stored tables with their columns, keys and partitions."""

from crime_spark.schemas.accounts import LEDGER, QUALITY, QUARANTINE, STATISTICS
from crime_spark.schemas.incidents import INCIDENTS, examples_table
from crime_spark.schemas.models import (
    BLOCK_KEY,
    CELL_COLUMNS,
    CELL_KEY,
    CELLS,
    COMPARISONS,
    CONFUSION,
    CURVES,
    DRIFT,
    FAIRNESS,
    IMPORTANCE,
    LEAKAGE,
    METRICS,
    PREDICTIONS,
    TRIALS,
)
from crime_spark.table import Table

STORED: tuple[Table, ...] = (
    INCIDENTS,
    QUARANTINE,
    LEDGER,
    STATISTICS,
    QUALITY,
    CELLS,
    PREDICTIONS,
    METRICS,
    CURVES,
    CONFUSION,
    COMPARISONS,
    LEAKAGE,
    TRIALS,
    IMPORTANCE,
    FAIRNESS,
    DRIFT,
)

__all__ = [
    "BLOCK_KEY",
    "CELLS",
    "CELL_COLUMNS",
    "CELL_KEY",
    "COMPARISONS",
    "CONFUSION",
    "CURVES",
    "DRIFT",
    "FAIRNESS",
    "IMPORTANCE",
    "INCIDENTS",
    "LEAKAGE",
    "LEDGER",
    "METRICS",
    "PREDICTIONS",
    "QUALITY",
    "QUARANTINE",
    "STATISTICS",
    "STORED",
    "TRIALS",
    "examples_table",
]
