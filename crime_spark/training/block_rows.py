"""The rows of blocks as they arrive in a task, and batches of results as they leave it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from crime_spark.training.block_fit import Result

BLOCK = "_block"
# Batches are copied together after so many: Arrow keeps a whole batch in memory as long as one of its columns is used.
_BATCHES_TOGETHER = 32


class ReceivedRows:
    """The rows of blocks as they arrive, texts of categories as places in a dictionary."""

    def __init__(self, categories: Iterable[str]) -> None:
        self._categories = frozenset(categories)
        self._new: dict[int, list[pa.Table]] = defaultdict(list)
        self._together: dict[int, list[pa.Table]] = defaultdict(list)

    @property
    def blocks(self) -> list[int]:
        """Their numbers; almost always one block."""
        return sorted({*self._new, *self._together})

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep a batch of rows of one or several blocks."""
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
        """The rows of a block, which are not kept here any longer."""
        return _together([*self._together.pop(number, []), *self._new.pop(number, [])])


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def batch_of(result: Result, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of RESULTS: columns that are not there are NULL, a single value is that of all rows."""
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
