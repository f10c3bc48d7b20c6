"""Rows of blocks that a task receives, and batches of results that it returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from crime_spark.training.block_fit import Result

BLOCK = "_block"
# This number of batches is copied into one table, because Arrow keeps a batch in memory while a column is used.
_BATCHES_TOGETHER = 32


class ReceivedRows:
    """Received rows by block. Categories are dictionary-encoded.

    Args:
        categories: names of the categories.
    """

    def __init__(self, categories: Iterable[str]) -> None:
        self._categories = frozenset(categories)
        self._new: dict[int, list[pa.Table]] = defaultdict(list)
        self._together: dict[int, list[pa.Table]] = defaultdict(list)

    @property
    def blocks(self) -> list[int]:
        """The numbers of the blocks; almost always a single block."""
        return sorted({*self._new, *self._together})

    def add(self, batch: pa.RecordBatch) -> None:
        """Add a batch of rows of one or several blocks."""
        numbers = batch.column(BLOCK).to_numpy(zero_copy_only=False)
        rows = pa.Table.from_batches([batch.drop_columns([BLOCK])])
        for name in self._categories.intersection(rows.column_names):
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, rows.column(name).dictionary_encode())
        for number in np.unique(numbers).tolist():
            chosen = numbers == number
            self._new[number].append(rows if chosen.all() else rows.filter(pa.array(chosen)))
            if len(self._new[number]) == _BATCHES_TOGETHER:
                self._together[number].append(_together(self._new.pop(number)))

    def pop(self, number: int) -> pa.Table:
        """Remove and return the rows of a block."""
        return _together([*self._together.pop(number, []), *self._new.pop(number, [])])


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def batch_of(result: Result, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of RESULTS; missing columns are NULL, and a single value is repeated for all rows."""
    arrays = {name: value for name, value in result.items() if isinstance(value, pa.Array | list)}
    rows = len(next(iter(arrays.values()))) if arrays else 1
    filled = []
    for column in schema:
        value = result.get(column.name)
        if value is None:
            filled.append(pa.nulls(rows, column.type))
        elif column.name in arrays:
            filled.append(value.cast(column.type) if isinstance(value, pa.Array) else pa.array(value, column.type))
        else:
            filled.append(pa.repeat(pa.scalar(value, column.type), rows))
    return pa.RecordBatch.from_arrays(filled, schema=schema)
